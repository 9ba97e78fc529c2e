/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-resize.h"

#include "image-axis.h"
#include "image-kernel.h"

#include <string.h>

struct _ImageResize
{
  const ImageKernel *kernel;
  ImageOrientation orientation;
  ImageGeometry geometry;
  ImageAxis x, y;       /* along and across the stored rows */
  gboolean along_first; /* the pass along the rows comes first */
  gint32 *expanded;     /* weights of x, expanded for the kernel */
  guint expanded_stride;
  guint8 *ring; /* the last y.longest rows, after the first pass if that goes along the rows */
  gsize ring_stride;
  const guint8 **window; /* the rows of the ring that make one output row */
  guint8 *across;        /* one row out of the pass across */
  guint8 *along;         /* one row out of the pass along */
  guint8 *out;
  guint row;  /* next stored row to come */
  guint done; /* output rows made, in stored order */
};

static gsize
padded (gsize pixels)
{
  return (pixels * 3 + IMAGE_ROW_PADDING + 31) / 32 * 32;
}

static gboolean
init_axes (ImageResize *self, const ImageSource *source, ImageFilter filter, GError **error)
{
  const ImageGeometry *g = &self->geometry;
  gboolean swap = image_orientation_swaps_axes (source->orientation);

  return image_axis_init (&self->x, filter, source->width, source->extent_x,
                          swap ? g->resized_height : g->resized_width,
                          swap ? g->crop_y : g->crop_x,
                          swap ? g->crop_height : g->crop_width,
                          image_orientation_flips_x (source->orientation), error) &&
         image_axis_init (&self->y, filter, source->height, source->extent_y,
                          swap ? g->resized_width : g->resized_height,
                          swap ? g->crop_x : g->crop_y,
                          swap ? g->crop_width : g->crop_height,
                          image_orientation_flips_y (source->orientation), error);
}

static gboolean
allocate (ImageResize *self, const ImageSource *source)
{
  const ImageGeometry *g = &self->geometry;
  gsize along_stride = padded (self->x.count);
  gsize out_size = (gsize) g->out_width * g->out_height * 3;

  self->ring_stride = self->along_first ? along_stride : padded (source->width);
  self->expanded = image_kernel_expand (&self->x, &self->expanded_stride);
  self->ring = g_try_malloc0_n (self->y.longest, self->ring_stride);
  self->window = g_try_new0 (const guint8 *, self->y.longest);
  self->across = g_try_malloc0 (self->ring_stride);
  self->along = g_try_malloc0 (along_stride);
  self->out = g_try_malloc (out_size);
  if (self->expanded == NULL || self->ring == NULL || self->window == NULL || self->across == NULL ||
      self->along == NULL || self->out == NULL)
    return FALSE;
  memset (self->out, g->fill, out_size);
  return TRUE;
}

ImageResize *
image_resize_new (const ImageSource *source, const ImageGeometry *geometry, ImageFilter filter, GError **error)
{
  g_autoptr (ImageResize) self = g_new0 (ImageResize, 1);
  gboolean swap = image_orientation_swaps_axes (source->orientation);
  gboolean vertical_first;

  g_return_val_if_fail (source->width > 0 && source->height > 0, NULL);

  self->kernel = image_kernel_get ();
  self->orientation = source->orientation;
  self->geometry = *geometry;
  vertical_first = image_geometry_vertical_first (swap ? source->height : source->width,
                                                  swap ? source->width : source->height,
                                                  geometry->resized_width, geometry->resized_height);
  self->along_first = vertical_first == swap;
  if (!init_axes (self, source, filter, error))
    return NULL;
  if (!allocate (self, source))
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory to resize the picture");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
image_resize_free (ImageResize *self)
{
  image_axis_clear (&self->x);
  image_axis_clear (&self->y);
  g_free (self->expanded);
  g_free (self->ring);
  g_free (self->window);
  g_free (self->across);
  g_free (self->along);
  g_free (self->out);
  g_free (self);
}

/* Writes one finished row, the index-th in stored order, to its upright place. */
static void
put_row (ImageResize *self, guint index, const guint8 *row)
{
  const ImageGeometry *g = &self->geometry;
  gboolean swap = image_orientation_swaps_axes (self->orientation);
  gboolean flip_x = image_orientation_flips_x (self->orientation);
  guint v = image_orientation_flips_y (self->orientation) ? self->y.count - 1 - index : index;
  gsize first = flip_x ? self->x.count - 1 : 0;
  gsize x = g->pad_x + (swap ? v : first);
  gsize y = g->pad_y + (swap ? first : v);
  gssize step = swap ? (gssize) g->out_width : 1;
  guint8 *out = self->out + (y * g->out_width + x) * 3;

  if (flip_x)
    step = -step;
  for (guint i = 0; i < self->x.count; i++, row += 3)
    {
      guint8 *to = out + (gssize) i * step * 3;

      to[0] = row[0];
      to[1] = row[1];
      to[2] = row[2];
    }
}

static void
make_row (ImageResize *self, guint index)
{
  const gint32 *weights = self->y.weights + (gsize) index * self->y.stride;
  guint length = self->y.length[index];
  const guint8 *row = self->across;
  /* Of stored rows only the columns that the pass along them reads. */
  gsize from = self->along_first ? 0 : self->x.first * 3 / 32 * 32;
  gsize end = self->along_first ? self->x.count * 3 : self->x.end * 3;

  for (guint t = 0; t < length; t++)
    self->window[t] = self->ring + (self->y.start[index] + t) % self->y.longest * self->ring_stride + from;
  self->kernel->across (self->window, weights, length, self->across + from, (end - from + 31) / 32 * 32);
  if (!self->along_first)
    {
      self->kernel->along (row, &self->x, self->expanded, self->expanded_stride, self->along);
      row = self->along;
    }
  put_row (self, index, row);
}

void
image_resize_push (ImageResize *self, const guint8 *row)
{
  guint y = self->row++;
  guint8 *slot;

  if (y < self->y.first || y >= self->y.end)
    return;
  slot = self->ring + y % self->y.longest * self->ring_stride;
  if (self->along_first)
    self->kernel->along (row, &self->x, self->expanded, self->expanded_stride, slot);
  else
    memcpy (slot + self->x.first * 3, row + self->x.first * 3, (self->x.end - self->x.first) * 3);
  while (self->done < self->y.count && self->y.start[self->done] + self->y.length[self->done] == y + 1)
    make_row (self, self->done++);
}

guint8 *
image_resize_finish (ImageResize *self)
{
  g_return_val_if_fail (self->done == self->y.count, NULL);

  return g_steal_pointer (&self->out);
}
