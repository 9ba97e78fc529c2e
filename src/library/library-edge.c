/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-edge.h"

#include <math.h>

/* The spread of a group before any of it is seen: as two would say at half of the deviation of the rest. */
#define PRIOR_COUNT 2.0
#define PRIOR_SHARE 0.5
/* How much a deviation less of spread counts against one more of distance. */
#define SPREAD_WEIGHT 2.0

/* Sums over the first k of the best. */
typedef struct
{
  double *sums, *squares;
} Sums;

static void
sum_up (const LibraryProfile *profile, Sums *sums)
{
  sums->sums = g_new0 (double, profile->n_best + 1);
  sums->squares = g_new0 (double, profile->n_best + 1);
  for (gsize i = 0; i < profile->n_best; i++)
    {
      /* From the middle, so that nothing is lost where all scores lie far from zero. */
      double distance = profile->best[i] - profile->middle;

      sums->sums[i + 1] = sums->sums[i] + distance;
      sums->squares[i + 1] = sums->squares[i] + distance * distance;
    }
}

/* Of what is left without the k best: the median, and the deviation of those above it. */
static void
get_rest (const LibraryProfile *profile, const Sums *sums, gsize k, double *middle, double *deviation)
{
  double squares;

  if (profile->n > profile->n_best)
    {
      *middle = 0;
      squares = (profile->upper - sums->squares[k]) / (double) (MAX (profile->n_above, k + 1) - k);
    }
  else
    {
      gsize half = (profile->n - k) / 2 + 1; /* the median is the last of them */

      *middle = profile->best[k + half - 1] - profile->middle;
      squares = (sums->squares[k + half] - sums->squares[k] - 2 * *middle * (sums->sums[k + half] - sums->sums[k])) / (double) half + *middle * *middle;
    }
  *deviation = sqrt (MAX (squares, 0));
}

static double
get_spread (const Sums *sums, gsize k, double deviation)
{
  double squares = MAX (sums->squares[k] - sums->sums[k] * sums->sums[k] / (double) k, 0);
  double prior = PRIOR_SHARE * deviation;

  return sqrt ((squares + PRIOR_COUNT * prior * prior) / ((double) k + PRIOR_COUNT));
}

/* How clearly a group of k ends where it does. */
static double
judge (const LibraryProfile *profile, const Sums *sums, gsize k, double least, LibraryEdge *edge)
{
  double middle, deviation, distance;

  get_rest (profile, sums, k, &middle, &deviation);
  deviation = MAX (deviation, least);
  distance = profile->best[k - 1] - profile->middle - middle;
  edge->cut = ((double) profile->best[k - 1] + profile->best[k]) / 2;
  edge->gap = ((double) profile->best[k - 1] - profile->best[k]) / deviation;
  return (distance - SPREAD_WEIGHT * get_spread (sums, k, deviation)) / deviation + edge->gap;
}

gboolean
library_edge_find (const LibraryProfile *profile, LibraryEdge *edge)
{
  gsize most = MIN (profile->n / 2, profile->n_best - 1);
  double best = -INFINITY, least;
  Sums sums;

  if (profile->n_best < 2)
    return FALSE;
  /* What lies below may be all the same. */
  least = 1e-3 * (profile->best[0] - profile->middle) + 1e-9;
  sum_up (profile, &sums);
  for (gsize k = 1; k <= most; k++)
    {
      LibraryEdge other;
      double clear = judge (profile, &sums, k, least, &other);

      if (clear > best)
        {
          best = clear;
          *edge = other;
        }
    }
  g_free (sums.sums);
  g_free (sums.squares);
  return best > -INFINITY;
}
