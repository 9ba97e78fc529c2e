/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JPEG: reduced decoding, thumbnails, damage. */
#include <string.h>

#include <glib/gstdio.h>

#include "image-decode.h"
#include "image-jpeg.h"
#include "support.h"

static void
decode (GBytes *bytes, const ImageRequest *request, ImageReply *reply)
{
  decode_ok (file_with_bytes (bytes), request, reply);
}

/* A reduced decode keeps the geometry of the full one: on a ramp the difference is rounding, a shifted or rescaled crop would
 * show as a multiple of it. */
static void
test_reduced (void)
{
  static const guint shapes[][2] = { { 403, 301 }, { 301, 403 }, { 250, 250 }, { 999, 301 } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint mode = 0; mode < 3; mode++)
      {
        g_auto (Picture) ramp = picture_ramp (shapes[i][0], shapes[i][1]);
        g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, PICTURE_JPEG_444, 0, NULL);
        ImageRequest request = { .tensor = { .side = 64, .mode = mode } };
        g_auto (ImageReply) full = { 0 };
        g_auto (ImageReply) reduced = { 0 };
        double difference;

        decode (jpeg, &request, &full);
        request.tensor.reduced = TRUE;
        decode (jpeg, &request, &reduced);
        difference = mean_difference (g_bytes_get_data (full.tensor, NULL), g_bytes_get_data (reduced.tensor, NULL), 64 * 64 * 3);
        g_test_message ("%ux%u mode %u: mean difference %.3f", shapes[i][0], shapes[i][1], mode, difference);
        g_assert_cmpfloat (difference, <, 1.5);
        g_assert_cmpuint (reduced.width, ==, shapes[i][0]);
        g_assert_cmpuint (reduced.height, ==, shapes[i][1]);
      }
}

static void
test_reduction (void)
{
  static const struct
  {
    guint side, thumbnail;
    gboolean reduced;
    guint width, height, divisor;
  } cases[] = {
    { 224, 0, TRUE, 4000, 3000, 4 },
    { 224, 0, FALSE, 4000, 3000, 1 },
    { 224, 1024, TRUE, 4000, 3000, 2 },
    { 224, 512, TRUE, 4000, 3000, 4 },
    { 224, 0, TRUE, 447, 4000, 1 },
    { 224, 0, TRUE, 896, 4000, 2 },
    { 224, 0, TRUE, 895, 4000, 1 },
    { 64, 0, TRUE, 60000, 3000, 8 },
    { 0, 256, FALSE, 4000, 3000, 8 },
    { 0, 0, FALSE, 4000, 3000, 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ImageRequest request = { .tensor = { .side = cases[i].side, .reduced = cases[i].reduced }, .thumbnails = { cases[i].thumbnail } };
      g_autoptr (ImageSink) sink = image_sink_new (&request);

      g_assert_cmpuint (image_sink_reduction (sink, cases[i].width, cases[i].height), ==, cases[i].divisor);
      if (cases[i].thumbnail > 16)
        {
          const ImageRequest two = { .tensor = request.tensor, .thumbnails = { 16, cases[i].thumbnail } };
          g_autoptr (ImageSink) other = image_sink_new (&two);

          g_assert_cmpuint (image_sink_reduction (other, cases[i].width, cases[i].height), ==, cases[i].divisor);
        }
    }
}

static void
test_gray (void)
{
  g_auto (Picture) ramp = picture_ramp (90, 60);
  g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, PICTURE_JPEG_GRAY, 0, NULL);
  const ImageRequest request = { .tensor = { .side = 60 } };
  g_auto (ImageReply) reply = { 0 };
  const guint8 *pixels;

  decode (jpeg, &request, &reply);
  pixels = g_bytes_get_data (reply.tensor, NULL);
  for (guint i = 0; i < 60 * 60; i++)
    g_assert_true (pixels[i * 3] == pixels[i * 3 + 1] && pixels[i * 3] == pixels[i * 3 + 2]);
}

/* The thumbnail shows the picture: compared with a tensor of the same size. */
static void
test_thumbnail (void)
{
  static const guint sizes[] = { 64, 200, 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint reduced = 0; reduced < 2; reduced++)
      {
        g_auto (Picture) ramp = picture_ramp (600, 600);
        g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, PICTURE_JPEG_444, 0, NULL);
        const ImageRequest request = { .tensor = { .side = 64, .filter = IMAGE_FILTER_BILINEAR, .reduced = reduced }, .thumbnails = { sizes[i] } };
        const ImageRequest again = { .tensor = { .side = 64, .filter = IMAGE_FILTER_BILINEAR } };
        g_auto (ImageReply) reply = { 0 };
        g_auto (ImageReply) thumbnail = { 0 };

        decode (jpeg, &request, &reply);
        decode (reply.thumbnails[0], &again, &thumbnail);
        g_assert_cmpuint (thumbnail.width, ==, MIN (sizes[i], 600));
        g_assert_cmpuint (thumbnail.height, ==, MIN (sizes[i], 600));
        g_assert_cmpfloat (mean_difference (g_bytes_get_data (reply.tensor, NULL), g_bytes_get_data (thumbnail.tensor, NULL), 64 * 64 * 3), <, 8);
      }
}

static void
test_thumbnail_shapes (void)
{
  static const guint shapes[][4] = { { 1000, 10, 100, 1 }, { 3, 1000, 1, 100 }, { 1, 1, 1, 1 }, { 640, 427, 100, 67 }, { 1999, 1001, 100, 50 } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_auto (Picture) noise = picture_noise (shapes[i][0], shapes[i][1]);
      g_autoptr (GBytes) jpeg = picture_jpeg (&noise, 0, 0, NULL);
      const ImageRequest request = { .thumbnails = { 100 } };
      const ImageRequest nothing = { 0 };
      g_auto (ImageReply) reply = { 0 };
      g_auto (ImageReply) thumbnail = { 0 };

      decode (jpeg, &request, &reply);
      g_assert_null (reply.tensor);
      decode (reply.thumbnails[0], &nothing, &thumbnail);
      g_assert_null (thumbnail.tensor);
      g_assert_null (thumbnail.thumbnails[0]);
      g_assert_cmpuint (thumbnail.width, ==, shapes[i][2]);
      g_assert_cmpuint (thumbnail.height, ==, shapes[i][3]);
    }
}

static double
distance (const ImageReply *a, const ImageReply *b)
{
  return mean_difference (g_bytes_get_data (a->tensor, NULL), g_bytes_get_data (b->tensor, NULL), 64 * 64 * 3);
}

/* Both of one decode: each of its size at its place, in either order, the smaller as good as one made alone. */
static void
test_two_thumbnails (void)
{
  g_auto (Picture) ramp = picture_ramp (2000, 1000);
  g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, PICTURE_JPEG_444, 6, NULL);

  for (guint order = 0; order < 2; order++)
    {
      const ImageRequest request = { .tensor = { .side = 32 }, .thumbnails = { order ? 128 : 512, order ? 512 : 128 } };
      const ImageRequest alone = { .thumbnails = { 128 } };
      const ImageRequest look = { .tensor = { .side = 64 } };
      g_auto (ImageReply) both = { 0 };
      g_auto (ImageReply) one = { 0 };
      g_auto (ImageReply) large = { 0 };
      g_auto (ImageReply) small = { 0 };
      g_auto (ImageReply) plain = { 0 };
      g_auto (ImageReply) truth = { 0 };

      decode (jpeg, &look, &truth);
      decode (jpeg, &request, &both);
      decode (jpeg, &alone, &one);
      g_assert_null (one.thumbnails[1]);
      decode (both.thumbnails[order], &look, &large);
      decode (both.thumbnails[!order], &look, &small);
      decode (one.thumbnails[0], &look, &plain);
      g_assert_cmpuint (large.width, ==, 256);
      g_assert_cmpuint (large.height, ==, 512);
      g_assert_cmpuint (small.width, ==, plain.width);
      g_assert_cmpuint (small.height, ==, 128);
      g_test_message ("large %.1f, small %.1f, alone %.1f", distance (&large, &truth), distance (&small, &truth), distance (&plain, &truth));
      g_assert_cmpfloat (distance (&large, &truth), <, 8);
      g_assert_cmpfloat (distance (&small, &truth), <, distance (&plain, &truth) + 2);
    }
}

/* A picture smaller than both comes twice, in its own size. */
static void
test_two_of_small (void)
{
  g_auto (Picture) ramp = picture_ramp (40, 30);
  g_autoptr (GBytes) jpeg = picture_jpeg (&ramp, 0, 0, NULL);
  const ImageRequest request = { .thumbnails = { 512, 256 } };
  g_auto (ImageReply) reply = { 0 };

  decode (jpeg, &request, &reply);
  g_assert_true (g_bytes_equal (reply.thumbnails[0], reply.thumbnails[1]));
}

/* Cut anywhere, a JPEG is either whole or called broken: never half a picture that passes for one. */
static void
test_truncated (PictureJpeg flags)
{
  g_auto (Picture) noise = picture_noise (64, 64);
  g_autoptr (GBytes) jpeg = picture_jpeg (&noise, flags, 0, NULL);
  const ImageRequest request = { .tensor = { .side = 32 } };
  gsize length = g_bytes_get_size (jpeg);

  for (gsize keep = 3; keep < length - 2; keep += 37)
    {
      g_auto (ImageReply) reply = { 0 };
      g_autoptr (GError) error = NULL;
      ImageFormat format = IMAGE_FORMAT_UNKNOWN;
      int fd = file_with (g_bytes_get_data (jpeg, NULL), keep);

      g_assert_false (image_decode_file (fd, &request, &reply, &format, &error));
      g_assert_error (error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED);
      g_close (fd, NULL);
    }
}

static void
test_truncated_baseline (void)
{
  test_truncated (0);
}

static void
test_truncated_progressive (void)
{
  test_truncated (PICTURE_JPEG_PROGRESSIVE);
}

/* A file made of thousands of scans is stopped, not endured. */
static void
test_scans (void)
{
  g_auto (Picture) noise = picture_noise (16, 16);
  g_autoptr (GBytes) jpeg = picture_jpeg (&noise, PICTURE_JPEG_PROGRESSIVE, 0, NULL);
  const guint8 *data = g_bytes_get_data (jpeg, NULL);
  gsize length = g_bytes_get_size (jpeg);
  g_autoptr (GByteArray) array = g_byte_array_new ();
  gsize last = length - 2;
  g_autoptr (GBytes) many = NULL;

  while (memcmp (data + last, "\xff\xda", 2) != 0)
    last--;
  g_byte_array_append (array, data, length - 2);
  for (guint i = 0; i < IMAGE_JPEG_MAX_SCANS + 10; i++)
    g_byte_array_append (array, data + last, length - 2 - last);
  g_byte_array_append (array, data + length - 2, 2);
  many = g_bytes_new (array->data, array->len);
  decode_fails (many, IMAGE_ERROR_TOO_SLOW);
}

static void
test_damage (void)
{
  g_auto (Picture) noise = picture_noise (48, 32);
  const ImageRequest request = { .tensor = { .side = 16, .reduced = TRUE }, .thumbnails = { 24 } };

  for (guint i = 0; i < 600; i++)
    {
      g_autoptr (GBytes) jpeg = picture_jpeg (&noise, i % 8, 6, "2020:02:30 00:00:00");
      gsize length = g_bytes_get_size (jpeg);
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (jpeg, NULL), length);
      g_auto (ImageReply) reply = { 0 };
      ImageFormat format = IMAGE_FORMAT_UNKNOWN;
      int fd;

      for (guint k = 0; k < 1 + i % 5; k++)
        copy[g_test_rand_int_range (3, i % 2 ? (gint32) length : 200)] = (guint8) g_test_rand_int ();
      fd = file_with (copy, length);
      image_decode_file (fd, &request, &reply, &format, NULL);
      g_close (fd, NULL);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/jpeg/reduced", test_reduced);
  g_test_add_func ("/image/jpeg/reduction", test_reduction);
  g_test_add_func ("/image/jpeg/gray", test_gray);
  g_test_add_func ("/image/jpeg/thumbnail", test_thumbnail);
  g_test_add_func ("/image/jpeg/thumbnail-shapes", test_thumbnail_shapes);
  g_test_add_func ("/image/jpeg/two-thumbnails", test_two_thumbnails);
  g_test_add_func ("/image/jpeg/two-of-small", test_two_of_small);
  g_test_add_func ("/image/jpeg/truncated-baseline", test_truncated_baseline);
  g_test_add_func ("/image/jpeg/truncated-progressive", test_truncated_progressive);
  g_test_add_func ("/image/jpeg/scans", test_scans);
  g_test_add_func ("/image/jpeg/damage", test_damage);
  return g_test_run ();
}
