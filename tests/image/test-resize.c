/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Resizing against a slow reference written from the rules, and against answers of Pillow and open_clip themselves. */
#include <math.h>
#include <string.h>

#include "image-kernel.h"
#include "support.h"

typedef struct
{
  guint width, height, side;
  ImageResizeMode mode;
  ImageFilter filter;
  guint8 fill;
  guint64 hash;    /* FNV-1a of all bytes */
  guint8 probe[3]; /* of pixel (side / 2, side / 3) */
} Golden;

#include "golden.h"

static guint64
fnv (const guint8 *data, gsize length)
{
  guint64 h = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (gsize i = 0; i < length; i++)
    h = (h ^ data[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return h;
}

static void
test_golden (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      const Golden *g = &golden[i];
      const ImageTensorSpec spec = { .side = g->side, .mode = g->mode, .filter = g->filter, .fill = g->fill };
      g_auto (Picture) picture = picture_noise (g->width, g->height);
      g_autofree guint8 *out = NULL;
      const guint8 *probe;
      ImageGeometry geometry;

      image_geometry_for_tensor (&geometry, &spec, g->width, g->height);
      out = picture_resize (&picture, IMAGE_ORIENTATION_NORMAL, &geometry, g->filter);
      probe = out + ((gsize) (g->side / 3) * g->side + g->side / 2) * 3;
      g_test_message ("%ux%u to %u, mode %d, filter %d", g->width, g->height, g->side, g->mode, g->filter);
      g_assert_cmpmem (probe, 3, g->probe, 3);
      g_assert_cmphex (fnv (out, (gsize) g->side * g->side * 3), ==, g->hash);
    }
}

/* Reference: one pass over one axis of a picture of doubles-with-byte-values, all outputs, no cropping. */
static double
kernel (ImageFilter filter, double x)
{
  x = fabs (x);
  if (filter == IMAGE_FILTER_BILINEAR)
    return x < 1 ? 1 - x : 0;
  if (x < 1)
    return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

static guint8
reference_sample (const Picture *in, gboolean vertical, ImageFilter filter, guint outputs, guint i, guint other, guint c)
{
  gint64 n = vertical ? in->height : in->width;
  double scale = (double) n / outputs;
  double stretch = scale > 1 ? scale : 1;
  double support = (filter == IMAGE_FILTER_BILINEAR ? 1 : 2) * stretch;
  double centre = (i + 0.5) * scale;
  gint64 from = MAX ((gint64) (centre - support + 0.5), 0);
  gint64 to = MIN ((gint64) (centre + support + 0.5), n);
  double sum = 0;
  gint64 total = 1 << 21;

  for (gint64 k = from; k < to; k++)
    sum += kernel (filter, (k - centre + 0.5) / stretch);
  for (gint64 k = from; k < to; k++)
    {
      double w = kernel (filter, (k - centre + 0.5) / stretch) / sum;
      gsize at = vertical ? ((gsize) k * in->width + other) : ((gsize) other * in->width + (gsize) k);

      total += (gint64) round (w * 4194304) * in->pixels[at * 3 + c];
    }
  return (guint8) CLAMP (total >> 22, 0, 255);
}

static Picture
reference_pass (const Picture *in, gboolean vertical, ImageFilter filter, guint outputs)
{
  Picture out = { vertical ? in->width : outputs, vertical ? outputs : in->height, NULL };

  out.pixels = g_malloc ((gsize) out.width * out.height * 3);
  for (guint y = 0; y < out.height; y++)
    for (guint x = 0; x < out.width; x++)
      for (guint c = 0; c < 3; c++)
        out.pixels[((gsize) y * out.width + x) * 3 + c] =
          reference_sample (in, vertical, filter, outputs, vertical ? y : x, vertical ? x : y, c);
  return out;
}

static Picture
reference_resize (const Picture *in, ImageFilter filter, guint width, guint height)
{
  gboolean vertical = in->height > height && (gint64) in->height - height > 2 * ((gint64) in->width - width);
  g_auto (Picture) first = reference_pass (in, vertical, filter, vertical ? height : width);

  return reference_pass (&first, !vertical, filter, vertical ? width : height);
}

static void
compare_with_reference (const Picture *upright, ImageOrientation orientation, const ImageTensorSpec *spec)
{
  g_auto (Picture) stored = picture_store (upright, orientation);
  g_auto (Picture) whole = { 0 };
  g_autofree guint8 *out = NULL;
  ImageGeometry g;

  image_geometry_for_tensor (&g, spec, upright->width, upright->height);
  whole = reference_resize (upright, spec->filter, g.resized_width, g.resized_height);
  out = picture_resize (&stored, orientation, &g, spec->filter);
  for (guint y = 0; y < spec->side; y++)
    for (guint x = 0; x < spec->side; x++)
      for (guint c = 0; c < 3; c++)
        {
          guint u = x - g.pad_x, v = y - g.pad_y; /* wraps outside */
          gboolean inside = u < g.crop_width && v < g.crop_height;
          guint expected = inside ? whole.pixels[((gsize) (v + g.crop_y) * whole.width + u + g.crop_x) * 3 + c] : spec->fill;

          g_assert_cmpuint (out[((gsize) y * spec->side + x) * 3 + c], ==, expected);
        }
}

static void
test_reference (void)
{
  static const guint shapes[][2] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 2, 3 }, { 40, 23 }, { 23, 40 }, { 17, 80 }, { 80, 17 }, { 61, 61 }, { 33, 16 }, { 16, 33 } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint orientation = 1; orientation <= 8; orientation++)
      for (guint mode = 0; mode < 3; mode++)
        for (guint filter = 0; filter < 2; filter++)
          {
            const ImageTensorSpec spec = { .side = 16, .mode = mode, .filter = filter, .fill = 7 };
            g_auto (Picture) upright = picture_noise (shapes[i][0], shapes[i][1]);

            compare_with_reference (&upright, orientation, &spec);
          }
}

static void
test_random_shapes (void)
{
  for (guint i = 0; i < 60; i++)
    {
      const ImageTensorSpec spec = {
        .side = (guint) g_test_rand_int_range (1, 40),
        .mode = (ImageResizeMode) g_test_rand_int_range (0, 3),
        .filter = (ImageFilter) g_test_rand_int_range (0, 2),
        .fill = 200,
      };
      g_auto (Picture) upright = picture_noise ((guint) g_test_rand_int_range (1, 120), (guint) g_test_rand_int_range (1, 120));

      compare_with_reference (&upright, (ImageOrientation) g_test_rand_int_range (1, 9), &spec);
    }
}

/* All forms of the inner loops give the same bytes, also for weights and lengths that pictures never have. */
static void
compare_kernels (const ImageKernel *other, ImageFilter filter, guint inputs, guint outputs)
{
  g_auto (Picture) rows = picture_noise (inputs + 40, 64);
  const guint8 *window[64];
  g_autofree guint8 *a = g_malloc0 ((gsize) outputs * 3 + 64);
  g_autofree guint8 *b = g_malloc0 ((gsize) outputs * 3 + 64);
  g_autofree gint32 *expanded = NULL;
  guint8 wide_a[96], wide_b[96];
  guint16 sums_a[96] = { 0 }, sums_b[96] = { 0 };
  ImageAxis axis = { 0 };
  guint stride;

  g_assert_true (image_axis_init (&axis, filter, inputs, inputs, outputs, 0, outputs, FALSE, NULL));
  expanded = image_kernel_expand (&axis, &stride);
  image_kernel_generic.along (rows.pixels, &axis, expanded, stride, a);
  other->along (rows.pixels, &axis, expanded, stride, b);
  g_assert_cmpmem (a, outputs * 3, b, outputs * 3);
  for (guint i = 0; i < 64; i++)
    window[i] = rows.pixels + (gsize) i * rows.width * 3;
  image_kernel_generic.across (window, axis.weights, MIN (axis.length[0], 64), wide_a, 96);
  other->across (window, axis.weights, MIN (axis.length[0], 64), wide_b, 96);
  g_assert_cmpmem (wide_a, 96, wide_b, 96);
  for (guint i = 0; i < 64; i++)
    {
      image_kernel_generic.add (sums_a, window[i], 96);
      other->add (sums_b, window[i], 96);
    }
  g_assert_cmpmem (sums_a, sizeof sums_a, sums_b, sizeof sums_b);
  image_axis_clear (&axis);
}

static void
test_kernels (void)
{
  const ImageKernel *other = image_kernel_get_avx2 ();

  if (other == NULL)
    {
      g_test_skip ("This processor has only the generic form");
      return;
    }
  for (guint i = 0; i < 100; i++)
    compare_kernels (other, (ImageFilter) (i % 2), (guint) g_test_rand_int_range (1, 700), (guint) g_test_rand_int_range (1, 90));
}

static void
test_geometry (void)
{
  static const struct
  {
    ImageResizeMode mode;
    guint width, height;
    guint resized_width, resized_height, crop_x, crop_y, pad_x, pad_y;
  } cases[] = {
    { IMAGE_RESIZE_SHORTEST, 4000, 3000, 298, 224, 37, 0, 0, 0 }, /* 298.67 is cut, not rounded */
    { IMAGE_RESIZE_SHORTEST, 3000, 4001, 224, 298, 0, 37, 0, 0 },
    { IMAGE_RESIZE_SHORTEST, 225, 224, 225, 224, 0, 0, 0, 0 }, /* (225 - 224) / 2 = 0.5 goes to 0 */
    { IMAGE_RESIZE_SHORTEST, 227, 224, 227, 224, 2, 0, 0, 0 }, /* 1.5 goes to 2 */
    { IMAGE_RESIZE_SHORTEST, 1, 65535, 224, 14679840, 0, 7339808, 0, 0 },
    { IMAGE_RESIZE_SQUASH, 4000, 3000, 224, 224, 0, 0, 0, 0 },
    { IMAGE_RESIZE_LONGEST, 4000, 3000, 224, 168, 0, 0, 0, 28 },
    { IMAGE_RESIZE_LONGEST, 448, 5, 224, 2, 0, 0, 0, 111 }, /* 2.5 goes to 2 */
    { IMAGE_RESIZE_LONGEST, 65535, 1, 224, 1, 0, 0, 0, 111 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ImageTensorSpec spec = { .side = 224, .mode = cases[i].mode };
      ImageGeometry g;

      image_geometry_for_tensor (&g, &spec, cases[i].width, cases[i].height);
      g_assert_cmpuint (g.resized_width, ==, cases[i].resized_width);
      g_assert_cmpuint (g.resized_height, ==, cases[i].resized_height);
      g_assert_cmpuint (g.crop_x, ==, cases[i].crop_x);
      g_assert_cmpuint (g.crop_y, ==, cases[i].crop_y);
      g_assert_cmpuint (g.pad_x, ==, cases[i].pad_x);
      g_assert_cmpuint (g.pad_y, ==, cases[i].pad_y);
    }
}

/* The largest picture one way, the largest tensor: no overflow, no more memory than a few rows. */
static void
test_extremes (void)
{
  for (guint swap = 0; swap < 2; swap++)
    for (guint mode = 0; mode < 3; mode++)
      {
        const ImageTensorSpec spec = { .side = IMAGE_MAX_TENSOR_SIDE, .mode = mode };
        g_auto (Picture) picture = picture_noise (swap ? 2 : IMAGE_MAX_SIDE, swap ? IMAGE_MAX_SIDE : 2);
        g_autofree guint8 *out = NULL;
        ImageGeometry geometry;

        image_geometry_for_tensor (&geometry, &spec, picture.width, picture.height);
        out = picture_resize (&picture, IMAGE_ORIENTATION_ROTATE_180, &geometry, IMAGE_FILTER_BICUBIC);
        g_assert_nonnull (out);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/resize/golden", test_golden);
  g_test_add_func ("/image/resize/reference", test_reference);
  g_test_add_func ("/image/resize/random-shapes", test_random_shapes);
  g_test_add_func ("/image/resize/kernels", test_kernels);
  g_test_add_func ("/image/resize/geometry", test_geometry);
  g_test_add_func ("/image/resize/extremes", test_extremes);
  return g_test_run ();
}
