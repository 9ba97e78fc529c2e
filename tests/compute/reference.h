/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Slow, readable versions of every operation, in double precision: what the kernels must come to. */
#include "compute.h"

/* [rows][inputs] x (outputs x inputs, or inputs x outputs if transposed) */
void reference_matmul (const float *input,
                       const float *matrix,
                       const float *bias,
                       const float *residual,
                       ComputeActivation activation,
                       gboolean transposed,
                       guint rows,
                       guint inputs,
                       guint outputs,
                       float *out);
double reference_activation (ComputeActivation activation, double x);
void reference_layernorm (const float *input, const float *gain, const float *bias, float epsilon, guint rows, guint columns, float *out);
void reference_normalize (const float *input, float epsilon, guint rows, guint columns, float *out);
void reference_patches (const guint8 *pixels, guint side, guint patch, const float mean[3], const float std[3], float *out);

/* One item: query [queries][query_stride], key and value [keys][…]; out [queries][heads * width]. */
typedef struct
{
  const float *query, *key, *value; /* at the first head's column */
  guint query_stride, key_stride, value_stride;
  guint queries, keys, heads, width;
  gboolean causal;
  int position;
  const gint32 *visible; /* or NULL */
} ReferenceAttention;
void reference_attention (const ReferenceAttention *attention, float *out);
