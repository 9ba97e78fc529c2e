/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-truncation.h"

#include <string.h>

#include "image-exif.h"

static guint32
little32 (const guint8 *p)
{
  return (guint32) p[3] << 24 | (guint32) p[2] << 16 | (guint32) p[1] << 8 | p[0];
}

static guint32
big32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static gboolean
png_is_truncated (const guint8 *data, gsize length)
{
  gsize at = 8;

  while (at <= length && length - at >= 12)
    {
      gsize size = big32 (data + at);

      if (size > length - at - 12)
        return TRUE;
      if (memcmp (data + at + 4, "IEND", 4) == 0)
        return FALSE;
      at += 12 + size;
    }
  return TRUE;
}

/* Moves over a chain of sub-blocks; FALSE if the file ends within. */
static gboolean
skip_sub_blocks (const guint8 *data, gsize length, gsize *at)
{
  while (*at < length && data[*at] != 0)
    *at += 1 + data[*at];
  (*at)++;
  return *at <= length;
}

static gboolean
gif_is_truncated (const guint8 *data, gsize length)
{
  gsize at = 13;

  if (length < at)
    return TRUE;
  if (data[10] & 0x80)
    at += 3u << ((data[10] & 7) + 1);
  while (at < length)
    {
      guint8 kind = data[at];

      if (kind == 0x2c) /* a picture: position, colours, code size, data */
        {
          if (length - at < 11)
            return TRUE;
          at += (data[at + 9] & 0x80) ? 11 + (3u << ((data[at + 9] & 7) + 1)) : 11;
          return !skip_sub_blocks (data, length, &at);
        }
      if (kind != 0x21)
        return FALSE; /* the end, or damage */
      at += 2;
      if (!skip_sub_blocks (data, length, &at))
        return TRUE;
    }
  return TRUE;
}

static gboolean
bmp_is_truncated (const guint8 *data, gsize length)
{
  guint64 offset, row, width, height;
  guint bits;

  if (length < 34)
    return TRUE;
  offset = little32 (data + 10);
  if (little32 (data + 14) < 40)
    return offset >= length;
  width = little32 (data + 18);
  height = little32 (data + 22);
  if (height > G_MAXINT32)
    height = (guint32) -height; /* negative: top to bottom */
  bits = data[28] | (guint) data[29] << 8;
  if (little32 (data + 30) == 1 || little32 (data + 30) == 2) /* run lengths: no telling */
    return offset >= length;
  row = (width * bits + 31) / 32 * 4;
  return offset + row * MIN (height, 65536) > length;
}

gboolean
image_is_truncated (ImageFormat format, const guint8 *data, gsize length)
{
  ImageExif exif;

  switch (format)
    {
    case IMAGE_FORMAT_PNG:
      return png_is_truncated (data, length);
    case IMAGE_FORMAT_GIF:
      return gif_is_truncated (data, length);
    case IMAGE_FORMAT_BMP:
      return bmp_is_truncated (data, length);
    case IMAGE_FORMAT_WEBP:
      return length < 12 || (guint64) little32 (data + 4) + 8 > length;
    case IMAGE_FORMAT_TIFF:
      image_exif_read (format, data, length, &exif);
      return exif.is_truncated;
    default:
      return FALSE;
    }
}
