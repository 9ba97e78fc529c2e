/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Telling formats, reading each of them, and refusing what is none. */
#include <string.h>

#include <glib/gstdio.h>

#include "image-decode.h"
#include "image-header.h"
#include "support.h"

static void
test_sniff (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    ImageFormat format;
  } cases[] = {
    { "\xff\xd8\xff\xe0", 4, IMAGE_FORMAT_JPEG },
    { "\xff\xd8", 2, IMAGE_FORMAT_UNKNOWN },
    { "\x89PNG\r\n\x1a\n", 8, IMAGE_FORMAT_PNG },
    { "\x89PNG\n\x1a\n", 7, IMAGE_FORMAT_UNKNOWN },
    { "GIF89a", 6, IMAGE_FORMAT_GIF },
    { "GIF88a", 6, IMAGE_FORMAT_UNKNOWN },
    { "BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", 18, IMAGE_FORMAT_BMP },
    { "BMW drivers' club, minutes", 26, IMAGE_FORMAT_UNKNOWN },
    { "II*\0\x08\0\0\0", 8, IMAGE_FORMAT_TIFF },
    { "MM\0*\0\0\0\x08", 8, IMAGE_FORMAT_TIFF },
    { "II*\0\x10\0\0\0CR\2\0", 12, IMAGE_FORMAT_RAW },
    { "RIFF\x10\0\0\0WEBPVP8 ", 16, IMAGE_FORMAT_WEBP },
    { "RIFF\x10\0\0\0WAVEfmt ", 16, IMAGE_FORMAT_UNKNOWN },
    { "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic",
      24, IMAGE_FORMAT_HEIF },
    { "\0\0\0\x1c"
      "ftypmif1\0\0\0\0mif1avifmiaf",
      28, IMAGE_FORMAT_AVIF },
    { "\0\0\0\x18"
      "ftypisom\0\0\0\0isomavc1",
      24, IMAGE_FORMAT_UNKNOWN },
    { "\0\0\0\x18"
      "ftypcrx \0\0\0\0crx isom",
      24, IMAGE_FORMAT_RAW },
    { "\xff\x0a\xfa\x1f", 4, IMAGE_FORMAT_JXL },
    { "8BPS\0\1", 6, IMAGE_FORMAT_PSD },
    { "P6 1 1 255\n", 11, IMAGE_FORMAT_PNM },
    { "Program", 7, IMAGE_FORMAT_UNKNOWN },
    { "<?xml version='1.0'?><svg xmlns=''/>", 36, IMAGE_FORMAT_SVG },
    { "<?xml version='1.0'?><html/>", 28, IMAGE_FORMAT_UNKNOWN },
    { "/* XPM */", 9, IMAGE_FORMAT_UNKNOWN },
    { "RIFF\x10\0\0\0ACONanih", 16, IMAGE_FORMAT_UNKNOWN },
    { "%PDF-1.4", 8, IMAGE_FORMAT_UNKNOWN },
    { "", 0, IMAGE_FORMAT_UNKNOWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* An exact copy, so that a sanitizer sees any look past the end. */
      g_autofree guint8 *copy = g_memdup2 (cases[i].bytes, cases[i].length);

      g_test_message ("case %u", i);
      g_assert_cmpint (image_format_sniff (copy, cases[i].length), ==, cases[i].format);
      g_assert_cmpint (image_looks_like_picture (NULL, copy ? copy : (guint8 *) "", cases[i].length), ==, cases[i].format != IMAGE_FORMAT_UNKNOWN);
    }
}

static void
test_every_prefix (void)
{
  static const char *const names[] = { "rgb.png", "palette.gif", "rgb.bmp", "rgb.tiff", "rgb.webp", "420.jpg" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) bytes = fixture (names[i]);
      ImageFormat whole = image_format_sniff (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

      g_assert_cmpint (whole, ==, image_format_from_name (names[i]));
      for (gsize n = 0; n < IMAGE_FORMAT_HEAD; n++)
        {
          g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), n);
          ImageFormat format = image_format_sniff (copy, n);

          g_assert_true (format == whole || format == IMAGE_FORMAT_UNKNOWN);
        }
    }
}

static void
test_names (void)
{
  g_assert_true (image_name_is_picture ("a.jpg"));
  g_assert_true (image_name_is_picture ("/x.y/A.JPeG"));
  g_assert_true (image_name_is_picture ("holiday.HEIC"));
  g_assert_true (image_name_is_picture ("scan.nef"));
  g_assert_false (image_name_is_picture ("a.txt"));
  g_assert_false (image_name_is_picture ("jpg"));
  g_assert_false (image_name_is_picture (".jpg"));
  g_assert_false (image_name_is_picture ("a."));
  g_assert_false (image_name_is_picture ("a.jpg/b"));
  g_assert_false (image_name_is_picture ("a.jpg png"));
  g_assert_true (image_looks_like_picture ("a.tga", (const guint8 *) "\0\0\2\0", 4));
  g_assert_false (image_looks_like_picture ("a.jpg", (const guint8 *) "text", 4));
}

static void
decode_pixels (const char *name, guint side, ImageReply *reply)
{
  const ImageRequest request = { .tensor = { .side = side, .mode = IMAGE_RESIZE_SQUASH } };

  g_test_message ("%s", name);
  decode_ok (file_of_fixture (name), &request, reply);
}

/* Squashed to 24 x 24 from 24 x 16, so that only one axis is resampled: compared with the PNG of the same pixels. */
static void
expect_same (const char *name, const char *reference, guint tolerance)
{
  g_auto (ImageReply) a = { 0 };
  g_auto (ImageReply) b = { 0 };

  decode_pixels (name, 48, &a);
  decode_pixels (reference, 48, &b);
  g_assert_cmpuint (a.width, ==, b.width);
  g_assert_cmpuint (a.height, ==, b.height);
  g_assert_cmpuint (greatest_difference (g_bytes_get_data (a.tensor, NULL), g_bytes_get_data (b.tensor, NULL), 48 * 48 * 3), <=, tolerance);
}

static gboolean
have_webp (void)
{
  g_auto (ImageReply) reply = { 0 };
  const ImageRequest request = { 0 };
  ImageFormat format = IMAGE_FORMAT_UNKNOWN;
  g_autoptr (GError) error = NULL;

  return image_decode_file (file_of_fixture ("rgb.webp"), &request, &reply, &format, &error) ||
         !g_error_matches (error, IMAGE_ERROR, IMAGE_ERROR_FORMAT_OFF);
}

static void
test_lossless (void)
{
  g_auto (Picture) ramp = picture_ramp (24, 16);
  g_autoptr (GBytes) png = picture_save (&ramp, "png", NULL);
  const ImageRequest request = { .tensor = { .side = 48, .mode = IMAGE_RESIZE_SQUASH } };
  g_auto (ImageReply) made = { 0 };
  g_auto (ImageReply) stored = { 0 };

  decode_ok (file_with_bytes (png), &request, &made);
  decode_pixels ("rgb.png", 48, &stored);
  g_assert_true (g_bytes_equal (made.tensor, stored.tensor));
  g_assert_cmpstr (stored.format, ==, "png");
  expect_same ("rgb.bmp", "rgb.png", 0);
  expect_same ("rgb.tiff", "rgb.png", 0);
  expect_same ("gray16.png", "gray.png", 0);
  expect_same ("palette.png", "palette-as-rgb.png", 0);
  expect_same ("palette.gif", "palette-as-rgb.png", 0);
  if (have_webp ())
    expect_same ("rgb.webp", "rgb.png", 0);
}

/* Decoders of JPEG may differ by one level where theirs is not the library that made the fixture. */
static void
test_jpeg_fixtures (void)
{
  expect_same ("420.jpg", "420-as-rgb.png", 1);
  expect_same ("progressive.jpg", "progressive-as-rgb.png", 1);
  expect_same ("cmyk.jpg", "cmyk-as-rgb.png", 2);
}

/* Alpha from 0 at the left to 255 at the right, laid over white. */
static void
test_alpha (void)
{
  g_auto (Picture) ramp = picture_ramp (24, 16);
  const ImageRequest request = { .tensor = { .side = 16 } }; /* 24 x 16 to 16: no resampling, columns 4 to 19 */
  static const char *const names[] = { "alpha.png", "alpha.webp" };

  for (guint i = 0; i < (have_webp () ? 2 : 1); i++)
    {
      g_auto (ImageReply) reply = { 0 };
      const guint8 *pixels;

      decode_ok (file_of_fixture (names[i]), &request, &reply);
      pixels = g_bytes_get_data (reply.tensor, NULL);
      for (guint y = 0; y < 16; y++)
        for (guint x = 0; x < 16; x++)
          for (guint c = 0; c < 3; c++)
            {
              double alpha = (x + 4) * 255 / 23 / 255.0;
              double expected = ramp.pixels[(y * 24 + x + 4) * 3 + c] * alpha + 255 * (1 - alpha);

              g_assert_cmpfloat_with_epsilon (pixels[(y * 16 + x) * 3 + c], expected, 0.51);
            }
    }
}

/* Red at the left, blue at the right.  Their EXIF data ask for a turn, which in these formats means nothing: only the box
 * made for it counts, and the loader has obeyed that.  Where the loader is not installed the error says so. */
static void
test_heif (void)
{
  static const char *const names[] = { "halves.heic", "halves.avif" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const ImageRequest request = { .tensor = { .side = 8, .mode = IMAGE_RESIZE_SQUASH }, .metadata = TRUE };
      g_auto (ImageReply) reply = { 0 };
      g_autoptr (GError) error = NULL;
      ImageFormat format = IMAGE_FORMAT_UNKNOWN;
      int fd = file_of_fixture (names[i]);
      gboolean ok = image_decode_file (fd, &request, &reply, &format, &error);
      const guint8 *pixels;

      g_close (fd, NULL);
      g_test_message ("%s: %s", names[i], ok ? "read" : error->message);
      if (g_error_matches (error, IMAGE_ERROR, IMAGE_ERROR_FORMAT_OFF))
        {
          g_assert_nonnull (strstr (error->message, "heif-gdk-pixbuf"));
          continue;
        }
      g_assert_no_error (error);
      pixels = g_bytes_get_data (reply.tensor, NULL);
      g_assert_cmpuint (reply.width, ==, 64);
      g_assert_cmpuint (reply.height, ==, 48);
      g_assert_cmpint (reply.taken, ==, 1577934245);
      g_assert_cmpstr (reply.metadata->camera, ==, "Eidetic Test 1");
      g_assert_cmpstr (reply.metadata->keywords[1], ==, "boat");
      g_assert_cmpint (pixels[0], >, 200);
      g_assert_cmpint (pixels[2], <, 50);
      g_assert_cmpint (pixels[7 * 3], <, 50);
      g_assert_cmpint (pixels[7 * 3 + 2], >, 200);
    }
}

static void
put32 (GByteArray *array, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (array, (const guint8 *) &value, 4);
}

static void
put_entry (GByteArray *array, guint tag, guint type, guint32 count, guint32 value)
{
  put32 (array, tag | type << 16);
  put32 (array, count);
  put32 (array, value);
}

/* The bones of a DNG file of 400 x 300 pixels, to be turned, with a JPEG of 40 x 30 in a directory below. */
static GBytes *
make_dng (GBytes *jpeg)
{
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, (const guint8 *) "II*\0\x08\0\0\0\7\0", 10);
  put_entry (array, 0x00fe, 4, 1, 0);
  put_entry (array, 0x0100, 4, 1, 400);
  put_entry (array, 0x0101, 4, 1, 300);
  put_entry (array, 0x0106, 3, 1, 32803);
  put_entry (array, 0x0112, 3, 1, 6);
  put_entry (array, 0x014a, 4, 1, 98);
  put_entry (array, 0xc612, 1, 4, 0x0401);
  put32 (array, 0);
  g_byte_array_append (array, (const guint8 *) "\6", 2);
  put_entry (array, 0x00fe, 4, 1, 1);
  put_entry (array, 0x0100, 4, 1, 40);
  put_entry (array, 0x0101, 4, 1, 30);
  put_entry (array, 0x0103, 3, 1, 7);
  put_entry (array, 0x0111, 4, 1, 176);
  put_entry (array, 0x0117, 4, 1, jpeg != NULL ? (guint32) g_bytes_get_size (jpeg) : 0);
  put32 (array, 0);
  g_assert_cmpuint (array->len, ==, 176);
  if (jpeg != NULL)
    g_byte_array_append (array, g_bytes_get_data (jpeg, NULL), (guint) g_bytes_get_size (jpeg));
  return g_byte_array_free_to_bytes (array);
}

static void
test_raw (void)
{
  g_auto (Picture) ramp = picture_ramp (40, 30);
  g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, 0, 0, NULL);
  g_autoptr (GBytes) turned = picture_jpeg (&ramp, 0, 6, NULL);
  g_autoptr (GBytes) dng = make_dng (jpeg);
  g_autoptr (GBytes) empty = make_dng (NULL);
  const ImageRequest request = { .tensor = { .side = 16 } };
  g_auto (ImageReply) reply = { 0 };
  g_auto (ImageReply) expected = { 0 };

  decode_ok (file_with_bytes (dng), &request, &reply);
  decode_ok (file_with_bytes (turned), &request, &expected);
  g_assert_cmpstr (reply.format, ==, "raw");
  g_assert_cmpuint (reply.width, ==, 300);
  g_assert_cmpuint (reply.height, ==, 400);
  g_assert_true (g_bytes_equal (reply.tensor, expected.tensor));
  decode_fails (empty, IMAGE_ERROR_FORMAT_OFF);
}

static GBytes *
cut (const char *name, gsize keep)
{
  g_autoptr (GBytes) bytes = fixture (name);

  g_assert_cmpuint (keep, <, g_bytes_get_size (bytes));
  return g_bytes_new (g_bytes_get_data (bytes, NULL), keep);
}

static void
test_truncated (void)
{
  static const struct
  {
    const char *name;
    gsize keep;
  } cases[] = { { "rgb.png", 80 }, { "rgb.png", 30 }, { "rgb.bmp", 1000 }, { "rgb.bmp", 30 }, { "rgb.tiff", 1200 }, { "rgb.tiff", 300 }, { "rgb.webp", 60 }, { "palette.gif", 400 }, { "palette.gif", 12 }, { "420.jpg", 700 }, { "420.jpg", 100 }, { "progressive.jpg", 500 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = cut (cases[i].name, cases[i].keep);

      g_test_message ("%s cut to %d", cases[i].name, (int) cases[i].keep);
      decode_fails (bytes, IMAGE_ERROR_TRUNCATED);
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    ImageError code;
  } cases[] = {
    { "", 0, IMAGE_ERROR_TRUNCATED },
    { "Dear diary, today was no picture.", 33, IMAGE_ERROR_NOT_AN_IMAGE },
    { "/* XPM */ static char *x[] = {", 30, IMAGE_ERROR_NOT_AN_IMAGE },
    { "8BPS\0\1\0\0\0\0\0\0\0\3", 14, IMAGE_ERROR_FORMAT_OFF },
    { "<svg xmlns='http://www.w3.org/2000/svg'/>", 41, IMAGE_ERROR_FORMAT_OFF },
    { "P6 1 1 255\nabc", 14, IMAGE_ERROR_FORMAT_OFF },
    { "\xff\xd8\xff\xd9", 4, IMAGE_ERROR_UNREADABLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (cases[i].bytes, cases[i].length);

      g_test_message ("case %u", i);
      decode_fails (bytes, cases[i].code);
    }
}

/* Overwrites bytes of a fixture and gives the result. */
static GBytes *
patch (const char *name, gsize at, const char *bytes, gsize length)
{
  g_autoptr (GBytes) original = fixture (name);
  guint8 *copy = g_memdup2 (g_bytes_get_data (original, NULL), g_bytes_get_size (original));

  g_assert_cmpuint (at + length, <=, g_bytes_get_size (original));
  memcpy (copy + at, bytes, length);
  return g_bytes_new_take (copy, g_bytes_get_size (original));
}

static guint32
crc32_of (const guint8 *data, gsize length)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (guint k = 0; k < 8; k++)
        crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320 : 0);
    }
  return ~crc;
}

/* Headers that claim more than 300 million pixels are refused before anything is allocated for them. */
static void
test_huge_claims (void)
{
  static const guint8 tiff_head[] = "II*\0\x08\0\0\0\2\0\0\1\4\0\1\0\0\0\0\0\1\0\1\1\4\0\1\0\0\0\0\0\1\0\0\0\0";
  g_autoptr (GBytes) png = patch ("rgb.png", 16, "\0\0\x60\0\0\0\x60\0", 8);
  g_autoptr (GBytes) gif = patch ("palette.gif", 6, "\xff\xff\xff\xff", 4);
  g_autoptr (GBytes) bmp = patch ("rgb.bmp", 18, "\x60\xea\0\0\xa0\x15\xff\xff", 8); /* 60000, -60000 */
  g_autoptr (GBytes) webp = patch ("rotated.webp", 24, "\xff\xff\0\xff\xff\0", 6);
  g_autoptr (GBytes) tiff = g_bytes_new (tiff_head, sizeof tiff_head);
  g_autoptr (GBytes) jpeg = NULL;
  g_autoptr (GBytes) plain = fixture ("420.jpg");
  const guint8 *data = g_bytes_get_data (plain, NULL);
  const guint8 *sof = memmem (data, g_bytes_get_size (plain), "\xff\xc0\0\x11\x08", 5);
  guint32 crc = GUINT32_TO_BE (crc32_of ((const guint8 *) g_bytes_get_data (png, NULL) + 12, 17));

  memcpy ((guint8 *) g_bytes_get_data (png, NULL) + 29, &crc, 4);
  decode_fails (bmp, IMAGE_ERROR_TOO_LARGE);
  decode_fails (webp, IMAGE_ERROR_TOO_LARGE);
  decode_fails (tiff, IMAGE_ERROR_TOO_LARGE);
  decode_fails (png, IMAGE_ERROR_TOO_LARGE);
  decode_fails (gif, IMAGE_ERROR_TOO_LARGE);
  g_assert_nonnull (sof);
  jpeg = patch ("420.jpg", (gsize) (sof - data) + 5, "\xff\xff\xff\xff", 4);
  decode_fails (jpeg, IMAGE_ERROR_TOO_LARGE);
}

static void
test_header_sizes (void)
{
  static const char *const names[] = { "rgb.png", "palette.gif", "rgb.bmp", "rgb.webp", "rotated.webp", "alpha.webp", "rgb.tiff" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) bytes = fixture (names[i]);
      guint64 width = 0, height = 0;

      g_test_message ("%s", names[i]);
      g_assert_true (image_header_size (image_format_from_name (names[i]), g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &width, &height));
      g_assert_cmpuint (width, ==, 24);
      g_assert_cmpuint (height, ==, 16);
    }
}

/* Damage anywhere: any error will do, any picture too; nothing may crash. */
static void
test_damage (void)
{
  static const char *const names[] = { "rgb.png", "rotated.png", "alpha.png", "palette.gif", "rgb.bmp", "rgb.tiff", "rgb.webp", "rotated.webp" };
  const ImageRequest request = { .tensor = { .side = 16 }, .thumbnails = { 16 } };

  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* loaders may warn of what they see */
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GBytes) original = fixture (names[i % G_N_ELEMENTS (names)]);
      gsize length = g_bytes_get_size (original);
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (original, NULL), length);
      g_auto (ImageReply) reply = { 0 };
      ImageFormat format = IMAGE_FORMAT_UNKNOWN;
      int fd;

      for (guint k = 0; k < 1 + i % 4; k++)
        copy[g_test_rand_int_range (8, (gint32) length)] = (guint8) g_test_rand_int ();
      fd = file_with (copy, length);
      image_decode_file (fd, &request, &reply, &format, NULL);
      g_close (fd, NULL);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/format/sniff", test_sniff);
  g_test_add_func ("/image/format/every-prefix", test_every_prefix);
  g_test_add_func ("/image/format/names", test_names);
  g_test_add_func ("/image/format/lossless", test_lossless);
  g_test_add_func ("/image/format/jpeg-fixtures", test_jpeg_fixtures);
  g_test_add_func ("/image/format/alpha", test_alpha);
  g_test_add_func ("/image/format/heif", test_heif);
  g_test_add_func ("/image/format/raw", test_raw);
  g_test_add_func ("/image/format/truncated", test_truncated);
  g_test_add_func ("/image/format/refused", test_refused);
  g_test_add_func ("/image/format/huge-claims", test_huge_claims);
  g_test_add_func ("/image/format/header-sizes", test_header_sizes);
  g_test_add_func ("/image/format/damage", test_damage);
  return g_test_run ();
}
