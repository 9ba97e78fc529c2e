/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "model-safetensors.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = g_build_filename (fuzz_folder (), "open_clip_model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelSafetensors) file = NULL;
  const ModelSafetensor *tensor;

  fuzz_write ("open_clip_model.safetensors", data, size);
  file = model_safetensors_open (path, &error);
  g_assert_true ((file != NULL) == (error == NULL));
  tensor = file ? model_safetensors_find (file, "positional_embedding") : NULL;
  if (tensor && tensor->usable)
    {
      g_autoptr (GBytes) bytes = model_safetensors_get_bytes (file, tensor);
      const guint8 *at = g_bytes_get_data (bytes, NULL);
      guint sum = 0;

      for (gsize i = 0; i < g_bytes_get_size (bytes); i++)
        sum += at[i];
      g_assert_cmpuint (sum, <=, 255 * g_bytes_get_size (bytes));
    }
  return 0;
}
