/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-weights.h"

G_BEGIN_DECLS

/* CoCa's attentional pooler: learnt queries attend to the picture's tokens.
 *   out_proj (attention (ln_q (query), ln_k (x), ln_k (x))) */
typedef struct
{
  guint queries, heads, width;
  ComputeWeight *query;
  ComputeWeight *ln_q_gain, *ln_q_bias, *ln_k_gain, *ln_k_bias;
  ComputeWeight *q, *q_bias, *k, *k_bias, *v, *v_bias;
  ComputeWeight *out, *out_bias;
} ModelPooler;

/* Takes both published forms: packed in_proj_weight, or q, k and v apart where the picture's width is another.
 * queries: how many of the `total` learnt queries are used, from the first; they do not see each other. */
void model_pooler_load (ModelPooler *pooler, ModelWeights *weights, const char *prefix, guint total, guint queries, guint heads, guint width, guint key_width);
/* x: stream [tokens][key width]; returns stream [queries][width]. */
ComputeTensor *model_pooler_build (const ModelPooler *pooler, ComputeProgram *program, ComputeTensor *x);

G_END_DECLS
