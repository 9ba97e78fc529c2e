/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-sink.h"

#include "image-thumbnail.h"

struct _ImageSink
{
  ImageRequest request;
  ImageSource source;
  ImageResize *tensor;
  ImageThumbnail *thumbnail; /* makes all of them */
  guint8 *row;
  guint rows; /* pushed so far */
};

ImageSink *
image_sink_new (const ImageRequest *request)
{
  ImageSink *self = g_new0 (ImageSink, 1);

  self->request = *request;
  return self;
}

void
image_sink_free (ImageSink *self)
{
  g_clear_pointer (&self->tensor, image_resize_free);
  g_clear_pointer (&self->thumbnail, image_thumbnail_free);
  g_free (self->row);
  g_free (self);
}

gboolean
image_sink_check_size (guint64 width, guint64 height, GError **error)
{
  if (width == 0 || height == 0)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_UNREADABLE, "The picture has no pixels");
      return FALSE;
    }
  if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE || width * height > IMAGE_MAX_PIXELS)
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE,
                   "The picture claims %" G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT " pixels; at most %u on a side and %u million in all are read",
                   width, height, IMAGE_MAX_SIDE, IMAGE_MAX_PIXELS / 1000000);
      return FALSE;
    }
  return TRUE;
}

static guint
largest_thumbnail (const ImageRequest *request)
{
  guint largest = 0;

  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    largest = MAX (largest, request->thumbnails[i]);
  return largest;
}

static gboolean
is_enough (const ImageRequest *request, guint width, guint height)
{
  const ImageTensorSpec *tensor = &request->tensor;
  guint measured = tensor->mode == IMAGE_RESIZE_LONGEST ? MAX (width, height) : MIN (width, height);

  if (tensor->side > 0 && measured < 2 * tensor->side)
    return FALSE;
  return MAX (width, height) >= largest_thumbnail (request);
}

guint
image_sink_reduction (ImageSink *self, guint width, guint height)
{
  guint divisor = 1;

  if (self->request.tensor.side > 0 && !self->request.tensor.reduced)
    return 1;
  if (self->request.tensor.side == 0 && largest_thumbnail (&self->request) == 0)
    return 8;
  while (divisor < 8 && is_enough (&self->request, width / (divisor * 2), height / (divisor * 2)))
    divisor *= 2;
  return divisor;
}

gboolean
image_sink_begin (ImageSink *self, const ImageSource *source, GError **error)
{
  gboolean swap = image_orientation_swaps_axes (source->orientation);
  guint width = swap ? source->full_height : source->full_width;
  guint height = swap ? source->full_width : source->full_height;

  g_assert (self->row == NULL);

  self->source = *source;
  self->row = g_try_malloc0 ((gsize) source->width * 3 + IMAGE_ROW_PADDING);
  if (self->row == NULL)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory for a row of the picture");
      return FALSE;
    }
  if (self->request.tensor.side > 0)
    {
      ImageGeometry geometry;

      image_geometry_for_tensor (&geometry, &self->request.tensor, width, height);
      self->tensor = image_resize_new (source, &geometry, self->request.tensor.filter, error);
      if (self->tensor == NULL)
        return FALSE;
    }
  if (largest_thumbnail (&self->request) > 0)
    {
      self->thumbnail = image_thumbnail_new (source, self->request.thumbnails, error);
      if (self->thumbnail == NULL)
        return FALSE;
    }
  return TRUE;
}

guint8 *
image_sink_row (ImageSink *self)
{
  return self->row;
}

void
image_sink_push (ImageSink *self)
{
  g_assert (self->rows < self->source.height);

  self->rows++;
  if (self->tensor != NULL)
    image_resize_push (self->tensor, self->row);
  if (self->thumbnail != NULL)
    image_thumbnail_push (self->thumbnail, self->row);
}

gboolean
image_sink_finish (ImageSink *self, ImageReply *reply, GError **error)
{
  gboolean swap = image_orientation_swaps_axes (self->source.orientation);
  gsize side = self->request.tensor.side;

  g_assert (self->rows == self->source.height);

  reply->width = swap ? self->source.full_height : self->source.full_width;
  reply->height = swap ? self->source.full_width : self->source.full_height;
  if (self->tensor != NULL)
    reply->tensor = g_bytes_new_take (image_resize_finish (self->tensor), side * side * 3);
  return self->thumbnail == NULL || image_thumbnail_finish (self->thumbnail, reply->thumbnails, error);
}
