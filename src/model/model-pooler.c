/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-pooler.h"

#include "model-block.h"

static ComputeWeight *
vector (ModelWeights *weights, const char *prefix, const char *name, guint length)
{
  g_autofree char *full = g_strconcat (prefix, name, NULL);

  return model_weights_vector (weights, full, length);
}

static ComputeWeight *
matrix (ModelWeights *weights, const char *prefix, const char *name, guint outputs, guint inputs)
{
  g_autofree char *full = g_strconcat (prefix, name, NULL);

  return model_weights_matrix (weights, full, outputs, inputs, FALSE);
}

static void
load_projections (ModelPooler *pooler, ModelWeights *weights, const char *prefix, guint key_width)
{
  g_autofree char *packed = g_strconcat (prefix, "attn.in_proj_weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, "attn.in_proj_bias", NULL);
  guint width = pooler->width;

  if (model_weights_has (weights, packed))
    {
      pooler->q = model_weights_matrix_rows (weights, packed, 3 * width, 0, width, width);
      pooler->k = model_weights_matrix_rows (weights, packed, 3 * width, width, width, key_width);
      pooler->v = model_weights_matrix_rows (weights, packed, 3 * width, 2 * width, width, key_width);
    }
  else
    {
      pooler->q = matrix (weights, prefix, "attn.q_proj_weight", width, width);
      pooler->k = matrix (weights, prefix, "attn.k_proj_weight", width, key_width);
      pooler->v = matrix (weights, prefix, "attn.v_proj_weight", width, key_width);
    }
  pooler->q_bias = model_weights_vector_part (weights, bias, 3 * width, 0, width);
  pooler->k_bias = model_weights_vector_part (weights, bias, 3 * width, width, width);
  pooler->v_bias = model_weights_vector_part (weights, bias, 3 * width, 2 * width, width);
}

void
model_pooler_load (ModelPooler *pooler, ModelWeights *weights, const char *prefix, guint total, guint queries, guint heads, guint width, guint key_width)
{
  g_autofree char *query = g_strconcat (prefix, "query", NULL);

  pooler->queries = queries;
  pooler->heads = heads;
  pooler->width = width;
  pooler->query = model_weights_table_part (weights, query, total, queries, FALSE, width);
  pooler->ln_q_gain = vector (weights, prefix, "ln_q.weight", width);
  pooler->ln_q_bias = vector (weights, prefix, "ln_q.bias", width);
  pooler->ln_k_gain = vector (weights, prefix, "ln_k.weight", key_width);
  pooler->ln_k_bias = vector (weights, prefix, "ln_k.bias", key_width);
  load_projections (pooler, weights, prefix, key_width);
  pooler->out = matrix (weights, prefix, "attn.out_proj.weight", width, width);
  pooler->out_bias = vector (weights, prefix, "attn.out_proj.bias", width);
}

ComputeTensor *
model_pooler_build (const ModelPooler *pooler, ComputeProgram *program, ComputeTensor *x)
{
  ComputeTensor *queries = compute_program_constant (program, pooler->query);
  ComputeTensor *keys, *q, *k, *v, *mixed;
  ComputeAttention attention = { .heads = pooler->heads, .head_width = pooler->width / pooler->heads };

  queries = compute_op_layernorm (program, queries, pooler->ln_q_gain, pooler->ln_q_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  keys = compute_op_layernorm (program, x, pooler->ln_k_gain, pooler->ln_k_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  q = compute_op_matmul (program, queries, &(ComputeMatmul){ .matrix = pooler->q, .bias = pooler->q_bias });
  k = compute_op_matmul (program, keys, &(ComputeMatmul){ .matrix = pooler->k, .bias = pooler->k_bias });
  v = compute_op_matmul (program, keys, &(ComputeMatmul){ .matrix = pooler->v, .bias = pooler->v_bias });
  attention.query.tensor = q;
  attention.key.tensor = k;
  attention.value.tensor = v;
  mixed = compute_op_attention (program, &attention);
  return compute_op_matmul (program, mixed, &(ComputeMatmul){ .matrix = pooler->out, .bias = pooler->out_bias, .keep = COMPUTE_KEEP_STREAM });
}
