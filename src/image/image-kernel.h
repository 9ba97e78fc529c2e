/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-axis.h"

G_BEGIN_DECLS

/* The two inner loops of resizing, exact in 32-bit integers.  x86-64 builds carry an AVX2 form and choose at start. */

/* The weights of an axis, each three times (R, G, B) and every output's padded with zeros to a multiple of 24.
 * Free with g_free(); NULL if there is no memory. */
gint32 *image_kernel_expand (const ImageAxis *axis, guint *stride);

/* One RGB row along the axis: axis->count pixels to `out`.  Reads up to 24 bytes past the row. */
void image_kernel_along (const guint8 *row, const ImageAxis *axis, const gint32 *expanded, guint stride, guint8 *out);

/* The weighted sum of `length` rows, `bytes` (a multiple of 32) bytes of each. */
void image_kernel_across (const guint8 *const *rows, const gint32 *weights, guint length, guint8 *out, gsize bytes);

/* sums[i] += row[i] for `bytes` (a multiple of 8) bytes. */
void image_kernel_add (guint32 *sums, const guint8 *row, gsize bytes);

G_END_DECLS
