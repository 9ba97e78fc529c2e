/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "model-config.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelConfig) config = NULL;

  fuzz_write ("open_clip_config.json", data, size);
  config = model_config_load (fuzz_folder (), &error);
  g_assert_true ((config != NULL) == (error == NULL));
  if (config)
    {
      /* What the networks rely on without asking again. */
      g_assert_cmpuint (config->vision.width % config->vision.heads, ==, 0);
      g_assert_cmpuint (config->text.width % config->text.heads, ==, 0);
      g_assert_cmpuint (config->image_side % config->patch, ==, 0);
      g_assert_cmpuint (config->dim, >, 0);
    }
  return 0;
}
