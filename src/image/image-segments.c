/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-segments.h"

#include <string.h>

#include "image-heif.h"

#define MAX_SEGMENTS 4096
#define MAX_BYTES (4u * 1024u * 1024u)
#define MAX_PAYLOAD 65533u /* of a JPEG segment */

static const guint8 xmp_name[] = "http://ns.adobe.com/xap/1.0/"; /* with its zero */

static gboolean
is_metadata (guint8 marker, const guint8 *payload, gsize size)
{
  if (marker == 0xe1)
    return (size >= 6 && memcmp (payload, "Exif\0", 5) == 0) || (size > sizeof xmp_name && memcmp (payload, xmp_name, sizeof xmp_name) == 0);
  return marker == 0xed && size >= 14 && memcmp (payload, "Photoshop 3.0", 14) == 0;
}

static GByteArray *
begin (void)
{
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, (const guint8 *) "\xff\xd8", 2);
  return array;
}

/* NULL if nothing was added. */
static GBytes *
end (GByteArray *array)
{
  if (array->len > 2)
    {
      g_byte_array_append (array, (const guint8 *) "\xff\xd9", 2);
      return g_byte_array_free_to_bytes (array);
    }
  g_byte_array_unref (array);
  return NULL;
}

static GBytes *
of_jpeg (const guint8 *data, gsize length)
{
  GByteArray *array = begin ();
  gsize at = 2;

  for (guint n = 0; n < MAX_SEGMENTS && at + 4 <= length && data[at] == 0xff; n++)
    {
      guint8 marker = data[at + 1];
      gsize size = (gsize) data[at + 2] << 8 | data[at + 3];

      if (marker == 0xff)
        {
          at++;
          continue;
        }
      if (marker == 0xda || marker == 0xd9 || size < 2 || size > length - at - 2 || array->len + size > MAX_BYTES)
        break;
      if (is_metadata (marker, data + at + 4, size - 2))
        g_byte_array_append (array, data + at, (guint) size + 2);
      at += 2 + size;
    }
  return end (array);
}

static void
add_segment (GByteArray *array, const guint8 *name, gsize name_size, const guint8 *data, gsize size)
{
  gsize all = name_size + size;
  const guint8 head[] = { 0xff, 0xe1, (guint8) ((all + 2) >> 8), (guint8) (all + 2) };

  if (data == NULL || size > MAX_PAYLOAD - name_size)
    return;
  g_byte_array_append (array, head, sizeof head);
  g_byte_array_append (array, name, (guint) name_size);
  g_byte_array_append (array, data, (guint) size);
}

static GBytes *
of_heif (const guint8 *data, gsize length)
{
  GByteArray *array = begin ();
  ImageHeif heif;

  image_heif_read (data, length, &heif);
  add_segment (array, (const guint8 *) "Exif\0", 6, heif.exif, heif.exif_size);
  add_segment (array, xmp_name, sizeof xmp_name, heif.xmp, heif.xmp_size);
  return end (array);
}

GBytes *
image_segments_of_metadata (ImageFormat format, const guint8 *data, gsize length)
{
  switch (format)
    {
    case IMAGE_FORMAT_JPEG:
      return of_jpeg (data, length);
    case IMAGE_FORMAT_HEIF:
    case IMAGE_FORMAT_AVIF:
      return of_heif (data, length);
    case IMAGE_FORMAT_PNG:
    case IMAGE_FORMAT_WEBP:
    case IMAGE_FORMAT_TIFF:
    case IMAGE_FORMAT_RAW:
      return g_bytes_new_static (data, length);
    default:
      return NULL;
    }
}
