/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-orientation.h"

ImageOrientation
image_orientation_from_tag (guint value)
{
  return value >= 1 && value <= 8 ? (ImageOrientation) value : IMAGE_ORIENTATION_NORMAL;
}

gboolean
image_orientation_swaps_axes (ImageOrientation orientation)
{
  return orientation >= IMAGE_ORIENTATION_TRANSPOSE;
}

gboolean
image_orientation_flips_x (ImageOrientation orientation)
{
  switch (orientation)
    {
    case IMAGE_ORIENTATION_FLIP_X:
    case IMAGE_ORIENTATION_ROTATE_180:
    case IMAGE_ORIENTATION_TRANSVERSE:
    case IMAGE_ORIENTATION_ROTATE_270:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
image_orientation_flips_y (ImageOrientation orientation)
{
  switch (orientation)
    {
    case IMAGE_ORIENTATION_ROTATE_180:
    case IMAGE_ORIENTATION_FLIP_Y:
    case IMAGE_ORIENTATION_ROTATE_90:
    case IMAGE_ORIENTATION_TRANSVERSE:
      return TRUE;
    default:
      return FALSE;
    }
}
