/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-line.h"

#include <math.h>
#include <stdlib.h>

#include "library-edge.h"
#include "library-mixture.h"

/* The best of so many scores are looked at one by one. */
#define MOST_BEST 257u

/* By how much the mixture must explain the scores better than chance alone, for n scores: SURE + 0.3 ln n. */
#define SURE 2.3
#define SURE_SLOPE 0.3
/* And so much more where other words give a second opinion, or there are too few of them to tell a group from parts. */
#define SURER 6.0
#define FEW_MATCHES 5.0
/* A gap that says by itself that there is a match, alone (in units of the gaps to be expected among the best of n) and with a
 * second opinion; one that says where the group ends. */
#define WIDE_GAP 5.5
#define SURE_GAP 1.5
#define CLEAR_GAP 1.0

float
library_line_select (float *values, gsize n, gsize k)
{
  gsize low = 0;
  gsize high = n;

  g_assert (k < n);
  /* Hoare's quickselect: [low, high) holds the k-th.  The pivot is never the last of more than one, so both parts shrink. */
  while (high - low > 1)
    {
      float pivot = values[low + (high - low - 1) / 2];
      gsize i = low;
      gsize j = high;

      for (;;)
        {
          float held;

          while (values[i] < pivot)
            i++;
          while (pivot < values[--j])
            ;
          if (i >= j)
            break;
          held = values[i];
          values[i++] = values[j];
          values[j] = held;
        }
      if (k <= j)
        high = j + 1;
      else
        low = j + 1;
    }
  return values[k];
}

static int
compare_falling (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return x > y ? -1 : x < y;
}

/* Brings the finite ones to the front. */
static gsize
keep_finite (float *scores, gsize n)
{
  gsize kept = 0;

  for (gsize i = 0; i < n; i++)
    if (isfinite (scores[i]))
      scores[kept++] = scores[i];
  return kept;
}

/* Falling scores one by one. */
static void
take_points (const float *sorted, gsize n, LibraryPoints *points)
{
  points->n = (guint) n;
  for (gsize i = 0; i < n; i++)
    {
      points->value[i] = sorted[n - 1 - i];
      points->count[i] = 1;
    }
}

/* Scores in equal steps from the lowest to the best; steps without scores are left out. */
static void
gather_points (const float *scores, gsize n, float low, float best, LibraryPoints *points)
{
  /* All may be the same. */
  double width = MAX (((double) best - low) / LIBRARY_MIXTURE_POINTS, 1e-300);
  guint used = 0;

  *points = (LibraryPoints){ 0 };
  for (gsize i = 0; i < n; i++)
    {
      guint step = MIN ((guint) (((double) scores[i] - low) / width), LIBRARY_MIXTURE_POINTS - 1);

      points->count[step]++;
      points->value[step] += scores[i];
    }
  for (guint i = 0; i < LIBRARY_MIXTURE_POINTS; i++)
    if (points->count[i] > 0)
      {
        points->value[used] = points->value[i] / points->count[i];
        points->count[used++] = points->count[i];
      }
  points->n = used;
}

/* The middle as the points say it, and what lies above. */
static void
describe_points (const LibraryPoints *points, LibraryProfile *profile)
{
  double below = 0, above = 0;
  guint i = 0;

  while (below + points->count[i] <= (double) profile->n / 2)
    below += points->count[i++];
  profile->middle = points->value[i];
  for (i++; i < points->n; i++)
    {
      above += points->count[i];
      profile->upper += points->count[i] * (points->value[i] - profile->middle) * (points->value[i] - profile->middle);
    }
  profile->n_above = (gsize) above;
}

/* Reorders the scores: the best come first, falling. */
static void
describe (float *scores, gsize n, LibraryProfile *profile, LibraryPoints *points)
{
  gsize most = n <= 2 * (MOST_BEST - 1) ? n : MOST_BEST;
  float low = scores[0], best = scores[0];

  for (gsize i = 0; i < n; i++)
    {
      low = MIN (low, scores[i]);
      best = MAX (best, scores[i]);
    }
  if (n > LIBRARY_MIXTURE_POINTS)
    gather_points (scores, n, low, best, points);
  if (most < n)
    library_line_select (scores, n, n - most);
  qsort (scores + n - most, most, sizeof *scores, compare_falling);
  *profile = (LibraryProfile){ .best = scores + n - most, .n_best = most, .n = n };
  if (n <= LIBRARY_MIXTURE_POINTS)
    take_points (scores, n, points);
  if (most < n)
    describe_points (points, profile);
  else
    profile->middle = scores[n / 2];
}

/* What other words find says less the more there is to find. */
static gboolean
beats_usual (double best, gsize n, const LibraryUsual *usual)
{
  return usual != NULL && best > usual->middle + usual->deviation * (0.1 + 0.3 * log ((double) n));
}

/* Chance leaves gaps of about 1 / sqrt (2 ln n) deviations above its best; a deviation told by few scores is not sure. */
static double
get_wide_gap (gsize n)
{
  return WIDE_GAP / sqrt (2 * log ((double) n)) * (1 + 16 / (double) n);
}

static double
decide (gsize n, const LibraryMixture *mixture, const LibraryEdge *edge, gboolean beats, gboolean has_usual)
{
  if (mixture != NULL && (!has_usual || (mixture->matches >= FEW_MATCHES && edge->gap <= CLEAR_GAP)))
    return mixture->cut;
  if (mixture != NULL || beats || edge->gap > (has_usual ? SURE_GAP : get_wide_gap (n)))
    return edge->cut;
  return INFINITY;
}

float
library_line_find (float *scores, gsize n, const LibraryUsual *usual)
{
  g_autofree LibraryPoints *points = g_new (LibraryPoints, 1);
  LibraryProfile profile;
  LibraryMixture mixture;
  LibraryEdge edge;
  double sure;
  gboolean mixed;

  n = keep_finite (scores, n);
  if (n < LIBRARY_LINE_LEAST)
    return INFINITY;
  describe (scores, n, &profile, points);
  /* All alike. */
  if (points->n < 2 || points->value[points->n - 1] - points->value[0] <= 1e-5 * fabs (points->value[0]) || !library_edge_find (&profile, &edge))
    return INFINITY;
  sure = SURE + SURE_SLOPE * log ((double) n) + (usual != NULL ? SURER : 0);
  mixed = library_mixture_fit (points, &mixture) && mixture.gain > sure;
  return (float) decide (n, mixed ? &mixture : NULL, &edge, beats_usual (profile.best[0], n, usual), usual != NULL);
}

gboolean
library_line_find_usual (float *best, gsize n, LibraryUsual *usual)
{
  n = keep_finite (best, n);
  if (n < 2 * LIBRARY_LINE_LEAST)
    return FALSE;
  usual->middle = library_line_select (best, n, n / 2);
  usual->deviation = usual->middle - library_line_select (best, n, n / 6);
  return TRUE;
}
