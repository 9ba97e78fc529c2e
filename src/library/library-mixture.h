/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More values than this are put together to fit a mixture. */
#define LIBRARY_MIXTURE_POINTS 256u

/* Values in rising order, each standing for a number of scores. */
typedef struct
{
  guint n;
  double value[LIBRARY_MIXTURE_POINTS];
  double count[LIBRARY_MIXTURE_POINTS];
} LibraryPoints;

/* Two normal distributions, chance and matches, in place of one. */
typedef struct
{
  double gain;    /* of log-likelihood over one normal distribution */
  double matches; /* how many scores belong to the upper one, as expected */
  double cut;     /* between two values: where the expected F1 of what lies above is largest */
} LibraryMixture;

/**
 * library_mixture_fit:
 *
 * Fits the mixture by expectation and maximisation from several starts.  The spread of the upper one is drawn towards a
 * little less than that of the lower, as few matches say little about their spread.
 *
 * Returns: FALSE if no fit has its two parts clearly apart
 */
gboolean library_mixture_fit (const LibraryPoints *points, LibraryMixture *mixture);

G_END_DECLS
