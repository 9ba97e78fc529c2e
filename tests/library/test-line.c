/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line between strong matches and chance, on scores shaped like those of real models. */
#include "library-line.h"

#include <math.h>
#include <stdlib.h>

static int
compare (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return x < y ? -1 : x > y;
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

/* ---- scores shaped like those of CLIP: matches 0.30 ± 0.03, chance 0.15 ± 0.04 ---- */

typedef enum
{
  NORMAL,
  HEAVY,    /* chance has tails: Student's t with five degrees of freedom */
  CLUSTERS, /* chance is a few groups of pictures that are nearly the same */
  N_SHAPES,
} Shape;

static double
draw_normal (GRand *rand)
{
  double radius = sqrt (-2 * log (1 - g_rand_double (rand)));

  return radius * cos (2 * G_PI * g_rand_double (rand));
}

static double
draw_chance (GRand *rand, Shape shape, const double *centres, gint n_centres)
{
  double squares = 0;

  if (shape == CLUSTERS)
    return centres[g_rand_int_range (rand, 0, n_centres)] + 0.025 * draw_normal (rand);
  if (shape == NORMAL)
    return 0.15 + 0.04 * draw_normal (rand);
  for (guint i = 0; i < 5; i++)
    squares += pow (draw_normal (rand), 2);
  return 0.15 + 0.04 * draw_normal (rand) / sqrt (squares / 5) / sqrt (5.0 / 3);
}

/* The first `matches` of n are matches. */
static void
draw_query (GRand *rand, Shape shape, float *scores, gsize n, gsize matches)
{
  double centres[5];
  gint n_centres = g_rand_int_range (rand, 1, 6);

  for (gint i = 0; i < 5; i++)
    centres[i] = 0.15 + 0.03 * draw_normal (rand);
  for (gsize i = 0; i < n; i++)
    scores[i] = (float) (i < matches ? 0.30 + 0.03 * draw_normal (rand) : draw_chance (rand, shape, centres, n_centres));
}

/* What became of some queries. */
typedef struct
{
  double f1, kept;
  guint alarms, queries;
} Outcome;

static void
run_query (GRand *rand, Shape shape, gsize n, gsize matches, Outcome *outcome)
{
  g_autofree float *scores = g_new (float, n);
  g_autofree float *copy = NULL;
  gsize right = 0, strong = 0;
  float line;

  draw_query (rand, shape, scores, n, matches);
  copy = g_memdup2 (scores, n * sizeof *scores);
  line = library_line_find (copy, n, NULL);
  for (gsize i = 0; i < n; i++)
    {
      strong += scores[i] >= line;
      right += i < matches && scores[i] >= line;
    }
  outcome->f1 += 2.0 * (double) right / (double) MAX (strong + matches, 1);
  outcome->kept += (double) right / (double) MAX (matches, 1);
  outcome->alarms += strong > 0;
  outcome->queries++;
}

/* 200 queries with shares of matches from `least` to `most`, even on a logarithmic scale. */
static double
measure_f1 (Shape shape, gsize n, double least, double most)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (31);
  Outcome outcome = { 0 };

  for (guint i = 0; i < 200; i++)
    run_query (rand, shape, n, (gsize) lround (least * pow (most / least, i / 199.0)), &outcome);
  g_test_message ("%u of %" G_GSIZE_FORMAT " photographs: F1 %.3f", shape, n, outcome.f1 / 200);
  return outcome.f1 / 200;
}

/* The share of queries without a match that have a strong result. */
static double
measure_alarms (Shape shape, gsize n, guint queries)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (32);
  Outcome outcome = { 0 };

  for (guint i = 0; i < queries; i++)
    run_query (rand, shape, n, 0, &outcome);
  g_test_message ("%u of %" G_GSIZE_FORMAT " photographs: alarms %.3f", shape, n, (double) outcome.alarms / queries);
  return (double) outcome.alarms / queries;
}

static void
test_f1 (void)
{
  g_assert_cmpfloat (measure_f1 (NORMAL, 30, 3, 15), >=, 0.8);
  g_assert_cmpfloat (measure_f1 (NORMAL, 1000, 10, 500), >=, 0.8);
  g_assert_cmpfloat (measure_f1 (NORMAL, 100000, 100, 50000), >=, 0.8);
}

static void
test_no_match (void)
{
  g_assert_cmpfloat (measure_alarms (NORMAL, 30, 1000), <=, 0.1);
  g_assert_cmpfloat (measure_alarms (NORMAL, 1000, 300), <=, 0.1);
  g_assert_cmpfloat (measure_alarms (NORMAL, 100000, 60), <=, 0.1);
}

/* Not what the line is made for, but it must not lose its head. */
static void
test_other_shapes (void)
{
  g_assert_cmpfloat (measure_f1 (CLUSTERS, 30, 3, 15), >=, 0.75);
  g_assert_cmpfloat (measure_f1 (CLUSTERS, 1000, 10, 500), >=, 0.75);
  g_assert_cmpfloat (measure_f1 (HEAVY, 30, 3, 15), >=, 0.75);
  g_assert_cmpfloat (measure_f1 (HEAVY, 1000, 30, 500), >=, 0.6);
  g_assert_cmpfloat (measure_alarms (CLUSTERS, 1000, 200), <=, 0.25);
}

static void
test_half (void)
{
  static const gsize sizes[] = { 30, 1000, 100000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (33);
      Outcome outcome = { 0 };

      while (outcome.queries < 40)
        run_query (rand, NORMAL, sizes[i], sizes[i] / 2, &outcome);
      g_assert_cmpfloat (outcome.kept / outcome.queries, >=, 0.8);
    }
}

/* Any unit of measure and any zero give the same photographs. */
static void
test_shift_and_scale (void)
{
  static const gsize sizes[] = { 30, 200, 300, 600, 5000 };
  static const float scales[] = { 10, 0.5f, 100, 1 }, shifts[] = { 0, -2, 50, -0.3f };
  g_autoptr (GRand) rand = g_rand_new_with_seed (34);

  for (guint round = 0; round < 20; round++)
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (gsize s = 0; s < G_N_ELEMENTS (scales); s++)
        {
          g_autofree float *scores = g_new (float, sizes[i]);
          g_autofree float *scaled = g_new (float, sizes[i]);
          float line, other;

          draw_query (rand, NORMAL, scores, sizes[i], round % 2 * sizes[i] / 10);
          for (gsize j = 0; j < sizes[i]; j++)
            scaled[j] = scores[j] * scales[s] + shifts[s];
          line = library_line_find (scores, sizes[i], NULL);
          other = library_line_find (scaled, sizes[i], NULL);
          g_assert_true (isinf (line) ? isinf (other) : fabsf (line * scales[s] + shifts[s] - other) < 0.01f * scales[s]);
        }
}

/* ---- single cases ---- */

/* The one that shows all of a long query, over those that show parts. */
static void
test_one_of_many (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (gsize n = 60; n <= 60000; n *= 10)
    {
      g_autofree float *scores = g_new (float, n);
      float line;

      draw_query (rand, NORMAL, scores, n, 0);
      scores[17] = 0.7f;
      line = library_line_find (scores, n, NULL);
      g_assert_cmpfloat (line, <=, 0.7f);
      g_assert_cmpfloat (line, >, 0.35f);
    }
}

static void
test_nothing_stands_out (void)
{
  float same[600], two[600];

  for (guint n = 200; n <= 600; n += 400)
    {
      for (guint i = 0; i < n; i++)
        {
          same[i] = 0.3f;
          two[i] = i % 2 ? 0.3f : nextafterf (0.3f, 1);
        }
      g_assert_true (isinf (library_line_find (same, n, NULL)));
      g_assert_true (isinf (library_line_find (two, n, NULL)));
    }
}

/* Nearly everything is one and the same picture. */
static void
test_duplicates (void)
{
  for (guint n = 100; n <= 10000; n *= 10)
    {
      g_autofree float *scores = g_new (float, n);
      float line;

      for (guint i = 0; i < n; i++)
        scores[i] = i < 5 ? 0.31f : 0.12f;
      line = library_line_find (scores, n, NULL);
      g_assert_cmpfloat (line, <=, 0.31f);
      g_assert_cmpfloat (line, >, 0.12f);
    }
}

static void
test_few (void)
{
  for (gsize n = 0; n <= LIBRARY_LINE_LEAST; n++)
    {
      float scores[LIBRARY_LINE_LEAST] = { 0.9f };
      float line = library_line_find (scores, n, NULL);

      g_assert_true (n < LIBRARY_LINE_LEAST ? line == INFINITY : line < 0.9f);
    }
}

static void
test_not_finite (void)
{
  float scores[40], none[40];
  float line;

  for (guint i = 0; i < 40; i++)
    {
      scores[i] = i % 4 == 0 ? NAN : i % 4 == 1 ? -INFINITY
                                                : 0.1f + 0.001f * (float) (i % 7);
      none[i] = NAN;
    }
  scores[11] = 0.6f;
  line = library_line_find (scores, 40, NULL);
  g_assert_true (line <= 0.6f && line > 0.2f);
  g_assert_true (isinf (library_line_find (none, 40, NULL)));
}

/* The usual best of other words tells a match from chance where the scores alone do not. */
static void
test_usual (void)
{
  static const LibraryUsual low = { 0.2f, 0.02f }, high = { 0.35f, 0.02f };
  float scores[] = { 0.27f, 0.23f, 0.22f, 0.21f, 0.2f, 0.19f, 0.18f, 0.18f, 0.17f, 0.16f, 0.15f, 0.14f, 0.12f, 0.1f, 0.09f, 0.08f };
  float line;

  line = library_line_find (scores, G_N_ELEMENTS (scores), &low);
  g_assert_true (line < 0.27f && line > 0.23f);
  g_assert_true (isinf (library_line_find (scores, G_N_ELEMENTS (scores), &high)));
}

static void
test_find_usual (void)
{
  float best[60];
  LibraryUsual usual;

  for (guint i = 0; i < 60; i++)
    best[i] = (float) ((i * 7) % 60);
  g_assert_true (library_line_find_usual (best, 60, &usual));
  g_assert_cmpfloat (usual.middle, ==, 30);
  g_assert_cmpfloat (usual.deviation, ==, 20);
  g_assert_false (library_line_find_usual (best, 15, &usual));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/line/select", test_select);
  g_test_add_func ("/line/select-large", test_select_large);
  g_test_add_func ("/line/f1", test_f1);
  g_test_add_func ("/line/no-match", test_no_match);
  g_test_add_func ("/line/other-shapes", test_other_shapes);
  g_test_add_func ("/line/half", test_half);
  g_test_add_func ("/line/shift-and-scale", test_shift_and_scale);
  g_test_add_func ("/line/one-of-many", test_one_of_many);
  g_test_add_func ("/line/nothing-stands-out", test_nothing_stands_out);
  g_test_add_func ("/line/duplicates", test_duplicates);
  g_test_add_func ("/line/few", test_few);
  g_test_add_func ("/line/not-finite", test_not_finite);
  g_test_add_func ("/line/usual", test_usual);
  g_test_add_func ("/line/find-usual", test_find_usual);
  return g_test_run ();
}
