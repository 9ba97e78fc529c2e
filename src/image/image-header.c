/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-header.h"

#include <string.h>

#include "image-exif.h"
#include "image-heif.h"

static guint64
little (const guint8 *p, guint bytes)
{
  guint64 value = 0;

  for (guint i = bytes; i > 0; i--)
    value = value << 8 | p[i - 1];
  return value;
}

static guint64
big (const guint8 *p, guint bytes)
{
  guint64 value = 0;

  for (guint i = 0; i < bytes; i++)
    value = value << 8 | p[i];
  return value;
}

static gboolean
bmp_size (const guint8 *data, guint64 *width, guint64 *height)
{
  if (little (data + 14, 4) == 12)
    {
      *width = little (data + 18, 2);
      *height = little (data + 20, 2);
      return TRUE;
    }
  *width = little (data + 18, 4);
  *height = little (data + 22, 4);
  if (*height > G_MAXINT32) /* negative: rows from top to bottom */
    *height = (G_GUINT64_CONSTANT (1) << 32) - *height;
  return TRUE;
}

static gboolean
webp_size (const guint8 *data, guint64 *width, guint64 *height)
{
  guint64 bits;

  if (memcmp (data + 12, "VP8X", 4) == 0)
    {
      *width = 1 + little (data + 24, 3);
      *height = 1 + little (data + 27, 3);
      return TRUE;
    }
  if (memcmp (data + 12, "VP8 ", 4) == 0)
    {
      *width = little (data + 26, 2) & 0x3fff;
      *height = little (data + 28, 2) & 0x3fff;
      return TRUE;
    }
  if (memcmp (data + 12, "VP8L", 4) != 0)
    return FALSE;
  bits = little (data + 21, 4);
  *width = 1 + (bits & 0x3fff);
  *height = 1 + ((bits >> 14) & 0x3fff);
  return TRUE;
}

static gboolean
tiff_size (const guint8 *data, gsize length, guint64 *width, guint64 *height)
{
  ImageExif exif;

  image_exif_read (IMAGE_FORMAT_TIFF, data, length, &exif);
  *width = exif.width;
  *height = exif.height;
  return exif.width > 0 && exif.height > 0;
}

static gboolean
heif_size (const guint8 *data, gsize length, guint64 *width, guint64 *height)
{
  ImageHeif heif;

  image_heif_read (data, length, &heif);
  *width = heif.width;
  *height = heif.height;
  return heif.width > 0 && heif.height > 0;
}

gboolean
image_header_size (ImageFormat format, const guint8 *data, gsize length, guint64 *width, guint64 *height)
{
  if (format == IMAGE_FORMAT_TIFF)
    return tiff_size (data, length, width, height);
  if (format == IMAGE_FORMAT_HEIF || format == IMAGE_FORMAT_AVIF)
    return heif_size (data, length, width, height);
  if (length < 32)
    return FALSE;
  switch (format)
    {
    case IMAGE_FORMAT_PNG:
      *width = big (data + 16, 4);
      *height = big (data + 20, 4);
      return TRUE;
    case IMAGE_FORMAT_GIF:
      *width = little (data + 6, 2);
      *height = little (data + 8, 2);
      return TRUE;
    case IMAGE_FORMAT_BMP:
      return bmp_size (data, width, height);
    case IMAGE_FORMAT_WEBP:
      return webp_size (data, width, height);
    default:
      return FALSE;
    }
}
