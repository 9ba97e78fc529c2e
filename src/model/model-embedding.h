/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

float model_embedding_dot (const float *a, const float *b, gsize n);
/* x / |x|; FALSE (and x untouched) where |x| is 0 or not finite. */
gboolean model_embedding_normalize (float *x, gsize n);
/* out = normalise (image + strength (more - less)); less and more may be NULL (zero).  All unit vectors.  FALSE where
 * nothing is left to normalise. */
gboolean model_embedding_similar_but (const float *image, const float *less, const float *more, float strength, gsize n, float *out);

G_END_DECLS
