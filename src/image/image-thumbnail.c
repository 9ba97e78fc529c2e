/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-thumbnail.h"

#include "image-jpeg.h"
#include "image-kernel.h"

#include <string.h>

struct _ImageThumbnail
{
  ImageGeometry geometry;
  ImageResize *resize;
  guint block;         /* pixels of a block's side */
  guint width, height; /* of the source */
  guint row;           /* next row to come */
  guint in_block;      /* rows summed so far */
  guint32 *sums;       /* width x 3, padded */
  guint8 *small;       /* a row of averages */
};

static gsize
sum_bytes (const ImageThumbnail *self)
{
  return ((gsize) self->width * 3 + 7) / 8 * 8;
}

/* The source that the resizer sees: blocks instead of pixels. */
static ImageSource
shrunk (const ImageSource *source, guint block)
{
  ImageSource small = *source;

  small.width = (source->width + block - 1) / block;
  small.height = (source->height + block - 1) / block;
  small.extent_x = source->extent_x / block;
  small.extent_y = source->extent_y / block;
  return small;
}

ImageThumbnail *
image_thumbnail_new (const ImageSource *source, guint longest, GError **error)
{
  g_autoptr (ImageThumbnail) self = g_new0 (ImageThumbnail, 1);
  gboolean swap = image_orientation_swaps_axes (source->orientation);
  ImageSource small;

  g_return_val_if_fail (longest > 0 && longest <= IMAGE_MAX_THUMBNAIL_SIDE, NULL);

  self->width = source->width;
  self->height = source->height;
  self->block = MAX (1, MAX (source->width, source->height) / (2 * longest));
  small = shrunk (source, self->block);
  image_geometry_for_thumbnail (&self->geometry, longest,
                                swap ? source->full_height : source->full_width,
                                swap ? source->full_width : source->full_height);
  self->resize = image_resize_new (&small, &self->geometry, IMAGE_FILTER_BILINEAR, error);
  if (self->resize == NULL)
    return NULL;
  if (self->block > 1)
    {
      self->sums = g_try_malloc0_n (sum_bytes (self), sizeof (guint32));
      self->small = g_try_malloc0 ((gsize) small.width * 3 + IMAGE_ROW_PADDING);
      if (self->sums == NULL || self->small == NULL)
        {
          g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory for a thumbnail");
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

void
image_thumbnail_free (ImageThumbnail *self)
{
  g_clear_pointer (&self->resize, image_resize_free);
  g_free (self->sums);
  g_free (self->small);
  g_free (self);
}

/* Averages the summed rows over the columns of each block. */
static void
average_row (ImageThumbnail *self)
{
  guint8 *out = self->small;

  for (guint x = 0; x < self->width; x += self->block)
    {
      guint columns = MIN (self->block, self->width - x);
      guint64 area = (guint64) columns * self->in_block;
      const guint32 *sums = self->sums + (gsize) x * 3;
      guint64 r = area / 2, g = area / 2, b = area / 2;
      double share = 1.0 / (double) area; /* a division a pixel would take longer than all the rest */

      for (guint i = 0; i < columns; i++, sums += 3)
        {
          r += sums[0];
          g += sums[1];
          b += sums[2];
        }
      *out++ = (guint8) ((double) r * share);
      *out++ = (guint8) ((double) g * share);
      *out++ = (guint8) ((double) b * share);
    }
}

void
image_thumbnail_push (ImageThumbnail *self, const guint8 *row)
{
  self->row++;
  if (self->block == 1)
    {
      image_resize_push (self->resize, row);
      return;
    }
  image_kernel_get ()->add (self->sums, row, sum_bytes (self));
  self->in_block++;
  if (self->in_block < self->block && self->row < self->height)
    return;
  average_row (self);
  image_resize_push (self->resize, self->small);
  memset (self->sums, 0, sum_bytes (self) * sizeof (guint32));
  self->in_block = 0;
}

GBytes *
image_thumbnail_finish (ImageThumbnail *self, GError **error)
{
  g_autofree guint8 *pixels = image_resize_finish (self->resize);

  g_return_val_if_fail (pixels != NULL, NULL);

  return image_jpeg_encode (pixels, self->geometry.out_width, self->geometry.out_height, IMAGE_THUMBNAIL_QUALITY, error);
}
