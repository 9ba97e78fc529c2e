/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operations that go row by row. */
#include "compute-cpu-private.h"

#include <math.h>
#include <string.h>

COMPUTE_CPU_CLONES void
compute_cpu_load_bf16 (const guint16 *in, float *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      union
      {
        guint32 bits;
        float value;
      } u = { .bits = (guint32) in[i] << 16 };

      out[i] = u.value;
    }
}

/* Rounds to nearest even.  A NaN stays one. */
COMPUTE_CPU_CLONES void
compute_cpu_store_bf16 (const float *in, guint16 *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      union
      {
        float value;
        guint32 bits;
      } u = { .value = in[i] };
      guint32 rounded = (u.bits + 0x7fffu + ((u.bits >> 16) & 1u)) >> 16;

      out[i] = (guint16) ((u.bits & 0x7fffffffu) > 0x7f800000u ? (u.bits >> 16) | 0x40u : rounded);
    }
}

const float *
compute_cpu_row (ComputeCpuProgram *self, const ComputeTensor *tensor, gsize row, float *scratch)
{
  gsize start = row * tensor->columns;

  if (!self->half[tensor->index])
    return (const float *) self->buffers[tensor->index] + start;
  compute_cpu_load_bf16 ((const guint16 *) self->buffers[tensor->index] + start, scratch, tensor->columns);
  return scratch;
}

void
compute_cpu_store_row (ComputeCpuProgram *self, const ComputeTensor *tensor, gsize row, const float *values)
{
  gsize start = row * tensor->columns;

  if (self->half[tensor->index])
    compute_cpu_store_bf16 (values, (guint16 *) self->buffers[tensor->index] + start, tensor->columns);
  else
    memmove ((float *) self->buffers[tensor->index] + start, values, tensor->columns * sizeof *values);
}

const float *
compute_cpu_vector (ComputeCpuProgram *self, const ComputeWeight *weight)
{
  gsize n = (gsize) weight->rows * weight->columns;
  float **slot = &self->vectors[weight->index];

  if (!*slot)
    {
      *slot = g_new (float, n);
      compute_weight_read (weight, 0, n, *slot);
    }
  return *slot;
}

static gint64
rows_in_use (const ComputeTensor *tensor, guint items)
{
  return (gint64) compute_cpu_items (tensor, items) * tensor->rows;
}

/* One patch as a row in (channel, row, column) order. */
static void
gather_patch (const guint8 *pixels, guint side, guint patch, guint x0, guint y0, const float scale[3], const float shift[3], float *out)
{
  for (guint c = 0; c < 3; c++)
    for (guint y = 0; y < patch; y++)
      {
        const guint8 *in = pixels + ((gsize) (y0 + y) * side + x0) * 3 + c;

        for (guint x = 0; x < patch; x++)
          *out++ = (in[3 * x] / 255.0f - shift[c]) / scale[c];
      }
}

void
compute_cpu_patches (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  guint side = op->patches.side, patch = op->patches.patch, grid = side / patch;
  const guint8 *pixels = self->buffers[op->input->index];
  gint64 rows = rows_in_use (op->output, items);

#pragma omp parallel
  {
    float *out = g_new (float, op->output->columns);

#pragma omp for
    for (gint64 row = 0; row < rows; row++)
      {
        gint64 item = row / (grid * grid);
        guint cell = row % (grid * grid);

        gather_patch (pixels + (gsize) item * side * side * 3, side, patch, cell % grid * patch, cell / grid * patch, op->patches.std, op->patches.mean, out);
        compute_cpu_store_row (self, op->output, row, out);
      }
    g_free (out);
  }
}

void
compute_cpu_embed (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  const ComputeWeight *table = op->embed.table;
  const gint32 *ids = self->buffers[op->input->index];
  gint64 rows = rows_in_use (op->output, items);
  g_autofree float *out = g_new (float, table->columns);

  for (gint64 row = 0; row < rows; row++)
    {
      gint32 id = CLAMP (ids[row], 0, (gint32) table->rows - 1);

      compute_weight_read (table, (gsize) id * table->columns, table->columns, out);
      compute_cpu_store_row (self, op->output, row, out);
    }
}

void
compute_cpu_sequence (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  const ComputeTensor *body = op->input, *output = op->output;
  const float *first = op->sequence.first ? compute_cpu_vector (self, op->sequence.first) : NULL;
  const float *last = op->sequence.last ? compute_cpu_vector (self, op->sequence.last) : NULL;
  const float *positions = op->sequence.positions ? compute_cpu_vector (self, op->sequence.positions) : NULL;
  gint64 rows = rows_in_use (output, items);
  guint columns = output->columns;

#pragma omp parallel
  {
    float *scratch = g_new (float, columns);
    float *sum = g_new (float, columns);

#pragma omp for
    for (gint64 row = 0; row < rows; row++)
      {
        guint at = row % output->rows;
        const float *in;

        if (first && at == 0)
          in = first;
        else if (last && at == output->rows - 1)
          in = last;
        else
          in = compute_cpu_row (self, body, row / output->rows * body->rows + at - (first != NULL), scratch);
        for (guint i = 0; i < columns; i++)
          sum[i] = in[i] + (positions ? positions[(gsize) at * columns + i] : 0);
        compute_cpu_store_row (self, output, row, sum);
      }
    g_free (scratch);
    g_free (sum);
  }
}

/* Two passes: the mean first, so that the variance of a row far from zero keeps its digits. */
COMPUTE_CPU_CLONES static void
normalise_row (const float *x, float *out, guint n, const float *gain, const float *bias, float epsilon)
{
  float sum = 0, squares = 0, mean, scale;

#pragma omp simd reduction(+ \
                           : sum)
  for (guint i = 0; i < n; i++)
    sum += x[i];
  mean = sum / n;
#pragma omp simd reduction(+ \
                           : squares)
  for (guint i = 0; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  scale = 1.0f / sqrtf (squares / n + epsilon);
  for (guint i = 0; i < n; i++)
    out[i] = (x[i] - mean) * scale * gain[i] + bias[i];
}

void
compute_cpu_layernorm (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  const float *gain = compute_cpu_vector (self, op->layernorm.gain), *bias = compute_cpu_vector (self, op->layernorm.bias);
  gint64 rows = rows_in_use (op->output, items);
  guint columns = op->output->columns;

#pragma omp parallel
  {
    float *scratch = g_new (float, columns);
    float *out = g_new (float, columns);

#pragma omp for
    for (gint64 row = 0; row < rows; row++)
      {
        normalise_row (compute_cpu_row (self, op->input, row, scratch), out, columns, gain, bias, op->layernorm.epsilon);
        compute_cpu_store_row (self, op->output, row, out);
      }
    g_free (scratch);
    g_free (out);
  }
}

void
compute_cpu_select (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  const gint32 *rows = op->select.rows ? self->buffers[op->select.rows->index] : NULL;
  guint count = compute_cpu_items (op->output, items);
  g_autofree float *scratch = g_new (float, op->input->columns);

  for (guint item = 0; item < count; item++)
    {
      gint64 row = rows ? (gint64) rows[op->select.rows->shared ? 0 : item] : (gint64) op->select.row;
      gsize start = op->input->shared ? 0 : (gsize) item * op->input->rows;

      row = CLAMP (row, 0, (gint64) op->input->rows - 1);
      compute_cpu_store_row (self, op->output, item, compute_cpu_row (self, op->input, start + row, scratch));
    }
}

void
compute_cpu_append (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  const ComputeInteger *integer = self->program->integers->pdata[op->append.position->index];
  gint64 room = (gint64) op->output->rows - op->input->rows;
  gsize position = CLAMP (integer->value, 0, room);
  guint count = compute_cpu_items (op->input, items);
  g_autofree float *scratch = g_new (float, op->input->columns);

  for (gsize item = 0; item < count; item++)
    for (gsize row = 0; row < op->input->rows; row++)
      compute_cpu_store_row (self, op->output, item * op->output->rows + position + row,
                             compute_cpu_row (self, op->input, item * op->input->rows + row, scratch));
}

void
compute_cpu_normalize (ComputeCpuProgram *self, const ComputeOp *op, guint items)
{
  gint64 rows = rows_in_use (op->output, items);
  guint columns = op->output->columns;
  g_autofree float *scratch = g_new (float, columns);
  g_autofree float *out = g_new (float, columns);

  for (gint64 row = 0; row < rows; row++)
    {
      const float *x = compute_cpu_row (self, op->input, row, scratch);
      double squares = 0;
      float length;

      for (guint i = 0; i < columns; i++)
        squares += (double) x[i] * x[i];
      length = MAX ((float) sqrt (squares), op->normalize.epsilon);
      for (guint i = 0; i < columns; i++)
        out[i] = x[i] / length;
      compute_cpu_store_row (self, op->output, row, out);
    }
}
