/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Fewer scores than this say nothing about what is usual. */
#define LIBRARY_LINE_LEAST 8u

/* In libraries of up to so many photographs a line is surer if what words that have nothing to do with the query find there
 * is known; in larger ones the scores say enough by themselves. */
#define LIBRARY_LINE_USUAL_MOST 1024u

/* The best scores of such words in the same library: the median of them, and how far below it lies the lowest sixth. */
typedef struct
{
  float middle, deviation;
} LibraryUsual;

/**
 * library_line_find:
 * @scores: of the whole library, in any order; is reordered; those that are not finite are passed over
 * @usual: (nullable): only for scores of words, and not more than LIBRARY_LINE_USUAL_MOST of them
 *
 * The score from which on a match is strong.  Two models of the scores are asked.  The first takes them for a mixture of
 * chance and matches, both about normal: with many matches it says where chance ends though both overlap.  The second looks
 * for the edge of a group among the best, with a gap below it: it tells the one photograph that shows all of a long query
 * from those that show a part.  Without `usual` the edge counts only where the gap is wide.  With `usual`, best scores that
 * other words do not reach are a match for sure, and the mixture has to be surer by itself.
 *
 * Shifting and scaling all scores shifts and scales the line.  Takes about 1 ms for 100,000 scores.
 *
 * Returns: INFINITY for fewer than LIBRARY_LINE_LEAST scores, or where nothing stands out
 */
float library_line_find (float *scores, gsize n, const LibraryUsual *usual);

/**
 * library_line_find_usual:
 * @best: the best score of each word; is reordered
 *
 * Returns: FALSE if there are too few to say anything
 */
gboolean library_line_find_usual (float *best, gsize n, LibraryUsual *usual);

/* The k-th smallest of n values, k < n; reorders them: smaller ones come before it. */
float library_line_select (float *values, gsize n, gsize k);

G_END_DECLS
