/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-weights.h"

G_BEGIN_DECLS

/* The parameters of one pre-norm transformer block:
 *   x += attention (ln_1 (x)); x += c_proj (activation (c_fc (ln_2 (x)))) */
typedef struct
{
  ComputeWeight *ln_1_gain, *ln_1_bias;
  ComputeWeight *in, *in_bias; /* queries, keys and values one above the other */
  ComputeWeight *out, *out_bias;
  ComputeWeight *ln_2_gain, *ln_2_bias;
  ComputeWeight *fc, *fc_bias;
  ComputeWeight *proj, *proj_bias;
} ModelBlock;

typedef struct
{
  gboolean causal;
  ComputeTensor *key_visible; /* or NULL */
} ModelBlockMask;

/* prefix: "visual.transformer.resblocks.3." */
void model_block_load (ModelBlock *block, ModelWeights *weights, const char *prefix, const ModelTowerConfig *tower);
/* All blocks of a tower: prefix "visual.transformer.resblocks.".  (transfer full) */
ModelBlock *model_blocks_load (ModelWeights *weights, const char *prefix, const ModelTowerConfig *tower);

/* x: stream [rows][width]; returns the same. */
ComputeTensor *model_block_build (const ModelBlock *block, ComputeProgram *program, ComputeTensor *x, const ModelTowerConfig *tower, ComputeActivation activation, const ModelBlockMask *mask);

#define MODEL_LAYERNORM_EPSILON 1e-5f

G_END_DECLS
