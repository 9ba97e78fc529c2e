/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-vision.h"

#define NORMALIZE_EPSILON 1e-12f /* torch.nn.functional.normalize */

/* One picture at a time has a program of its own: it plans a fraction of the memory and packs for short products. */
static const guint capacities[] = { 1, 16 };

typedef struct
{
  ComputeProgram *program;
  ComputeTensor *pixels, *embedding;
} Bucket;

struct _ModelVision
{
  const ModelConfig *config;
  ModelWeights *weights;
  ComputeWeight *patches, *class_token, *positions;
  ComputeWeight *ln_pre_gain, *ln_pre_bias, *ln_post_gain, *ln_post_bias, *proj;
  ModelBlock *blocks;
  ModelPooler pooler;
  Bucket buckets[G_N_ELEMENTS (capacities)];
};

ModelVision *
model_vision_new (ModelWeights *weights, const ModelConfig *config)
{
  ModelVision *vision = g_new0 (ModelVision, 1);
  guint width = config->vision.width, grid = config->image_side / config->patch;
  guint pooled = config->attentional_pool ? config->dim : width;

  vision->config = config;
  vision->weights = weights;
  vision->patches = model_weights_convolution (weights, "visual.conv1.weight", width, 3, config->patch);
  vision->class_token = model_weights_vector (weights, "visual.class_embedding", width);
  vision->positions = model_weights_table (weights, "visual.positional_embedding", grid * grid + 1, width);
  if (!config->no_ln_pre)
    {
      vision->ln_pre_gain = model_weights_vector (weights, "visual.ln_pre.weight", width);
      vision->ln_pre_bias = model_weights_vector (weights, "visual.ln_pre.bias", width);
    }
  vision->blocks = model_blocks_load (weights, "visual.transformer.resblocks.", &config->vision);
  /* Only the first query makes the embedding; the others are for writing captions. */
  if (config->attentional_pool)
    model_pooler_load (&vision->pooler, weights, "visual.attn_pool.", config->pool_queries, 1, config->pool_heads, pooled, width);
  vision->ln_post_gain = model_weights_vector (weights, "visual.ln_post.weight", pooled);
  vision->ln_post_bias = model_weights_vector (weights, "visual.ln_post.bias", pooled);
  vision->proj = model_weights_matrix (weights, "visual.proj", config->dim, pooled, TRUE);
  return vision;
}

void
model_vision_free (ModelVision *vision)
{
  if (!vision)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (capacities); i++)
    g_clear_pointer (&vision->buckets[i].program, compute_program_unref);
  g_free (vision->blocks);
  g_free (vision);
}

static ComputeTensor *
build_tokens (ModelVision *vision, ComputeProgram *program, ComputeTensor *pixels)
{
  const ModelConfig *config = vision->config;
  ComputeActivation activation = config->quick_gelu ? COMPUTE_ACTIVATION_QUICK_GELU : COMPUTE_ACTIVATION_GELU;
  ModelBlockMask mask = { FALSE, NULL };
  ComputeTensor *x;

  x = compute_op_patches (program, pixels, config->image_side, config->patch, config->mean, config->std);
  x = compute_op_matmul (program, x, &(ComputeMatmul){ .matrix = vision->patches, .keep = COMPUTE_KEEP_STREAM });
  x = compute_op_sequence (program, vision->class_token, x, NULL, vision->positions);
  if (vision->ln_pre_gain)
    x = compute_op_layernorm (program, x, vision->ln_pre_gain, vision->ln_pre_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_STREAM);
  for (guint i = 0; i < config->vision.layers; i++)
    x = model_block_build (&vision->blocks[i], program, x, &config->vision, activation, &mask);
  return x;
}

static void
build (ModelVision *vision, Bucket *bucket, guint capacity)
{
  const ModelConfig *config = vision->config;
  ComputeProgram *program = compute_program_new (model_weights_get_compute (vision->weights), "image tower", capacity);
  ComputeTensor *x;

  bucket->program = program;
  bucket->pixels = compute_program_input (program, "pixels", COMPUTE_U8, 1, config->image_side * config->image_side * 3);
  x = build_tokens (vision, program, bucket->pixels);
  x = config->attentional_pool ? model_pooler_build (&vision->pooler, program, x) : compute_op_select (program, x, NULL, 0);
  x = compute_op_layernorm (program, x, vision->ln_post_gain, vision->ln_post_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  x = compute_op_matmul (program, x, &(ComputeMatmul){ .matrix = vision->proj, .keep = COMPUTE_KEEP_STREAM });
  bucket->embedding = compute_op_normalize (program, x, NORMALIZE_EPSILON);
  compute_program_output (program, bucket->embedding);
}

static Bucket *
get_bucket (ModelVision *vision, guint n, GError **error)
{
  gsize i = n > capacities[0] ? 1 : 0;
  Bucket *bucket = &vision->buckets[i];

  if (!bucket->program)
    build (vision, bucket, capacities[i]);
  return compute_program_prepare (bucket->program, error) ? bucket : NULL;
}

gboolean
model_vision_embed (ModelVision *vision, const guint8 *pixels, guint n, float *out, GError **error)
{
  Bucket *bucket = get_bucket (vision, n, error);

  if (!bucket)
    return FALSE;
  compute_program_write (bucket->program, bucket->pixels, pixels, n);
  if (!compute_program_run (bucket->program, n, error))
    return FALSE;
  compute_program_read (bucket->program, bucket->embedding, out, n);
  return TRUE;
}

guint
model_vision_get_batch (ModelVision *vision)
{
  return capacities[G_N_ELEMENTS (capacities) - 1];
}
