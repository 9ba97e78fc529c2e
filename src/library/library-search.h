/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-photo.h"
#include "library-query.h"
#include "library-space.h"

G_BEGIN_DECLS

/* A query whose words and pictures have become embeddings. */
typedef struct
{
  GPtrArray *vectors;         /* of float[dim]: unit vectors, one a term */
  GArray *weights;            /* of float: 1, -0.5 … */
  const LibraryQuery *filter; /* its folder:, type:, has:, date: and "words" */
  LibraryIdentity leave_out;  /* a file not to be found; inode 0: none */
  guint64 leave_out_hash[2];  /* nor its content; 0, 0: any */
  guint limit;                /* 0: all */
  GPtrArray *usual;           /* of float[dim]: words that have nothing to do with the query; only where this is one text; or NULL */
} LibrarySearch;

/**
 * library_search_run:
 *
 * Ranks the photographs of a space that pass the filters.  One term of weight 1: the score is the cosine.  Otherwise it is
 * the weighted sum of the terms' scores, each standardised by its mean and deviation over the whole space.  Equal scores
 * go by id.  The filters only choose what is shown: what is usual, and so the line between strong and weak, comes from the
 * whole space.  Without terms everything that passes is found, newest first, with score 0, and is strong.
 *
 * All of it, copies of the photographs included, is read in one transaction: the results are of one state of the store,
 * which `generation` names, whatever is written meanwhile.  A photograph whose record is damaged is left out and not counted.
 *
 * Returns: (transfer full); NULL with LIBRARY_ERROR_STORE or G_IO_ERROR_CANCELLED
 */
LibraryResults *library_search_run (LibraryStore *store, const LibrarySpace *space, const LibrarySearch *search, GCancellable *cancellable, GError **error);

G_END_DECLS
