/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-space.h"

G_BEGIN_DECLS

/* The photographs of a space and the scores of each of them for some terms. */
typedef struct
{
  guint terms;
  GArray *ids;     /* of guint64 */
  GArray **scores; /* of float, one array a term, parallel to ids */
  GArray *best;    /* of float: the best score of each of the other words */
} LibraryScores;

/* vectors: one a term; others: words of which only the best scores are wanted, or NULL; both of float[dim].
 * (transfer full); NULL if it was cancelled. */
LibraryScores *library_scores_scan (LibraryTxn *txn, const LibrarySpace *space, GPtrArray *vectors, GPtrArray *others, GCancellable *cancellable);
void library_scores_free (LibraryScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryScores, library_scores_free)

/* One score a photograph: that of the only term if its weight is 1, else the weighted sum of the terms' scores, each
 * standardised by its mean and deviation.  They stay with the scores.  (transfer none) */
float *library_scores_combine (LibraryScores *scores, const float *weights);

G_END_DECLS
