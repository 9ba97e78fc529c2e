/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-geometry.h"

#include <math.h>

/* Python's round() of a non-negative number: halves go to the even neighbour. */
static guint
round_half_even (double value)
{
  double below = floor (value);
  double rest = value - below;

  if (rest > 0.5 || (rest == 0.5 && fmod (below, 2.0) != 0.0))
    below += 1.0;
  return (guint) below;
}

/* One axis of CenterCropOrPad: a resized length onto an output length. */
static void
crop_or_pad (guint resized, guint out, guint *crop, guint *length, guint *pad)
{
  if (resized < out)
    {
      *crop = 0;
      *length = resized;
      *pad = (out - resized) / 2;
    }
  else
    {
      *crop = round_half_even ((resized - out) / 2.0);
      *length = out;
      *pad = 0;
    }
}

static guint
long_side_for (guint side, guint short_side, guint long_side)
{
  /* int (size * long / short): an exact product, one division, truncated. */
  return (guint) ((double) ((guint64) side * long_side) / short_side);
}

void
image_geometry_for_tensor (ImageGeometry *geometry, const ImageTensorSpec *spec, guint width, guint height)
{
  guint side = spec->side;

  g_assert (side > 0 && side <= IMAGE_MAX_TENSOR_SIDE);
  g_assert (width > 0 && width <= IMAGE_MAX_SIDE && height > 0 && height <= IMAGE_MAX_SIDE);

  *geometry = (ImageGeometry){ .resized_width = side, .resized_height = side, .fill = spec->fill };
  if (spec->mode == IMAGE_RESIZE_SHORTEST)
    {
      if (width <= height)
        geometry->resized_height = long_side_for (side, width, height);
      else
        geometry->resized_width = long_side_for (side, height, width);
    }
  else if (spec->mode == IMAGE_RESIZE_LONGEST)
    {
      double ratio = MAX ((double) width / side, (double) height / side);

      /* A picture so thin that a side rounds to nothing keeps one row of pixels; open_clip fails on it. */
      geometry->resized_width = MAX (1, round_half_even (width / ratio));
      geometry->resized_height = MAX (1, round_half_even (height / ratio));
    }
  geometry->out_width = geometry->out_height = side;
  crop_or_pad (geometry->resized_width, side, &geometry->crop_x, &geometry->crop_width, &geometry->pad_x);
  crop_or_pad (geometry->resized_height, side, &geometry->crop_y, &geometry->crop_height, &geometry->pad_y);
}

void
image_geometry_for_thumbnail (ImageGeometry *geometry, guint longest, guint width, guint height)
{
  guint from = MAX (width, height);
  guint to = MIN (longest, from);
  guint w, h;

  g_assert (width > 0 && height > 0 && longest > 0);

  w = MAX (1, round_half_even ((double) width * to / from));
  h = MAX (1, round_half_even ((double) height * to / from));
  *geometry = (ImageGeometry){
    .resized_width = w,
    .resized_height = h,
    .crop_width = w,
    .crop_height = h,
    .out_width = w,
    .out_height = h,
  };
}

gboolean
image_geometry_vertical_first (guint width, guint height, guint resized_width, guint resized_height)
{
  gint64 rows = (gint64) height - resized_height;
  gint64 columns = (gint64) width - resized_width;

  return rows > 0 && rows > 2 * columns;
}
