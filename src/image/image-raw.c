/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-raw.h"

#include "image-gexiv2.h"

#define MAX_DIRECTORIES 9u /* that gexiv2 has names for */

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

static gint64
get_number (GExiv2Metadata *source, guint directory, const char *name)
{
  g_autofree char *tag = g_strdup_printf ("Exif.SubImage%u.%s", directory, name);
  g_autofree char *text = gexiv2_metadata_try_get_tag_string (source, tag, NULL);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

/* DNG keeps its preview as the one strip of a directory that is marked as such; gexiv2 offers that as a TIFF file. */
static GBytes *
take_strip (GExiv2Metadata *source, const guint8 *data, gsize length)
{
  gint64 best = 0, at = 0;

  for (guint i = 1; i <= MAX_DIRECTORIES; i++)
    {
      gint64 offset = get_number (source, i, "StripOffsets"), size = get_number (source, i, "StripByteCounts");

      if ((get_number (source, i, "NewSubfileType") & 1) == 0 || size <= best || offset <= 0)
        continue;
      if ((guint64) offset > length || (guint64) size > length - (guint64) offset)
        continue;
      if (image_format_sniff (data + offset, (gsize) size) != IMAGE_FORMAT_JPEG)
        continue;
      best = size;
      at = offset;
    }
  return best > 0 ? g_bytes_new (data + at, (gsize) best) : NULL;
}

static GBytes *
take_preview (GExiv2Metadata *source)
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

/* The larger of what either way finds. */
static GBytes *
take_jpeg (GExiv2Metadata *source, const guint8 *data, gsize length)
{
  g_autoptr (GBytes) strip = take_strip (source, data, length);
  g_autoptr (GBytes) preview = take_preview (source);

  if (strip == NULL || (preview != NULL && g_bytes_get_size (preview) > g_bytes_get_size (strip)))
    return g_steal_pointer (&preview);
  return g_steal_pointer (&strip);
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

  *raw = (ImageRaw){ .jpeg = source != NULL ? take_jpeg (source, data, length) : NULL };
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
