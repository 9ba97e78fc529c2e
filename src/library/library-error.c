/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-types.h"

#include "image.h"

G_DEFINE_QUARK (eidetic_library_error_quark, library_error)

const char *
library_error_get_reason (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == IMAGE_ERROR && error->code != IMAGE_ERROR_WORKER)
    return image_error_to_reason ((ImageError) error->code);
  if (g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE))
    return image_error_to_reason (IMAGE_ERROR_GONE);
  return NULL;
}
