/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A vocabulary: vocab.json up to the first zero byte, then merges.txt. */
#include "fuzz.h"

#include <string.h>

#include "model-tokenizer.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const guint8 *zero = size > 0 ? memchr (data, 0, size) : NULL;
  gsize first = zero ? (gsize) (zero - data) : size;
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelTokenizer) tokenizer = NULL;

  fuzz_write ("vocab.json", data, first);
  fuzz_write ("merges.txt", zero ? zero + 1 : data, zero ? size - first - 1 : 0);
  tokenizer = model_tokenizer_new (fuzz_folder (), 517, 16, &error);
  g_assert_true ((tokenizer != NULL) == (error == NULL));
  if (tokenizer)
    {
      g_autoptr (GArray) ids = model_tokenizer_encode (tokenizer, "a boat, two boats");

      g_assert_cmpuint (ids->len, <=, 16);
    }
  return 0;
}
