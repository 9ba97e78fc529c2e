/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short texts run in short programs.  For CLIP that is exact because no row sees a later one and only the row of the
 * end id is read.  For CoCa it is exact because the mask that its weights were trained with (shifted by one place:
 * key 0 is always seen, key j + 1 if id j is no padding) hides all padding but the first place, so that one place of
 * padding is all that must stay, and because the class token keeps the last position of the full context. */
#include "model-text.h"

#define NORMALIZE_EPSILON 1e-12f
#define CAPACITY 16

typedef struct
{
  guint length; /* ids, without the class token */
  guint capacity;
  ComputeProgram *program;
  ComputeTensor *ids, *row, *visible, *embedding;
} Bucket;

struct _ModelText
{
  const ModelConfig *config;
  ModelWeights *weights;
  char *prefix; /* "text." or "" */
  ComputeWeight *tokens, *class_token, *ln_gain, *ln_bias, *proj;
  ModelBlock *blocks;
  GPtrArray *buckets;
};

static char *
name (ModelText *text, const char *rest)
{
  return g_strconcat (text->prefix, rest, NULL);
}

static void
load (ModelText *text)
{
  ModelWeights *weights = text->weights;
  const ModelConfig *config = text->config;
  guint width = config->text.width;
  g_autofree char *tokens = name (text, "token_embedding.weight"), *gain = name (text, "ln_final.weight");
  g_autofree char *bias = name (text, "ln_final.bias"), *proj = name (text, "text_projection");
  g_autofree char *blocks = name (text, "transformer.resblocks."), *class_token = name (text, "cls_emb");
  g_autofree char *positions = name (text, "positional_embedding");

  text->tokens = model_weights_table (weights, tokens, config->vocabulary, width);
  if (config->embed_cls)
    text->class_token = model_weights_vector (weights, class_token, width);
  model_weights_table (weights, positions, config->context + config->embed_cls, width); /* for its shape */
  text->blocks = model_blocks_load (weights, blocks, &config->text);
  text->ln_gain = model_weights_vector (weights, gain, width);
  text->ln_bias = model_weights_vector (weights, bias, width);
  text->proj = model_weights_matrix (weights, proj, config->dim, width, TRUE);
}

static void
bucket_free (gpointer data)
{
  Bucket *bucket = data;

  compute_program_unref (bucket->program);
  g_free (bucket);
}

ModelText *
model_text_new (ModelWeights *weights, const ModelConfig *config)
{
  ModelText *text = g_new0 (ModelText, 1);

  text->config = config;
  text->weights = weights;
  text->prefix = g_strdup (model_weights_has (weights, "text.token_embedding.weight") ? "text." : "");
  text->buckets = g_ptr_array_new_with_free_func (bucket_free);
  load (text);
  return text;
}

void
model_text_free (ModelText *text)
{
  if (!text)
    return;
  g_ptr_array_unref (text->buckets);
  g_free (text->blocks);
  g_free (text->prefix);
  g_free (text);
}

static void
build (ModelText *text, Bucket *bucket)
{
  const ModelConfig *config = text->config;
  ComputeActivation activation = config->quick_gelu ? COMPUTE_ACTIVATION_QUICK_GELU : COMPUTE_ACTIVATION_GELU;
  g_autofree char *positions_name = name (text, "positional_embedding");
  guint width = config->text.width, rows = bucket->length + config->embed_cls;
  ComputeWeight *positions = model_weights_table_part (text->weights, positions_name, config->context + config->embed_cls, bucket->length, config->embed_cls, width);
  ComputeProgram *program = compute_program_new (model_weights_get_compute (text->weights), "text tower", bucket->capacity);
  ModelBlockMask mask = { TRUE, NULL };
  ComputeTensor *x;

  bucket->program = program;
  bucket->ids = compute_program_input (program, "ids", COMPUTE_I32, 1, bucket->length);
  bucket->row = compute_program_input (program, "row", COMPUTE_I32, 1, 1);
  if (config->embed_cls)
    mask.key_visible = bucket->visible = compute_program_input (program, "visible", COMPUTE_I32, 1, rows);
  x = compute_op_embed (program, bucket->ids, text->tokens);
  x = compute_op_sequence (program, NULL, x, text->class_token, positions);
  for (guint i = 0; i < config->text.layers; i++)
    x = model_block_build (&text->blocks[i], program, x, &config->text, activation, &mask);
  x = compute_op_select (program, x, bucket->row, 0);
  x = compute_op_layernorm (program, x, text->ln_gain, text->ln_bias, MODEL_LAYERNORM_EPSILON, COMPUTE_KEEP_ACTIVATION);
  x = compute_op_matmul (program, x, &(ComputeMatmul){ .matrix = text->proj, .keep = COMPUTE_KEEP_STREAM });
  bucket->embedding = compute_op_normalize (program, x, NORMALIZE_EPSILON);
  compute_program_output (program, bucket->embedding);
}

/* 16, 32, 64 … ids, at most the context. */
static guint
bucket_length (ModelText *text, guint ids)
{
  guint length = 16, wanted = ids + text->config->embed_cls; /* one place of padding */

  while (length < wanted)
    length *= 2;
  return MIN (length, text->config->context);
}

static Bucket *
get_bucket (ModelText *text, guint length, guint capacity, GError **error)
{
  Bucket *bucket = NULL;

  for (guint i = 0; i < text->buckets->len && !bucket; i++)
    {
      Bucket *other = text->buckets->pdata[i];

      if (other->length == length && other->capacity == capacity)
        bucket = other;
    }
  if (!bucket)
    {
      bucket = g_new0 (Bucket, 1);
      bucket->length = length;
      bucket->capacity = capacity;
      build (text, bucket);
      g_ptr_array_add (text->buckets, bucket);
    }
  return compute_program_prepare (bucket->program, error) ? bucket : NULL;
}

/* The first place of the largest id, as open_clip pools. */
static gint32
end_row (const GArray *ids)
{
  gint32 best = 0;

  for (guint i = 1; i < ids->len; i++)
    if (g_array_index (ids, gint32, i) > g_array_index (ids, gint32, best))
      best = i;
  return best;
}

static void
write_inputs (ModelText *text, Bucket *bucket, GArray *const *ids, guint n)
{
  guint length = bucket->length, rows = length + text->config->embed_cls;
  g_autofree gint32 *padded = g_new0 (gint32, (gsize) n * length);
  g_autofree gint32 *visible = g_new0 (gint32, (gsize) n * rows);
  g_autofree gint32 *row = g_new (gint32, n);

  for (guint t = 0; t < n; t++)
    {
      gint32 *in = padded + (gsize) t * length, *seen = visible + (gsize) t * rows;

      for (guint i = 0; i < ids[t]->len; i++)
        in[i] = g_array_index (ids[t], gint32, i);
      seen[0] = 1;
      for (guint i = 0; i + 1 < rows; i++)
        seen[i + 1] = in[i] != 0;
      row[t] = text->config->embed_cls ? (gint32) rows - 1 : end_row (ids[t]);
    }
  compute_program_write (bucket->program, bucket->ids, padded, n);
  compute_program_write (bucket->program, bucket->row, row, n);
  if (bucket->visible)
    compute_program_write (bucket->program, bucket->visible, visible, n);
}

gboolean
model_text_embed (ModelText *text, GArray *const *ids, guint n, float *out, GError **error)
{
  guint longest = 0;
  Bucket *bucket;

  for (guint i = 0; i < n; i++)
    longest = MAX (longest, ids[i]->len);
  g_return_val_if_fail (n > 0 && n <= CAPACITY && longest > 0 && longest <= text->config->context, FALSE);
  bucket = get_bucket (text, bucket_length (text, longest), n == 1 ? 1 : CAPACITY, error);
  if (!bucket)
    return FALSE;
  write_inputs (text, bucket, ids, n);
  if (!compute_program_run (bucket->program, n, error))
    return FALSE;
  compute_program_read (bucket->program, bucket->embedding, out, n);
  return TRUE;
}

guint
model_text_get_batch (ModelText *text)
{
  return CAPACITY;
}
