/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "model-json.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelJson) json = model_json_parse ((const char *) data, size, &error);

  g_assert_true ((json != NULL) == (error == NULL));
  return 0;
}
