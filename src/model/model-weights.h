/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-config.h"
#include "compute.h"

G_BEGIN_DECLS

/**
 * ModelWeights:
 *
 * The weights file of a folder and the ComputeWeights made from it.  Towers ask for each of their parameters by name
 * and exact shape; the first that is missing or of another shape is remembered as the error, and from then on every
 * answer is NULL, so that a tower checks once, at its end (model_weights_check()).  One thread.
 */
typedef struct _ModelWeights ModelWeights;

ModelWeights *model_weights_open (const char *folder, ComputeDevice *device, ComputePrecision precision, GError **error);
void model_weights_free (ModelWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelWeights, model_weights_free)

ComputeWeights *model_weights_get_compute (ModelWeights *weights);
gboolean model_weights_has (ModelWeights *weights, const char *name);

/* outputs x inputs (a Linear), or inputs x outputs if transposed (a bare projection). */
ComputeWeight *model_weights_matrix (ModelWeights *weights, const char *name, guint outputs, guint inputs, gboolean transposed);
/* Some rows of a matrix that holds several one above the other. */
ComputeWeight *model_weights_matrix_rows (ModelWeights *weights, const char *name, guint total, guint first, guint outputs, guint inputs);
/* width x channels x side x side, as a matrix over (channel, row, column). */
ComputeWeight *model_weights_convolution (ModelWeights *weights, const char *name, guint outputs, guint channels, guint side);
ComputeWeight *model_weights_vector (ModelWeights *weights, const char *name, guint length);
ComputeWeight *model_weights_vector_part (ModelWeights *weights, const char *name, guint total, guint first, guint length);
ComputeWeight *model_weights_table (ModelWeights *weights, const char *name, guint rows, guint columns);
/* The first `rows` rows of a table of `total`, with its last row after them if `last`. */
ComputeWeight *model_weights_table_part (ModelWeights *weights, const char *name, guint total, guint rows, gboolean last, guint columns);

/* TRUE if everything asked for so far was there. */
gboolean model_weights_check (ModelWeights *weights, GError **error);

G_END_DECLS
