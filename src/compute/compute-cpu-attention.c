/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention, one (item, head) at a time: keys transposed into a panel, so that every inner loop runs along memory. */
#include "compute-cpu-private.h"

#include <math.h>
#include <string.h>

typedef struct
{
  guint queries, keys, keys_in_use, width;
  gint64 position; /* row of the first query among the keys; used if causal */
  gboolean causal;
  const gint32 *visible; /* of this item, or NULL */
  float *query;          /* width */
  float *key;            /* width x keys: transposed */
  float *value;          /* keys x width */
  float *scores;         /* keys */
  float *result;         /* width */
} Head;

/* exp (x) for x <= 0 to about 2 ulp, in a form that vectorises: 2^n times a polynomial on |r| <= ln 2 / 2
 * (coefficients: Cephes, expf). */
static inline float
fast_exp (float x)
{
  float n, r, p;
  union
  {
    gint32 bits;
    float value;
  } power;

  x = MAX (x, -87.0f);
  n = rintf (x * 1.44269504088896341f);
  r = x - n * 0.693359375f - n * -2.12194440e-4f;
  p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  power.bits = ((gint32) n + 127) << 23;
  return p * power.value;
}

/* scores[j] = sum_d query[d] key[d][j] */
COMPUTE_CPU_CLONES static void
score (const float *query, const float *key, float *restrict scores, guint width, guint stride, guint n)
{
  memset (scores, 0, n * sizeof *scores);
  for (guint d = 0; d < width; d++)
    {
      const float *row = key + (gsize) d * stride;

      for (guint j = 0; j < n; j++)
        scores[j] += query[d] * row[j];
    }
}

/* In place; hidden keys are -infinity before and 0 after.  The sum is 0 if all are hidden. */
COMPUTE_CPU_CLONES static float
exponentials (float *scores, guint n, float scale)
{
  float most = -INFINITY, sum = 0;

#pragma omp simd reduction(max \
                           : most)
  for (guint j = 0; j < n; j++)
    most = MAX (most, scores[j]);
  if (!(most > -INFINITY))
    {
      memset (scores, 0, n * sizeof *scores);
      return 0;
    }
#pragma omp simd reduction(+ \
                           : sum)
  for (guint j = 0; j < n; j++)
    {
      float e = fast_exp ((scores[j] - most) * scale);

      scores[j] = scores[j] > -INFINITY ? e : 0;
      sum += scores[j];
    }
  return sum;
}

COMPUTE_CPU_CLONES static void
mix (const float *weights, const float *value, float *restrict result, guint width, guint n, float scale)
{
  memset (result, 0, width * sizeof *result);
  for (guint j = 0; j < n; j++)
    for (guint d = 0; d < width; d++)
      result[d] += weights[j] * value[(gsize) j * width + d];
  for (guint d = 0; d < width; d++)
    result[d] *= scale;
}

static void
load (ComputeCpuProgram *self, const ComputeView *view, gsize row, guint column, guint width, float *out)
{
  const ComputeTensor *tensor = view->tensor;
  gsize start = row * tensor->columns + view->column + column;

  if (self->half[tensor->index])
    compute_cpu_load_bf16 ((const guint16 *) self->buffers[tensor->index] + start, out, width);
  else
    memcpy (out, (const float *) self->buffers[tensor->index] + start, width * sizeof *out);
}

static void
load_keys (ComputeCpuProgram *self, const ComputeAttention *attention, Head *head, gsize first, guint column)
{
  for (guint j = 0; j < head->keys_in_use; j++)
    {
      load (self, &attention->key, first + j, column, head->width, head->query);
      for (guint d = 0; d < head->width; d++)
        head->key[(gsize) d * head->keys + j] = head->query[d];
      load (self, &attention->value, first + j, column, head->width, head->value + (gsize) j * head->width);
    }
}

static void
attend (Head *head, guint query)
{
  gint64 last = head->causal ? head->position + query + 1 : head->keys_in_use;
  guint n = CLAMP (last, 0, (gint64) head->keys_in_use);
  float sum;

  score (head->query, head->key, head->scores, head->width, head->keys, n);
  for (guint j = 0; head->visible && j < n; j++)
    if (!head->visible[j])
      head->scores[j] = -INFINITY;
  sum = exponentials (head->scores, n, 1.0f / sqrtf (head->width));
  mix (head->scores, head->value, head->result, head->width, n, sum > 0 ? 1.0f / sum : 0);
}

static void
store (ComputeCpuProgram *self, const ComputeTensor *output, gsize row, guint column, const Head *head)
{
  gsize start = row * output->columns + column;

  if (self->half[output->index])
    compute_cpu_store_bf16 (head->result, (guint16 *) self->buffers[output->index] + start, head->width);
  else
    memcpy ((float *) self->buffers[output->index] + start, head->result, head->width * sizeof (float));
}

static gint64
integer (ComputeCpuProgram *self, const ComputeInteger *integer, gint64 fallback)
{
  return integer ? ((ComputeInteger *) self->program->integers->pdata[integer->index])->value : fallback;
}

static Head
head_new (ComputeCpuProgram *self, const ComputeAttention *attention)
{
  Head head = { .queries = attention->query.tensor->rows, .keys = attention->key.tensor->rows, .width = attention->head_width };

  head.keys_in_use = CLAMP (integer (self, attention->keys_in_use, head.keys), 0, (gint64) head.keys);
  head.position = integer (self, attention->position, 0);
  head.causal = attention->causal;
  head.query = g_new (float, head.width);
  head.key = g_new (float, (gsize) head.width *head.keys);
  head.value = g_new (float, (gsize) head.width *head.keys);
  head.scores = g_new (float, head.keys);
  head.result = g_new (float, head.width);
  return head;
}

static void
head_clear (Head *head)
{
  g_free (head->query);
  g_free (head->key);
  g_free (head->value);
  g_free (head->scores);
  g_free (head->result);
}

static void
run_head (ComputeCpuProgram *self, const ComputeOp *op, Head *head, guint item, guint index)
{
  const ComputeAttention *attention = &op->attention;
  const ComputeTensor *visible = attention->key_visible;
  gsize query = attention->query.tensor->shared ? 0 : (gsize) item * head->queries;
  gsize key = attention->key.tensor->shared ? 0 : (gsize) item * head->keys;
  guint column = index * head->width;

  head->visible = visible ? (const gint32 *) self->buffers[visible->index] + (visible->shared ? 0 : (gsize) item * head->keys) : NULL;
  load_keys (self, attention, head, key, column);
  for (guint i = 0; i < head->queries; i++)
    {
      load (self, &attention->query, query + i, column, head->width, head->query);
      attend (head, i);
      store (self, op->output, (gsize) item * head->queries + i, column, head);
    }
}

void
compute_cpu_attention (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  guint heads = op->attention.heads;
  gint64 jobs = (gint64) compute_cpu_items (op->output, items) * heads;

#pragma omp parallel
  {
    Head head = head_new (self, &op->attention);

#pragma omp for schedule(static)
    for (gint64 job = 0; job < jobs; job++)
      run_head (self, op, &head, job / heads, job % heads);
    head_clear (&head);
  }
}
