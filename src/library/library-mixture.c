/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-mixture.h"

#include <math.h>

/* The spread of matches, as this many of them at this share of the spread of chance would say, before any is seen. */
#define PRIOR_COUNT 4.0
#define PRIOR_SHARE 0.8
/* In units of the mean spread; nearer parts are one distribution that is not normal. */
#define LEAST_DISTANCE 3.0
#define MAX_ROUNDS 40u
#define SETTLED 0.01

typedef struct
{
  const LibraryPoints *points;
  double total, floor; /* how many scores; the least spread of a part, so that equal scores have one */
  double lower, lower_spread, upper, upper_spread, matches;
  double share[LIBRARY_MIXTURE_POINTS]; /* how likely each value is a match */
} Fit;

/* FALSE if one of the parts is empty. */
static gboolean
estimate_parts (Fit *fit)
{
  const LibraryPoints *p = fit->points;
  double sums[2] = { 0 }, squares[2] = { 0 }, counts[2] = { 0 };

  for (guint i = 0; i < p->n; i++)
    {
      double match = fit->share[i] * p->count[i];

      counts[1] += match;
      counts[0] += p->count[i] - match;
      sums[1] += match * p->value[i];
      sums[0] += (p->count[i] - match) * p->value[i];
    }
  if (counts[0] < 1e-3 || counts[1] < 1e-3)
    return FALSE;
  fit->matches = counts[1];
  fit->lower = sums[0] / counts[0];
  fit->upper = sums[1] / counts[1];
  for (guint i = 0; i < p->n; i++)
    {
      double match = fit->share[i] * p->count[i];

      squares[1] += match * (p->value[i] - fit->upper) * (p->value[i] - fit->upper);
      squares[0] += (p->count[i] - match) * (p->value[i] - fit->lower) * (p->value[i] - fit->lower);
    }
  fit->lower_spread = sqrt (squares[0] / counts[0] + fit->floor * fit->floor);
  fit->upper_spread = PRIOR_SHARE * fit->lower_spread;
  fit->upper_spread = sqrt ((squares[1] + PRIOR_COUNT * fit->upper_spread * fit->upper_spread) / (counts[1] + PRIOR_COUNT));
  return TRUE;
}

/* Up to a constant, which is the same for all that is compared. */
static double
log_density (double value, double weight, double mean, double spread)
{
  double distance = (value - mean) / spread;

  return log (weight / spread) - distance * distance / 2;
}

/* The logarithm of how much likelier a value is a match. */
static double
log_odds (const Fit *fit, double value)
{
  return log_density (value, fit->matches / fit->total, fit->upper, fit->upper_spread) -
         log_density (value, 1 - fit->matches / fit->total, fit->lower, fit->lower_spread);
}

/* Returns the largest change.  A normal distribution that is wider reaches further on both sides; but a lower score never
 * matches more than a higher one. */
static double
estimate_shares (Fit *fit)
{
  const LibraryPoints *p = fit->points;
  double change = 0, least = 0;

  for (guint i = 0; i < p->n; i++)
    {
      double share = p->value[i] < fit->lower ? 0 : 1 / (1 + exp (-log_odds (fit, p->value[i])));

      if (p->value[i] > fit->upper)
        share = least = MAX (least, share);
      change = MAX (change, fabs (share - fit->share[i]));
      fit->share[i] = share;
    }
  return change;
}

static gboolean
fit_from (Fit *fit, guint start)
{
  for (guint i = 0; i < fit->points->n; i++)
    fit->share[i] = i >= start;
  for (guint round = 0; round < MAX_ROUNDS; round++)
    if (!estimate_parts (fit))
      return FALSE;
    else if (estimate_shares (fit) < SETTLED)
      break;
  return TRUE;
}

static double
get_log_likelihood (const Fit *fit)
{
  const LibraryPoints *p = fit->points;
  double sum = 0;

  for (guint i = 0; i < p->n; i++)
    {
      double odds = log_odds (fit, p->value[i]);
      double chance = log_density (p->value[i], 1 - fit->matches / fit->total, fit->lower, fit->lower_spread);

      /* log (e^chance + e^(chance + odds)), without overflow */
      sum += p->count[i] * (chance + MAX (odds, 0) + log1p (exp (-fabs (odds))));
    }
  return sum;
}

static gboolean
is_apart (const Fit *fit)
{
  double spread = sqrt ((fit->lower_spread * fit->lower_spread + fit->upper_spread * fit->upper_spread) / 2);

  return fit->upper - fit->lower >= LEAST_DISTANCE * spread;
}

/* Of each number of best scores, F1 is expected to be 2 x (matches among them) / (their number + all matches). */
static double
find_cut (const Fit *fit)
{
  const LibraryPoints *p = fit->points;
  double all = 0, taken = 0, matching = 0, best = -1;
  guint cut = p->n - 1;

  for (guint i = 0; i < p->n; i++)
    all += fit->share[i] * p->count[i];
  for (guint i = p->n; i-- > 0;)
    {
      taken += p->count[i];
      matching += fit->share[i] * p->count[i];
      if (2 * matching / (taken + all) > best)
        {
          best = 2 * matching / (taken + all);
          cut = i;
        }
    }
  return cut > 0 ? (p->value[cut] + p->value[cut - 1]) / 2 : p->value[0];
}

/* The first of the values that together stand for `wanted` of the best scores. */
static guint
find_start (const LibraryPoints *points, double wanted)
{
  double taken = 0;
  guint i = points->n;

  while (i > 0 && taken < wanted)
    taken += points->count[--i];
  return i;
}

static double
set_one_part (Fit *fit)
{
  const LibraryPoints *p = fit->points;
  double sum = 0, squares = 0, spread;

  fit->total = 0;
  for (guint i = 0; i < p->n; i++)
    {
      fit->total += p->count[i];
      sum += p->count[i] * p->value[i];
    }
  for (guint i = 0; i < p->n; i++)
    squares += p->count[i] * (p->value[i] - sum / fit->total) * (p->value[i] - sum / fit->total);
  spread = sqrt (squares / fit->total);
  fit->floor = spread / 100;
  return spread > 0 ? -fit->total * (log (spread) + 0.5) : INFINITY;
}

gboolean
library_mixture_fit (const LibraryPoints *points, LibraryMixture *mixture)
{
  static const double numbers[] = { 1, 2, 4 }, shares[] = { 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6 };
  Fit fit = { .points = points };
  double one = set_one_part (&fit), best = -INFINITY;
  guint before = 0;

  for (guint i = 0; i < G_N_ELEMENTS (numbers) + G_N_ELEMENTS (shares); i++)
    {
      double wanted = i < G_N_ELEMENTS (numbers) ? numbers[i] : fit.total * shares[i - G_N_ELEMENTS (numbers)];
      guint start = find_start (points, wanted);
      double likelihood;

      if (wanted < 1 || wanted > 0.7 * fit.total || start == 0 || start == before || !fit_from (&fit, start))
        continue;
      before = start;
      likelihood = get_log_likelihood (&fit);
      if (likelihood <= best || !is_apart (&fit))
        continue;
      best = likelihood;
      *mixture = (LibraryMixture){ likelihood - one, fit.matches, find_cut (&fit) };
    }
  return best > -INFINITY;
}
