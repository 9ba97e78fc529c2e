/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words, with the bundled vocabulary. */
#include "fuzz.h"

#include "model-text-clean.h"
#include "model-tokenizer.h"

#define VOCABULARY 1792
#define CONTEXT 32

static ModelTokenizer *
get_tokenizer (void)
{
  static ModelTokenizer *tokenizer;

  if (!tokenizer)
    {
      g_autofree char *folder = g_build_filename (g_getenv ("EIDETIC_DATA_DIR"), "demo-model", "pack", NULL);
      g_autoptr (GError) error = NULL;

      tokenizer = model_tokenizer_new (folder, VOCABULARY, CONTEXT, &error);
      g_assert_no_error (error);
    }
  return tokenizer;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *clean = model_text_clean (valid);
  g_autoptr (GArray) ids = model_tokenizer_encode (get_tokenizer (), text);
  g_autofree char *back = model_tokenizer_decode (get_tokenizer (), (const gint32 *) (gconstpointer) ids->data, ids->len);

  g_assert_true (g_utf8_validate (clean, -1, NULL));
  g_assert_cmpuint (ids->len, >=, 2);
  g_assert_cmpuint (ids->len, <=, CONTEXT);
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpuint ((guint) g_array_index (ids, gint32, i), <, VOCABULARY);
  g_assert_nonnull (back);
  return 0;
}
