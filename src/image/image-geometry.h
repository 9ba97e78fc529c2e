/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-worker.h"

G_BEGIN_DECLS

/* Where the pixels of the output come from: the upright picture is resized to resized_width x resized_height, of
 * which the region (crop_x, crop_y, crop_width, crop_height) lands at (pad_x, pad_y) of an output of
 * out_width x out_height; the rest of the output is the fill colour. */
typedef struct
{
  guint resized_width, resized_height;
  guint crop_x, crop_y, crop_width, crop_height;
  guint pad_x, pad_y;
  guint out_width, out_height;
  guint8 fill;
} ImageGeometry;

/* The geometry of torchvision 0.29's Resize and CenterCrop and of open_clip 3.3's ResizeKeepRatio and CenterCropOrPad
 * for an upright picture of width x height (1 … IMAGE_MAX_SIDE) and a side of 1 … IMAGE_MAX_TENSOR_SIDE.  How the
 * sizes are rounded matters more than anything else in preprocessing. */
void image_geometry_for_tensor (ImageGeometry *geometry, const ImageTensorSpec *spec, guint width, guint height);

/* The whole picture, shrunk (never enlarged) so that its longest side is at most `longest`. */
void image_geometry_for_thumbnail (ImageGeometry *geometry, guint longest, guint width, guint height);

/* TRUE if Pillow runs the vertical pass before the horizontal one; since both round to 8 bits, the order shows.  Pillow 13
 * goes vertical first if that pass shrinks and takes off more than twice as many rows as the other takes columns; older
 * ones do so only for pictures a hundred times as high as wide. */
gboolean image_geometry_vertical_first (guint width, guint height, guint resized_width, guint resized_height);

G_END_DECLS
