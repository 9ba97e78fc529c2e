/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Fewer scores than this say nothing about what is usual. */
#define LIBRARY_LINE_LEAST 8u

/**
 * library_line_find:
 * @scores: of the whole library, in any order; is reordered
 *
 * The score from which on a match is strong.  What a library holds mostly does not match, so the middle of the scores and
 * their spread (median, 1.4826 x median absolute deviation) are those of chance; strong is what chance alone would hardly
 * give among so many (max (3, sqrt (2 ln n)) deviations), and at least halfway from the middle to the best.
 *
 * Returns: INFINITY for fewer than LIBRARY_LINE_LEAST scores, or where nothing stands out
 */
float library_line_find (float *scores, gsize n);

/* The k-th smallest of n values, k < n; reorders them. */
float library_line_select (float *values, gsize n, gsize k);

G_END_DECLS
