/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The best scores, and what is usual of all of them. */
typedef struct
{
  const float *best; /* falling */
  gsize n_best;
  gsize n;       /* all scores; n_best if all of them are here */
  double middle; /* their median and … */
  double upper;  /* … the sum of the squared distances of those above it, if there are more than n_best */
  gsize n_above; /* which are so many */
} LibraryProfile;

/* Where a group of scores ends. */
typedef struct
{
  double cut; /* between its last score and the next */
  double gap; /* between these two, in deviations of what lies below */
} LibraryEdge;

/**
 * library_edge_find:
 *
 * The place in the best scores where a group ends that lies close together, far from the middle of the rest, and with a gap
 * below it.  There always is one; how large the gap is says how much that means.
 *
 * Returns: FALSE if there are less than two scores
 */
gboolean library_edge_find (const LibraryProfile *profile, LibraryEdge *edge);

G_END_DECLS
