/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-tokenizer.h"

#include "model-json.h"
#include "support.h"

#include <string.h>

static ModelTokenizer *
make_tokenizer (guint context)
{
  g_autofree char *pack = support_pack ();
  g_autoptr (GError) error = NULL;
  ModelTokenizer *tokenizer = model_tokenizer_new (pack, 1792, context, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static void
check (ModelTokenizer *tokenizer, const ModelJson *row)
{
  const char *text = model_json_get (row, "text")->string;
  const GPtrArray *expected = model_json_get (row, "ids")->values;
  g_autoptr (GArray) ids = model_tokenizer_encode (tokenizer, text);

  if (ids->len != expected->len)
    g_error ("“%s”: %u ids, %u are right", text, ids->len, expected->len);
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, gint32, i) != ((ModelJson *) expected->pdata[i])->integer)
      g_error ("“%s”: id %u is %d", text, i, g_array_index (ids, gint32, i));
}

static void
test_reference (void)
{
  g_autofree char *path = support_source ("golden/tokens.jsonl");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelTokenizer) tokenizer = make_tokenizer (32);
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (; lines[n] && *lines[n]; n++)
    {
      g_autoptr (ModelJson) row = model_json_parse (lines[n], strlen (lines[n]), &error);

      g_assert_no_error (error);
      check (tokenizer, row);
    }
  g_assert_cmpuint (n, ==, 300);
}

static void
test_bounds (void)
{
  g_autoptr (ModelTokenizer) tokenizer = make_tokenizer (8);
  g_autofree char *huge = g_strnfill (4 * 1024 * 1024, 'a');
  g_autofree char *spaces = g_strnfill (1024 * 1024, ' ');
  const char *texts[] = { huge, spaces, "\xff\xfe broken \xc3", "a\xcc\x81\xcc\x81\xcc\x81", "&#x110000;&;&#;&#x;&", "\x1b[", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GArray) ids = model_tokenizer_encode (tokenizer, texts[i]);

      g_assert_cmpuint (ids->len, >=, 2);
      g_assert_cmpuint (ids->len, <=, 8);
      g_assert_cmpint (g_array_index (ids, gint32, 0), ==, model_tokenizer_get_start (tokenizer));
      g_assert_cmpint (g_array_index (ids, gint32, ids->len - 1), ==, model_tokenizer_get_end (tokenizer));
    }
}

static void
test_decode (void)
{
  g_autoptr (ModelTokenizer) tokenizer = make_tokenizer (32);
  const char *texts[] = { "a red boat on the sea", "naïve café", "日本" };
  const gint32 hostile[] = { -1, 1792, G_MAXINT32, G_MININT32 };
  g_autofree char *nothing = model_tokenizer_decode (tokenizer, hostile, G_N_ELEMENTS (hostile));

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GArray) ids = model_tokenizer_encode (tokenizer, texts[i]);
      g_autofree char *back = model_tokenizer_decode (tokenizer, (gint32 *) ids->data, ids->len);

      g_assert_cmpstr (back, ==, texts[i]);
    }
  g_assert_cmpstr (nothing, ==, "");
}

/* Random bytes: any answer is fine, none may hang or crash. */
static void
test_noise (void)
{
  g_autoptr (ModelTokenizer) tokenizer = make_tokenizer (32);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  static const char *const parts[] = { "&", "#", "x", "amp", ";", "<", "Σ", "\x1b[", "İ", "\xef\xbb\xbf", "\n", "'", "ſ", "_", "ﷺ", "9", "日", "\xf0\x9f" };

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      guint n = g_rand_int_range (rand, 0, 12);

      while (n--)
        if (g_rand_boolean (rand))
          g_string_append (text, parts[g_rand_int_range (rand, 0, G_N_ELEMENTS (parts))]);
        else
          g_string_append_c (text, g_rand_int_range (rand, 1, 256));
      g_array_unref (model_tokenizer_encode (tokenizer, text->str));
    }
}

static void
refuse (const char *vocabulary, const char *merges, guint size, const char *word)
{
  char *folder = support_make_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelTokenizer) tokenizer = NULL;

  support_write (folder, "vocab.json", vocabulary, -1);
  support_write (folder, "merges.txt", merges, -1);
  tokenizer = model_tokenizer_new (folder, size, 32, &error);
  g_assert_null (tokenizer);
  g_assert_nonnull (error);
  g_assert_cmpint (error->domain, ==, MODEL_ERROR);
  g_assert_nonnull (strstr (error->message, word));
  support_remove (folder);
}

static void
test_damaged (void)
{
  g_autofree char *pack = support_pack (), *vocab_path = g_build_filename (pack, "vocab.json", NULL), *vocabulary = NULL;

  g_file_get_contents (vocab_path, &vocabulary, NULL, NULL);
  refuse ("{}", "", 1792, "vocab.json");
  refuse ("[]", "", 514, "vocab.json");
  refuse ("{\"a\": 99999}", "", 514, "vocab.json");
  refuse ("not json", "", 514, "JSON");
  refuse (vocabulary, "#version: 0.2\na b c\n", 1792, "merges.txt");
  refuse (vocabulary, "qq zz\n", 1792, "merges.txt");
  refuse (vocabulary, "a b\n", 49408, "49408");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/reference", test_reference);
  g_test_add_func ("/tokenizer/bounds", test_bounds);
  g_test_add_func ("/tokenizer/decode", test_decode);
  g_test_add_func ("/tokenizer/noise", test_noise);
  g_test_add_func ("/tokenizer/damaged", test_damaged);
  return g_test_run ();
}
