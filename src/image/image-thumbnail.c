/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-thumbnail.h"

#include "image-jpeg.h"
#include "image-kernel.h"

#include <string.h>

#define MAX_BLOCK 256u /* rows of 255 that 16 bits can sum */

struct _ImageThumbnail
{
  guint sides[IMAGE_MAX_THUMBNAILS];
  guint full_width, full_height; /* of the upright picture */
  ImageGeometry geometry;        /* of the largest */
  ImageResize *resize;
  guint block;         /* pixels of a block's side */
  guint width, height; /* of the source */
  guint row;           /* next row to come */
  guint in_block;      /* rows summed so far */
  guint16 *sums;       /* width x 3, padded */
  guint8 *small;       /* a row of averages */
};

static gsize
sum_bytes (const ImageThumbnail *self)
{
  return ((gsize) self->width * 3 + 15) / 16 * 16;
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
image_thumbnail_new (const ImageSource *source, const guint sides[IMAGE_MAX_THUMBNAILS], GError **error)
{
  g_autoptr (ImageThumbnail) self = g_new0 (ImageThumbnail, 1);
  gboolean swap = image_orientation_swaps_axes (source->orientation);
  ImageSource small;
  guint longest = 0;

  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    longest = MAX (longest, self->sides[i] = sides[i]);
  g_return_val_if_fail (longest > 0 && longest <= IMAGE_MAX_THUMBNAIL_SIDE, NULL);

  self->width = source->width;
  self->height = source->height;
  self->block = CLAMP (MAX (source->width, source->height) / (2 * longest), 1, MAX_BLOCK);
  small = shrunk (source, self->block);
  self->full_width = swap ? source->full_height : source->full_width;
  self->full_height = swap ? source->full_width : source->full_height;
  image_geometry_for_thumbnail (&self->geometry, longest, self->full_width, self->full_height);
  self->resize = image_resize_new (&small, &self->geometry, IMAGE_FILTER_BILINEAR, error);
  if (self->resize == NULL)
    return NULL;
  if (self->block > 1)
    {
      self->sums = g_try_malloc0_n (sum_bytes (self), sizeof (guint16));
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
      gint area = (gint) (columns * self->in_block);
      const guint16 *sums = self->sums + (gsize) x * 3;
      gint r = area / 2, g = area / 2, b = area / 2; /* below 2^31: at most MAX_BLOCK² x 255 */
      double share = 1.0 / area;                     /* a division a pixel would take longer than all the rest */

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
  memset (self->sums, 0, sum_bytes (self) * sizeof (guint16));
  self->in_block = 0;
}

/* The pixels of the largest thumbnail once more resized: full_width x full_height stays what rounds the sizes. */
static guint8 *
shrink (const ImageThumbnail *self, const guint8 *pixels, const ImageGeometry *geometry, GError **error)
{
  guint width = self->geometry.out_width, height = self->geometry.out_height;
  const ImageSource source = { width, height, width, height, self->full_width, self->full_height, IMAGE_ORIENTATION_NORMAL };
  g_autoptr (ImageResize) resize = image_resize_new (&source, geometry, IMAGE_FILTER_BILINEAR, error);
  g_autofree guint8 *row = g_malloc0 ((gsize) width * 3 + IMAGE_ROW_PADDING);

  if (resize == NULL)
    return NULL;
  for (guint y = 0; y < height; y++)
    {
      memcpy (row, pixels + (gsize) y * width * 3, (gsize) width * 3);
      image_resize_push (resize, row);
    }
  return image_resize_finish (resize);
}

static GBytes *
make_one (const ImageThumbnail *self, const guint8 *pixels, guint side, GError **error)
{
  g_autofree guint8 *shrunken = NULL;
  ImageGeometry geometry;

  image_geometry_for_thumbnail (&geometry, side, self->full_width, self->full_height);
  if (geometry.out_width != self->geometry.out_width || geometry.out_height != self->geometry.out_height)
    {
      pixels = shrunken = shrink (self, pixels, &geometry, error);
      if (pixels == NULL)
        return NULL;
    }
  return image_jpeg_encode (pixels, geometry.out_width, geometry.out_height, IMAGE_THUMBNAIL_QUALITY, error);
}

gboolean
image_thumbnail_finish (ImageThumbnail *self, GBytes *jpegs[IMAGE_MAX_THUMBNAILS], GError **error)
{
  g_autofree guint8 *pixels = image_resize_finish (self->resize);

  g_return_val_if_fail (pixels != NULL, FALSE);

  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    if (self->sides[i] > 0 && (jpegs[i] = make_one (self, pixels, self->sides[i], error)) == NULL)
      return FALSE;
  return TRUE;
}
