/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <jpeglib.h>

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "image-decode.h"

void
picture_clear (Picture *picture)
{
  g_clear_pointer (&picture->pixels, g_free);
}

static Picture
picture_new (guint width, guint height)
{
  return (Picture){ width, height, g_malloc ((gsize) width * height * 3) };
}

static guint8
noise (guint32 x, guint32 y, guint32 c)
{
  guint32 h = x * 73856093u ^ y * 19349663u ^ c * 83492791u;

  h ^= h >> 13;
  h *= 0x5bd1e995u;
  h ^= h >> 15;
  return h & 255;
}

static guint8
ramp (guint x, guint y, guint c)
{
  guint v = (x * (3 + c) + y * (5 - c)) / 2 % 512;

  return (guint8) (v < 256 ? v : 511 - v);
}

static Picture
make (guint width, guint height, gboolean smooth)
{
  Picture picture = picture_new (width, height);
  guint8 *p = picture.pixels;

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      for (guint c = 0; c < 3; c++)
        *p++ = smooth ? ramp (x, y, c) : noise (x, y, c);
  return picture;
}

Picture
picture_noise (guint width, guint height)
{
  return make (width, height, FALSE);
}

Picture
picture_ramp (guint width, guint height)
{
  return make (width, height, TRUE);
}

/* Where upright (u, v) lies in a stored picture of width w and height h: the table of the EXIF standard. */
static void
locate (ImageOrientation orientation, guint w, guint h, guint u, guint v, guint *x, guint *y)
{
  switch (orientation)
    {
    case IMAGE_ORIENTATION_NORMAL:
      *x = u, *y = v;
      break;
    case IMAGE_ORIENTATION_FLIP_X:
      *x = w - 1 - u, *y = v;
      break;
    case IMAGE_ORIENTATION_ROTATE_180:
      *x = w - 1 - u, *y = h - 1 - v;
      break;
    case IMAGE_ORIENTATION_FLIP_Y:
      *x = u, *y = h - 1 - v;
      break;
    case IMAGE_ORIENTATION_TRANSPOSE:
      *x = v, *y = u;
      break;
    case IMAGE_ORIENTATION_ROTATE_90:
      *x = v, *y = h - 1 - u;
      break;
    case IMAGE_ORIENTATION_TRANSVERSE:
      *x = w - 1 - v, *y = h - 1 - u;
      break;
    case IMAGE_ORIENTATION_ROTATE_270:
      *x = w - 1 - v, *y = u;
      break;
    }
}

Picture
picture_store (const Picture *upright, ImageOrientation orientation)
{
  gboolean swap = orientation >= IMAGE_ORIENTATION_TRANSPOSE;
  Picture stored = picture_new (swap ? upright->height : upright->width, swap ? upright->width : upright->height);

  for (guint v = 0; v < upright->height; v++)
    for (guint u = 0; u < upright->width; u++)
      {
        guint x = 0, y = 0;

        locate (orientation, stored.width, stored.height, u, v, &x, &y);
        memcpy (stored.pixels + ((gsize) y * stored.width + x) * 3, upright->pixels + ((gsize) v * upright->width + u) * 3, 3);
      }
  return stored;
}

guint8 *
picture_resize (const Picture *stored, ImageOrientation orientation, const ImageGeometry *geometry, ImageFilter filter)
{
  ImageSource source = {
    .width = stored->width,
    .height = stored->height,
    .extent_x = stored->width,
    .extent_y = stored->height,
    .full_width = stored->width,
    .full_height = stored->height,
    .orientation = orientation,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (ImageResize) resize = image_resize_new (&source, geometry, filter, &error);
  gsize stride = (gsize) stored->width * 3;
  g_autofree guint8 *row = g_malloc (stride + IMAGE_ROW_PADDING);

  g_assert_no_error (error);
  memset (row + stride, 0xaa, IMAGE_ROW_PADDING); /* must not matter */
  for (guint y = 0; y < stored->height; y++)
    {
      memcpy (row, stored->pixels + y * stride, stride);
      image_resize_push (resize, row);
    }
  return image_resize_finish (resize);
}

static void
put16 (GByteArray *array, guint value)
{
  const guint8 bytes[] = { value >> 8, value & 255 };

  g_byte_array_append (array, bytes, 2);
}

static void
put32 (GByteArray *array, guint32 value)
{
  put16 (array, value >> 16);
  put16 (array, value & 0xffff);
}

static void
put_entry (GByteArray *array, guint tag, guint type, guint32 count, guint32 value)
{
  put16 (array, tag);
  put16 (array, type);
  put32 (array, count);
  put32 (array, value);
}

/* A big-endian TIFF structure: main directory at 8 with two entries, EXIF directory at 38 with one, text at 56. */
static void
write_exif (struct jpeg_compress_struct *cinfo, guint orientation, const char *date)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();

  g_byte_array_append (array, (const guint8 *) "Exif\0\0MM\0*\0\0\0\x08", 14);
  put16 (array, 2);
  put_entry (array, 0x0112, 3, 1, (orientation ? orientation : 1) << 16);
  put_entry (array, 0x8769, 4, 1, 38);
  put32 (array, 0);
  put16 (array, 1);
  put_entry (array, 0x9003, 2, 20, 56);
  put32 (array, 0);
  g_byte_array_append (array, (const guint8 *) (date ? date : "0000:00:00 00:00:00"), 20);
  jpeg_write_marker (cinfo, JPEG_APP0 + 1, array->data, array->len);
}

GBytes *
picture_jpeg (const Picture *picture, PictureJpeg flags, guint orientation, const char *date)
{
  struct jpeg_compress_struct cinfo = { 0 };
  struct jpeg_error_mgr errors;
  guchar *data = NULL;
  gulong size = 0;
  GBytes *bytes;

  cinfo.err = jpeg_std_error (&errors);
  jpeg_create_compress (&cinfo);
  jpeg_mem_dest (&cinfo, &data, &size);
  cinfo.image_width = picture->width;
  cinfo.image_height = picture->height;
  cinfo.input_components = 3;
  cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults (&cinfo);
  if (flags & PICTURE_JPEG_GRAY)
    jpeg_set_colorspace (&cinfo, JCS_GRAYSCALE);
  if (flags & PICTURE_JPEG_444)
    cinfo.comp_info[0].h_samp_factor = cinfo.comp_info[0].v_samp_factor = 1;
  jpeg_set_quality (&cinfo, 95, TRUE);
  if (flags & PICTURE_JPEG_PROGRESSIVE)
    jpeg_simple_progression (&cinfo);
  jpeg_start_compress (&cinfo, TRUE);
  if (orientation != 0 || date != NULL)
    write_exif (&cinfo, orientation, date);
  while (cinfo.next_scanline < cinfo.image_height)
    {
      JSAMPROW row = picture->pixels + (gsize) cinfo.next_scanline * picture->width * 3;

      jpeg_write_scanlines (&cinfo, &row, 1);
    }
  jpeg_finish_compress (&cinfo);
  jpeg_destroy_compress (&cinfo);
  bytes = g_bytes_new (data, size);
  free (data);
  return bytes;
}

GBytes *
picture_save (const Picture *picture, const char *type, ...)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_data (picture->pixels, GDK_COLORSPACE_RGB, FALSE, 8, (int) picture->width, (int) picture->height, (int) picture->width * 3, NULL, NULL);
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  char *data = NULL;
  gsize size = 0;
  const char *key;
  va_list arguments;

  va_start (arguments, type);
  while ((key = va_arg (arguments, const char *)) != NULL)
    {
      g_ptr_array_add (keys, (gpointer) key);
      g_ptr_array_add (values, va_arg (arguments, char *));
    }
  va_end (arguments);
  g_ptr_array_add (keys, NULL);
  g_ptr_array_add (values, NULL);
  gdk_pixbuf_save_to_bufferv (pixbuf, &data, &size, type, (char **) keys->pdata, (char **) values->pdata, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

int
file_with (gconstpointer data, gsize length)
{
  int fd = memfd_create ("test", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  return fd;
}

int
file_with_bytes (GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  return file_with (data, length);
}

GBytes *
fixture (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "image", "fixtures", name, NULL);
  g_autoptr (GError) error = NULL;
  char *data = NULL;
  gsize length = 0;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, length);
}

int
file_of_fixture (const char *name)
{
  g_autoptr (GBytes) bytes = fixture (name);

  return file_with_bytes (bytes);
}

void
decode_ok (int fd, const ImageRequest *request, ImageReply *reply)
{
  g_autoptr (GError) error = NULL;
  ImageFormat format = IMAGE_FORMAT_UNKNOWN;
  gboolean ok = image_decode_file (fd, request, reply, &format, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (reply->format, ==, image_format_name (format));
  close (fd);
}

void
decode_fails (GBytes *bytes, ImageError code)
{
  const ImageRequest request = { .tensor = { .side = 32 }, .thumbnails = { 64 } };
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  ImageFormat format = IMAGE_FORMAT_UNKNOWN;
  int fd = file_with_bytes (bytes);

  g_assert_false (image_decode_file (fd, &request, &reply, &format, &error));
  g_assert_error (error, IMAGE_ERROR, (int) code);
  g_assert_null (reply.tensor);
  close (fd);
}

guint
greatest_difference (const guint8 *a, const guint8 *b, gsize length)
{
  guint greatest = 0;

  for (gsize i = 0; i < length; i++)
    greatest = MAX (greatest, (guint) ABS (a[i] - b[i]));
  return greatest;
}

double
mean_difference (const guint8 *a, const guint8 *b, gsize length)
{
  double sum = 0;

  for (gsize i = 0; i < length; i++)
    sum += ABS (a[i] - b[i]);
  return sum / (double) length;
}
