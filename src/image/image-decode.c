/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-decode.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "image-exif.h"
#include "image-guard.h"
#include "image-header.h"
#include "image-jpeg.h"
#include "image-metadata-read.h"
#include "image-pixbuf.h"
#include "image-raw.h"
#include "image-truncation.h"

#define METADATA_MS 2000 /* of processor time; a millisecond is usual */

static gboolean
check_file (const struct stat *status, GError **error)
{
  if (!S_ISREG (status->st_mode))
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_NOT_AN_IMAGE, "This is not a regular file");
      return FALSE;
    }
  if (status->st_size > IMAGE_MAX_FILE_SIZE)
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE, "The file is larger than %d MiB", (int) (IMAGE_MAX_FILE_SIZE >> 20));
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_same (const struct stat *a, const struct stat *b)
{
  return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Reads until `size` bytes or the end; returns how many, or -1 with errno. */
static gssize
read_all (int fd, guint8 *data, gsize size)
{
  gsize have = 0;

  while (have < size)
    {
      ssize_t n = pread (fd, data + have, size - have, (off_t) have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      have += (gsize) n;
    }
  return (gssize) have;
}

/* The whole file, as it was in one piece. */
static GBytes *
read_file (int fd, GError **error)
{
  struct stat before, after;
  g_autofree guint8 *data = NULL;
  gsize size;
  gssize got;

  if (fstat (fd, &before) != 0)
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_UNREADABLE, "The file cannot be read: %s", g_strerror (errno));
      return NULL;
    }
  if (!check_file (&before, error))
    return NULL;
  size = (gsize) before.st_size;
  data = g_try_malloc (size + 1);
  if (data == NULL)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory to read the file");
      return NULL;
    }
  got = read_all (fd, data, size + 1);
  if (got < 0 || fstat (fd, &after) != 0)
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_UNREADABLE, "The file cannot be read: %s", g_strerror (errno));
      return NULL;
    }
  if ((gsize) got != size || !is_same (&before, &after))
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_CHANGED, "The file changed while it was read");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

static gboolean
decode_raw (const guint8 *data, gsize length, const ImageExif *exif, ImageSink *sink, ImageReply *reply, GError **error)
{
  g_auto (ImageRaw) raw = { 0 };

  if (!image_raw_read (data, length, exif, &raw, error))
    return FALSE;
  reply->taken = raw.exif.taken;
  reply->width = raw.width;
  reply->height = raw.height;
  return image_jpeg_decode (g_bytes_get_data (raw.jpeg, NULL), g_bytes_get_size (raw.jpeg), raw.exif.orientation, sink, error);
}

static gboolean
decode (ImageFormat *format, const guint8 *data, gsize length, ImageSink *sink, ImageReply *reply, GError **error)
{
  ImageExif exif;
  guint64 width, height;

  image_exif_read (*format, data, length, &exif);
  reply->taken = exif.taken;
  if (exif.is_raw)
    *format = IMAGE_FORMAT_RAW;
  if (*format == IMAGE_FORMAT_RAW)
    return decode_raw (data, length, &exif, sink, reply, error);
  if (*format == IMAGE_FORMAT_JPEG)
    return image_jpeg_decode (data, length, exif.orientation, sink, error);
  if (image_header_size (*format, data, length, &width, &height) && !image_sink_check_size (width, height, error))
    return FALSE;
  if (image_is_truncated (*format, data, length))
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "The %s file ends before the picture does", image_format_name (*format));
      return FALSE;
    }
  return image_pixbuf_decode (*format, data, length, exif.orientation, sink, error);
}

/* The size that decode() found, if any, counts for more than that of the pixels. */
static gboolean
finish (ImageSink *sink, ImageReply *reply, GError **error)
{
  guint width = reply->width, height = reply->height;

  if (!image_sink_finish (sink, reply, error))
    return FALSE;
  reply->width = width > 0 ? width : reply->width;
  reply->height = height > 0 ? height : reply->height;
  return TRUE;
}

static void
hash (const guint8 *data, gsize length, ImageReply *reply)
{
  XXH128_hash_t value = XXH3_128bits (data, length);

  reply->hash[0] = value.high64;
  reply->hash[1] = value.low64;
  reply->size = (gint64) length;
}

gboolean
image_decode_file (int fd, const ImageRequest *request, ImageReply *reply, ImageFormat *format, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (fd, error);
  g_autoptr (ImageSink) sink = image_sink_new (request);
  const guint8 *data;
  gsize length;

  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &length);
  if (length == 0)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "The file is empty");
      return FALSE;
    }
  *format = image_format_sniff (data, length);
  if (*format == IMAGE_FORMAT_UNKNOWN)
    {
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_NOT_AN_IMAGE, "The content is not that of a picture");
      return FALSE;
    }
  if (!decode (format, data, length, sink, reply, error) || !finish (sink, reply, error))
    {
      image_reply_clear (reply);
      return FALSE;
    }
  hash (data, length, reply);
  reply->format = image_format_name (*format);
  if (request->metadata)
    {
      image_guard_enter (METADATA_MS);
      reply->metadata = image_metadata_read (*format, data, length);
      image_guard_leave ();
    }
  return TRUE;
}
