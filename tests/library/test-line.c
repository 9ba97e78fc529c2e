/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line between strong matches and chance. */
#include "library-line.h"

#include <math.h>
#include <stdlib.h>

static int
compare (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return x < y ? -1 : x > y;
}

/* Somewhat like a normal distribution around 0.2. */
static void
fill (GRand *rand, float *scores, gsize n, double deviation)
{
  for (gsize i = 0; i < n; i++)
    {
      double sum = 0;

      for (guint j = 0; j < 12; j++)
        sum += g_rand_double (rand);
      scores[i] = (float) (0.2 + (sum - 6) * deviation);
    }
}

static void
check_select (GRand *rand, gsize n, gint32 levels)
{
  g_autofree float *sorted = g_new (float, n);
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    sorted[i] = values[i] = (float) g_rand_int_range (rand, -levels, levels);
  qsort (sorted, n, sizeof *sorted, compare);
  for (gsize k = 0; k < n; k++)
    g_assert_cmpfloat (library_line_select (values, n, k), ==, sorted[k]);
  /* It reorders, but loses nothing. */
  qsort (values, n, sizeof *values, compare);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (values[i], ==, sorted[i]);
}

static void
test_select (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);

  for (gsize n = 1; n < 130; n++)
    {
      check_select (rand, n, 1);
      check_select (rand, n, 4);
      check_select (rand, n, 1000000);
    }
}

/* All equal, or sorted: a pivot from an end would take n² steps. */
static void
test_select_large (void)
{
  gsize n = 1000000;
  g_autofree float *values = g_new0 (float, n);

  g_assert_cmpfloat (library_line_select (values, n, n / 2), ==, 0);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) i;
  g_assert_cmpfloat (library_line_select (values, n, n / 3), ==, n / 3);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (n - i);
  g_assert_cmpfloat (library_line_select (values, n, n / 2), ==, n / 2 + 1);
}

/* The definition of library-line.h in double. */
static double
find_slowly (const float *scores, gsize n)
{
  g_autofree float *sorted = g_memdup2 (scores, n * sizeof *scores);
  double best, middle, deviation, line;

  qsort (sorted, n, sizeof *sorted, compare);
  best = sorted[n - 1];
  middle = sorted[n / 2];
  for (gsize i = 0; i < n; i++)
    sorted[i] = fabsf (scores[i] - (float) middle);
  qsort (sorted, n, sizeof *sorted, compare);
  deviation = 1.4826 * sorted[n / 2];
  line = middle + deviation * MAX (3.0, sqrt (2 * log ((double) n)));
  line = MAX (line, middle + (best - middle) / 2);
  return best >= line ? line : INFINITY;
}

/* Two that stand out by so much: from far out on halfway decides, nearer by the spread does. */
static void
check_definition (GRand *rand, gsize n, float best)
{
  g_autofree float *scores = g_new (float, n);
  double wanted;
  float line;

  fill (rand, scores, n, 0.05);
  scores[n / 3] = best;
  scores[n / 5] = best - 0.02f;
  wanted = find_slowly (scores, n);
  line = library_line_find (scores, n);
  g_assert_true (isinf (wanted) ? isinf (line) : fabs (line - wanted) < 1e-5);
}

static void
test_definition (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (gsize n = LIBRARY_LINE_LEAST; n < 20000; n = n * 3 + 1)
    {
      check_definition (rand, n, 0.9f);
      check_definition (rand, n, 0.48f);
      check_definition (rand, n, 0.3f);
    }
}

static void
test_stands_out (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  float scores[1000], line;

  fill (rand, scores, 1000, 0.02);
  scores[17] = scores[900] = 0.5f;
  scores[400] = 0.48f;
  line = library_line_find (scores, 1000);
  g_assert_cmpfloat (line, <=, 0.48f);
  g_assert_cmpfloat (line, >, 0.2f + 0.02f * 3);
}

static void
test_nothing_stands_out (void)
{
  float same[200], even[200], spread[200];

  for (guint i = 0; i < 200; i++)
    {
      same[i] = 0.3f;
      even[i] = 0.2f + (float) i * 0.001f;
      spread[i] = 0.3f + (i % 2 ? 0.004f : -0.004f); /* alike, however small the spread */
    }
  spread[7] = 0.31f;
  g_assert_true (isinf (library_line_find (same, 200)));
  g_assert_true (isinf (library_line_find (even, 200)));
  g_assert_true (isinf (library_line_find (spread, 200)));
}

static void
test_few (void)
{
  for (gsize n = 0; n <= LIBRARY_LINE_LEAST; n++)
    {
      float scores[LIBRARY_LINE_LEAST] = { 0.9f };
      float line = library_line_find (scores, n);

      g_assert_true (n < LIBRARY_LINE_LEAST ? line == INFINITY : line < 0.9f);
    }
}

/* Negative scores are scores too. */
static void
test_negative (void)
{
  float scores[100];
  float line;

  for (guint i = 0; i < 100; i++)
    scores[i] = -0.5f - 0.001f * (float) (i % 10);
  scores[50] = -0.1f;
  line = library_line_find (scores, 100);
  g_assert_cmpfloat (line, <=, -0.1f);
  g_assert_cmpfloat (line, >, -0.4f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/line/select", test_select);
  g_test_add_func ("/line/select-large", test_select_large);
  g_test_add_func ("/line/definition", test_definition);
  g_test_add_func ("/line/stands-out", test_stands_out);
  g_test_add_func ("/line/nothing-stands-out", test_nothing_stands_out);
  g_test_add_func ("/line/few", test_few);
  g_test_add_func ("/line/negative", test_negative);
  return g_test_run ();
}
