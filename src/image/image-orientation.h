/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How the stored picture must be turned to stand upright: the values of EXIF tag 0x0112.  Stored column x and row y run
 * along the upright axes as the three predicates say; nothing is ever turned in memory, the resizer writes its
 * output to the upright place. */
typedef enum
{
  IMAGE_ORIENTATION_NORMAL = 1,
  IMAGE_ORIENTATION_FLIP_X,
  IMAGE_ORIENTATION_ROTATE_180,
  IMAGE_ORIENTATION_FLIP_Y,
  IMAGE_ORIENTATION_TRANSPOSE,
  IMAGE_ORIENTATION_ROTATE_90, /* to be turned clockwise by 90 degrees */
  IMAGE_ORIENTATION_TRANSVERSE,
  IMAGE_ORIENTATION_ROTATE_270,
} ImageOrientation;

/* The orientation a tag's value means; values outside 1 to 8 mean NORMAL, as viewers take them. */
ImageOrientation image_orientation_from_tag (guint value);

/* TRUE if stored rows are upright columns. */
gboolean image_orientation_swaps_axes (ImageOrientation orientation);

/* TRUE if the stored columns run against the upright axis that they lie on. */
gboolean image_orientation_flips_x (ImageOrientation orientation);

/* TRUE if the stored rows run against the upright axis that they lie on. */
gboolean image_orientation_flips_y (ImageOrientation orientation);

G_END_DECLS
