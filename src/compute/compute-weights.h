/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-types.h"

G_BEGIN_DECLS

/* Weights are shared by all programs of a network on a device.  They keep references to the bytes they were given (a
 * mapped file, as a rule) and pack each matrix for the device at most once per layout, when a program is prepared. */
ComputeWeights *compute_weights_new (ComputeDevice *device, ComputePrecision precision);
ComputeWeights *compute_weights_ref (ComputeWeights *weights);
void compute_weights_unref (ComputeWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeWeights, compute_weights_unref)

ComputeDevice *compute_weights_get_device (ComputeWeights *weights);
ComputePrecision compute_weights_get_precision (ComputeWeights *weights);

/* A matrix that multiplies from the right: out[r][n] = sum_k in[r][k] W(k, n).
 * `data` holds outputs x inputs elements row by row (PyTorch's Linear) or, with `transposed`, inputs x outputs (a bare
 * projection parameter).  type: F32, F16 or BF16.  `data` must have exactly the bytes of the shape. */
ComputeWeight *compute_weights_add_matrix (ComputeWeights *weights,
                                           const char *name,
                                           ComputeType type,
                                           guint outputs,
                                           guint inputs,
                                           gboolean transposed,
                                           GBytes *data);

/* rows x columns, gathered by row or added by position: token and position embeddings. */
ComputeWeight *compute_weights_add_table (ComputeWeights *weights,
                                          const char *name,
                                          ComputeType type,
                                          guint rows,
                                          guint columns,
                                          GBytes *data);

/* A bias, a gain, a class embedding: always f32 on the device. */
ComputeWeight *compute_weights_add_vector (ComputeWeights *weights,
                                           const char *name,
                                           ComputeType type,
                                           guint length,
                                           GBytes *data);

G_END_DECLS
