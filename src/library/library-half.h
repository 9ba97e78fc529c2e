/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* fp16 (IEEE binary16), the form in which embeddings are kept.  Rounds to nearest, ties to even. */
void library_half_from_floats (const float *from, guint16 *to, gsize n);
void library_half_to_floats (const guint16 *from, float *to, gsize n);

/* scores[r] = sum over i of row r's value i * query[i], for `rows` rows of `dim` halves one after the other.  Sums are f32.
 * Rows need no alignment. */
void library_half_dot_rows (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores);

/* The same in plain C, for processors without F16C and for tests. */
void library_half_dot_rows_generic (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores);

G_END_DECLS
