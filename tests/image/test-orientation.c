/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pictures come out upright, whatever way they are stored; the date comes along. */
#include <string.h>

#include "image-exif.h"
#include "support.h"

/* 16 x 16 blocks of flat colour survive JPEG nearly unharmed. */
static Picture
blocks (void)
{
  Picture picture = picture_noise (64, 32);
  Picture colours = picture_noise (4, 2);

  for (guint y = 0; y < 32; y++)
    for (guint x = 0; x < 64; x++)
      memcpy (picture.pixels + (y * 64 + x) * 3, colours.pixels + (y / 16 * 4 + x / 16) * 3, 3);
  picture_clear (&colours);
  return picture;
}

static void
expect_upright (GBytes *bytes, const char *format, guint tolerance)
{
  g_auto (Picture) upright = blocks ();
  g_autofree guint8 *expected = NULL;
  const ImageRequest request = { .tensor = { .side = 32 }, .thumbnails = { 64 } };
  g_auto (ImageReply) reply = { 0 };
  g_auto (ImageReply) thumbnail = { 0 };
  ImageGeometry geometry;

  decode_ok (file_with_bytes (bytes), &request, &reply);
  g_assert_cmpstr (reply.format, ==, format);
  g_assert_cmpuint (reply.width, ==, 64);
  g_assert_cmpuint (reply.height, ==, 32);
  image_geometry_for_tensor (&geometry, &request.tensor, 64, 32);
  expected = picture_resize (&upright, IMAGE_ORIENTATION_NORMAL, &geometry, IMAGE_FILTER_BICUBIC);
  g_assert_cmpuint (greatest_difference (expected, g_bytes_get_data (reply.tensor, NULL), 32 * 32 * 3), <=, tolerance);
  decode_ok (file_with_bytes (reply.thumbnails[0]), &request, &thumbnail);
  g_assert_cmpuint (thumbnail.width, ==, 64);
  g_assert_cmpfloat (mean_difference (expected, g_bytes_get_data (thumbnail.tensor, NULL), 32 * 32 * 3), <, 6);
}

static void
test_jpeg (void)
{
  g_auto (Picture) upright = blocks ();

  for (guint orientation = 1; orientation <= 8; orientation++)
    {
      g_auto (Picture) stored = picture_store (&upright, orientation);
      g_autoptr (GBytes) jpeg = picture_jpeg (&stored, PICTURE_JPEG_444, orientation, NULL);

      g_test_message ("orientation %u", orientation);
      expect_upright (jpeg, "jpeg", 8);
    }
}

/* A plain uncompressed TIFF with this orientation tag. */
static GBytes *
tiff (const Picture *picture, guint orientation)
{
  const guint32 size = picture->width * picture->height * 3;
  const guint16 entries[][2] = { { 256, (guint16) picture->width }, { 257, (guint16) picture->height }, { 258, 8 }, { 259, 1 }, { 262, 2 }, { 273, 200 }, { 274, (guint16) orientation }, { 277, 3 }, { 278, (guint16) picture->height }, { 279, (guint16) size } };
  guint8 *data = g_malloc0 (200 + size);
  guint8 *p = data + 10;

  memcpy (data, "II*\0\x08\0\0\0", 8);
  data[8] = G_N_ELEMENTS (entries);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++, p += 12)
    {
      p[0] = entries[i][0] & 255;
      p[1] = entries[i][0] >> 8;
      p[2] = 3;
      p[4] = 1;
      p[8] = entries[i][1] & 255;
      p[9] = entries[i][1] >> 8;
    }
  memcpy (data + 200, picture->pixels, size);
  return g_bytes_new_take (data, 200 + size);
}

static void
test_tiff (void)
{
  g_auto (Picture) upright = blocks ();

  for (guint orientation = 1; orientation <= 8; orientation++)
    {
      g_auto (Picture) stored = picture_store (&upright, orientation);
      g_autoptr (GBytes) file = tiff (&stored, orientation);

      g_test_message ("orientation %u", orientation);
      expect_upright (file, "tiff", 0);
    }
}

/* Fixtures stored 24 x 16 that want to be turned clockwise. */
static void
test_others (void)
{
  static const char *const names[] = { "rotated.png", "rotated.webp" };
  g_auto (Picture) stored = picture_ramp (24, 16);
  const ImageRequest request = { .tensor = { .side = 16 } };
  g_autofree guint8 *expected = NULL;
  ImageGeometry geometry;

  image_geometry_for_tensor (&geometry, &request.tensor, 16, 24);
  expected = picture_resize (&stored, IMAGE_ORIENTATION_ROTATE_90, &geometry, IMAGE_FILTER_BICUBIC);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (ImageReply) reply = { 0 };

      decode_ok (file_of_fixture (names[i]), &request, &reply);
      g_assert_cmpuint (reply.width, ==, 16);
      g_assert_cmpuint (reply.height, ==, 24);
      g_assert_cmpmem (g_bytes_get_data (reply.tensor, NULL), 16 * 16 * 3, expected, 16 * 16 * 3);
      g_assert_cmpint (reply.taken, ==, 1562243696); /* 2019-07-04 12:34:56 */
    }
}

static void
test_date (void)
{
  static const struct
  {
    const char *text;
    gint64 seconds;
  } cases[] = {
    { "2019:07:04 12:34:56", 1562243696 },
    { "1970:01:01 00:00:01", 1 },
    { "1899:12:31 23:59:59", -2208988801 },
    { "2019:02:29 12:34:56", 0 },
    { "2019:07:04 12:60:56", 0 },
    { "0000:00:00 00:00:00", 0 },
    { "    :  :     :  :  ", 0 },
  };
  g_auto (Picture) picture = picture_ramp (16, 16);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) jpeg = picture_jpeg (&picture, 0, 1, cases[i].text);
      const ImageRequest request = { 0 };
      g_auto (ImageReply) reply = { 0 };

      decode_ok (file_with_bytes (jpeg), &request, &reply);
      g_assert_cmpint (reply.taken, ==, cases[i].seconds);
    }
}

/* Metadata that points anywhere, loops or lies: no crash, no hang. */
static void
test_damage (void)
{
  g_auto (Picture) picture = picture_ramp (16, 16);
  g_autoptr (GBytes) jpeg = picture_jpeg (&picture, 0, 6, "2019:07:04 12:34:56");
  g_autoptr (GBytes) plain = tiff (&picture, 6);

  for (guint i = 0; i < 20000; i++)
    {
      GBytes *original = i % 2 ? jpeg : plain;
      gsize length = i % 3 ? g_bytes_get_size (original) : (gsize) g_test_rand_int_range (0, (gint32) g_bytes_get_size (original));
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (original, NULL), length);
      ImageExif exif;

      for (guint k = 0; length > 0 && k < 1 + i % 6; k++)
        copy[g_test_rand_int_range (0, (gint32) MIN (length, 130))] = (guint8) g_test_rand_int ();
      image_exif_read (i % 2 ? IMAGE_FORMAT_JPEG : IMAGE_FORMAT_TIFF, copy, length, &exif);
      image_exif_read (IMAGE_FORMAT_WEBP, copy, length, &exif);
      image_exif_read (IMAGE_FORMAT_PNG, copy, length, &exif);
      g_assert_cmpint (exif.orientation, >=, 1);
      g_assert_cmpint (exif.orientation, <=, 8);
    }
}

static void
test_tag_values (void)
{
  g_assert_cmpint (image_orientation_from_tag (0), ==, IMAGE_ORIENTATION_NORMAL);
  g_assert_cmpint (image_orientation_from_tag (8), ==, IMAGE_ORIENTATION_ROTATE_270);
  g_assert_cmpint (image_orientation_from_tag (9), ==, IMAGE_ORIENTATION_NORMAL);
  g_assert_cmpint (image_orientation_from_tag (65535), ==, IMAGE_ORIENTATION_NORMAL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/orientation/jpeg", test_jpeg);
  g_test_add_func ("/image/orientation/tiff", test_tiff);
  g_test_add_func ("/image/orientation/others", test_others);
  g_test_add_func ("/image/orientation/date", test_date);
  g_test_add_func ("/image/orientation/damage", test_damage);
  g_test_add_func ("/image/orientation/tag-values", test_tag_values);
  return g_test_run ();
}
