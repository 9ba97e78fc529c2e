/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fp16 against arithmetic in double, which is slow and has no bits to shift wrongly. */
#include "library-half.h"

#include <math.h>
#include <string.h>

/* The value of a half by the definition of the format. */
static double
value_of (guint16 half)
{
  int exponent = (half >> 10) & 31, rest = half & 1023;
  double value = exponent == 0 ? ldexp (rest, -24) : exponent == 31 ? (rest != 0 ? NAN : INFINITY)
                                                                    : ldexp (1024 + rest, exponent - 25);

  return half & 0x8000 ? -value : value;
}

static guint16
to_half (float value)
{
  guint16 half;

  library_half_from_floats (&value, &half, 1);
  return GUINT16_FROM_LE (half);
}

static float
to_float (guint16 half)
{
  float value;

  half = GUINT16_TO_LE (half);
  library_half_to_floats (&half, &value, 1);
  return value;
}

static void
test_all_halves (void)
{
  for (guint32 i = 0; i <= G_MAXUINT16; i++)
    {
      guint16 half = (guint16) i;
      double expected = value_of (half);
      float value = to_float (half);

      if (isnan (expected))
        {
          guint16 back = to_half (value);

          g_assert_true (isnan (value));
          g_assert_true (isnan (value_of (back)));
          continue;
        }
      if ((double) value != expected || !signbit (value) != !signbit (expected) || to_half (value) != half)
        g_error ("%04x is %g, not %g, and comes back as %04x", half, value, expected, to_half (value));
    }
}

/* The halves on both sides of a positive value, the nearer or the even one. */
static guint16
round_slowly (double value)
{
  guint16 low = 0, high = 0x7c00;
  double below, above;

  while (high - low > 1)
    {
      guint16 middle = (guint16) ((low + high) / 2);

      if (value_of (middle) <= value)
        low = middle;
      else
        high = middle;
    }
  below = value - value_of (low);
  /* What would come after the largest counts as its neighbour: from halfway on it is infinity. */
  above = (high == 0x7c00 ? 65536.0 : value_of (high)) - value;
  return below < above || (below == above && low % 2 == 0) ? low : high;
}

static void
check_round (float value)
{
  guint16 expected = isinf (value) ? 0x7c00 : round_slowly (fabsf (value));

  if (signbit (value))
    expected |= 0x8000;
  if (to_half (value) != expected)
    g_error ("%a gives %04x instead of %04x", value, to_half (value), expected);
}

static void
check_around (float value)
{
  float values[] = { value, nextafterf (value, INFINITY), nextafterf (value, 0) };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      check_round (values[i]);
      check_round (-values[i]);
    }
}

/* Every half, every middle between two, and the floats beside them. */
static void
test_ties (void)
{
  for (guint16 half = 0; half < 0x7c00; half++)
    {
      double next = half == 0x7bff ? 65536.0 : value_of (half + 1);

      check_around ((float) value_of (half));
      check_around ((float) ((value_of (half) + next) / 2));
    }
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (guint i = 0; i < 300000; i++)
    {
      guint32 bits = g_rand_int (rand);
      float value;

      memcpy (&value, &bits, sizeof value);
      if (!isnan (value))
        check_round (value);
    }
}

static void
test_extremes (void)
{
  static const float large[] = { 65520, 65536, 1e6f, 3.4e38f, INFINITY };
  static const float small[] = { 0, 0x1p-25f, 1e-30f, 0x1p-149f };

  for (gsize i = 0; i < G_N_ELEMENTS (large); i++)
    {
      g_assert_cmphex (to_half (large[i]), ==, 0x7c00);
      g_assert_cmphex (to_half (-large[i]), ==, 0xfc00);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (small); i++)
    {
      g_assert_cmphex (to_half (small[i]), ==, 0);
      g_assert_cmphex (to_half (-small[i]), ==, 0x8000);
    }
  g_assert_cmphex (to_half (65519.996f), ==, 0x7bff);
  g_assert_cmphex (to_half (nextafterf (0x1p-25f, 1)), ==, 1);
  g_assert_true (isnan (to_float (to_half (NAN))));
  g_assert_true (isnan (to_float (to_half (-NAN))));
}

/* NaNs whose payload lies in the bits that a half lacks must not become infinities. */
static void
test_nan_payload (void)
{
  for (guint bit = 0; bit < 23; bit++)
    {
      guint32 bits = 0x7f800000u | 1u << bit;
      float value;

      memcpy (&value, &bits, sizeof value);
      g_assert_true (isnan (to_float (to_half (value))));
    }
}

typedef void (*DotFunc) (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores);

/* shift: by how many bytes the rows are off their alignment.  Heap blocks of the very size show reads past the end. */
static void
check_dot (DotFunc dot, GRand *rand, gsize count, gsize dim, gsize shift)
{
  gsize n = count * dim;
  g_autofree guint8 *block = g_malloc (n * 2 + shift + 1);
  g_autofree guint16 *halves = g_new (guint16, n + 1);
  g_autofree float *query = g_new (float, dim + 1);
  g_autofree float *scores = g_new (float, count + 1);

  for (gsize i = 0; i < dim; i++)
    query[i] = (float) g_rand_double_range (rand, -1, 1);
  for (gsize i = 0; i < n; i++)
    halves[i] = GUINT16_TO_LE (to_half ((float) g_rand_double_range (rand, -1, 1)));
  memcpy (block + shift, halves, n * 2);
  scores[count] = 42;
  dot ((const guint16 *) (gconstpointer) (block + shift), count, dim, query, scores);
  g_assert_cmpfloat (scores[count], ==, 42);
  for (gsize r = 0; r < count; r++)
    {
      double sum = 0, size = 0;

      for (gsize i = 0; i < dim; i++)
        {
          double term = value_of (GUINT16_FROM_LE (halves[r * dim + i])) * query[i];

          sum += term;
          size += fabs (term);
        }
      g_assert_cmpfloat (fabs (scores[r] - sum), <=, size * (double) (dim + 1) * 0x1p-24);
    }
}

static void
check_dots (DotFunc dot)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gsize dim = 0; dim <= 70; dim++)
    check_dot (dot, rand, dim % 5, dim, dim % 2);
  check_dot (dot, rand, 3, 513, 1);
  check_dot (dot, rand, 2, 8192, 0);
  check_dot (dot, rand, 0, 64, 0);
}

static void
test_dot (void)
{
  check_dots (library_half_dot_rows);
}

static void
test_dot_generic (void)
{
  check_dots (library_half_dot_rows_generic);
}

/* Subnormal halves are part of embeddings; a processor told to flush them would not be. */
static void
test_dot_subnormal (void)
{
  guint16 rows[17];
  float query[17], score;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      rows[i] = GUINT16_TO_LE (i % 2 ? 0x8001 : 0x0003);
      query[i] = 0x1p24f;
    }
  library_half_dot_rows (rows, 1, 17, query, &score);
  g_assert_cmpfloat (score, ==, 9 * 3 - 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/half/all-halves", test_all_halves);
  g_test_add_func ("/half/ties", test_ties);
  g_test_add_func ("/half/random", test_random);
  g_test_add_func ("/half/extremes", test_extremes);
  g_test_add_func ("/half/nan-payload", test_nan_payload);
  g_test_add_func ("/half/dot", test_dot);
  g_test_add_func ("/half/dot-generic", test_dot_generic);
  g_test_add_func ("/half/dot-subnormal", test_dot_subnormal);
  return g_test_run ();
}
