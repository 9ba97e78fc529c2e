/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-raw.h"

#include "image-gexiv2.h"

void
image_raw_clear (ImageRaw *raw)
{
  g_clear_pointer (&raw->jpeg, g_bytes_unref);
}

static guint64
area (GExiv2PreviewProperties *preview)
{
  return (guint64) gexiv2_preview_properties_get_width (preview) * gexiv2_preview_properties_get_height (preview);
}

static GExiv2PreviewProperties *
largest_jpeg (GExiv2Metadata *source)
{
  GExiv2PreviewProperties **previews = gexiv2_metadata_get_preview_properties (source);
  GExiv2PreviewProperties *best = NULL;

  for (; previews != NULL && *previews != NULL; previews++)
    if (g_strcmp0 (gexiv2_preview_properties_get_mime_type (*previews), "image/jpeg") == 0 && (best == NULL || area (*previews) > area (best)))
      best = *previews;
  return best;
}

static GBytes *
take_jpeg (GExiv2Metadata *source)
{
  GExiv2PreviewProperties *preview = largest_jpeg (source);
  g_autoptr (GExiv2PreviewImage) image = NULL;
  const guint8 *data;
  guint32 size = 0;

  if (preview == NULL)
    return NULL;
  image = gexiv2_metadata_try_get_preview_image (source, preview, NULL);
  data = image != NULL ? gexiv2_preview_image_get_data (image, &size) : NULL;
  if (data == NULL || image_format_sniff (data, size) != IMAGE_FORMAT_JPEG)
    return NULL;
  return g_bytes_new (data, size);
}

/* The raw file's own word counts; some formats keep it in the JPEG alone. */
static void
set_exif (ImageRaw *raw, GExiv2Metadata *source, const ImageExif *exif)
{
  guint told = (guint) gexiv2_metadata_try_get_orientation (source, NULL);
  ImageExif inner;

  image_exif_read (IMAGE_FORMAT_JPEG, g_bytes_get_data (raw->jpeg, NULL), g_bytes_get_size (raw->jpeg), &inner);
  raw->exif.orientation = told >= 1 && told <= 8 ? image_orientation_from_tag (told) : inner.orientation;
  raw->exif.taken = exif->taken != 0 ? exif->taken : inner.taken;
}

static void
set_size (ImageRaw *raw, GExiv2Metadata *source)
{
  gint64 width = gexiv2_metadata_get_pixel_width (source), height = gexiv2_metadata_get_pixel_height (source);

  if (width <= 0 || height <= 0 || !image_sink_check_size ((guint64) width, (guint64) height, NULL))
    return;
  raw->width = (guint) (image_orientation_swaps_axes (raw->exif.orientation) ? height : width);
  raw->height = (guint) (image_orientation_swaps_axes (raw->exif.orientation) ? width : height);
}

gboolean
image_raw_read (const guint8 *data, gsize length, const ImageExif *exif, ImageRaw *raw, GError **error)
{
  g_autoptr (GExiv2Metadata) source = image_gexiv2_open (data, length);

  *raw = (ImageRaw){ .jpeg = source != NULL ? take_jpeg (source) : NULL };
  if (raw->jpeg == NULL)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_FORMAT_OFF,
                           "This camera raw file holds no JPEG preview that can be read; only previews of raw files are shown");
      return FALSE;
    }
  set_exif (raw, source, exif);
  set_size (raw, source);
  return TRUE;
}
