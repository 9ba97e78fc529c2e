/* SPDX-License-Identifier: GPL-3.0-or-later */
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

void
model_block_load (ModelBlock *block, ModelWeights *weights, const char *prefix, const ModelTowerConfig *tower)
{
  guint width = tower->width;

  block->ln_1_gain = vector (weights, prefix, "ln_1.weight", width);
  block->ln_1_bias = vector (weights, prefix, "ln_1.bias", width);
  block->in = matrix (weights, prefix, "attn.in_proj_weight", 3 * width, width);
  block->in_bias = vector (weights, prefix, "attn.in_proj_bias", 3 * width);
  block->out = matrix (weights, prefix, "attn.out_proj.weight", width, width);
  block->out_bias = vector (weights, prefix, "attn.out_proj.bias", width);
  block->ln_2_gain = vector (weights, prefix, "ln_2.weight", width);
  block->ln_2_bias = vector (weights, prefix, "ln_2.bias", width);
  block->fc = matrix (weights, prefix, "mlp.c_fc.weight", tower->mlp, width);
  block->fc_bias = vector (weights, prefix, "mlp.c_fc.bias", tower->mlp);
  block->proj = matrix (weights, prefix, "mlp.c_proj.weight", width, tower->mlp);
  block->proj_bias = vector (weights, prefix, "mlp.c_proj.bias", width);
}

ModelBlock *
model_blocks_load (ModelWeights *weights, const char *prefix, const ModelTowerConfig *tower)
{
  ModelBlock *blocks = g_new0 (ModelBlock, tower->layers);

  for (guint i = 0; i < tower->layers; i++)
    {
      g_autofree char *full = g_strdup_printf ("%s%u.", prefix, i);

      model_block_load (&blocks[i], weights, full, tower);
    }
  return blocks;
}

static ComputeTensor *
attend (const ModelBlock *block, ComputeProgram *program, ComputeTensor *x, const ModelTowerConfig *tower, const ModelBlockMask *mask)
{
  ComputeTensor *normal = compute_op_layernorm (program, x, block->ln_1_gain, block->ln_1_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  ComputeTensor *qkv = compute_op_matmul (program, normal, &(ComputeMatmul){ .matrix = block->in, .bias = block->in_bias });
  ComputeAttention attention = {
    .query = { qkv, 0 },
    .key = { qkv, tower->width },
    .value = { qkv, 2 * tower->width },
    .heads = tower->heads,
    .head_width = tower->width / tower->heads,
    .causal = mask->causal,
    .key_visible = mask->key_visible,
  };
  ComputeTensor *mixed = compute_op_attention (program, &attention);

  return compute_op_matmul (program, mixed, &(ComputeMatmul){ .matrix = block->out, .bias = block->out_bias, .residual = x, .keep = COMPUTE_KEEP_STREAM });
}

ComputeTensor *
model_block_build (const ModelBlock *block, ComputeProgram *program, ComputeTensor *x, const ModelTowerConfig *tower, ComputeActivation activation, const ModelBlockMask *mask)
{
  ComputeTensor *normal, *hidden;

  x = attend (block, program, x, tower, mask);
  normal = compute_op_layernorm (program, x, block->ln_2_gain, block->ln_2_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  hidden = compute_op_matmul (program, normal, &(ComputeMatmul){ .matrix = block->fc, .bias = block->fc_bias, .activation = activation });
  return compute_op_matmul (program, hidden, &(ComputeMatmul){ .matrix = block->proj, .bias = block->proj_bias, .residual = x, .keep = COMPUTE_KEEP_STREAM });
}
