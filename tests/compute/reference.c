/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reference.h"

#include <math.h>

double
reference_activation (ComputeActivation activation, double x)
{
  switch (activation)
    {
    case COMPUTE_ACTIVATION_GELU:
      return 0.5 * x * (1.0 + erf (x / sqrt (2.0)));
    case COMPUTE_ACTIVATION_QUICK_GELU:
      return x / (1.0 + exp (-1.702 * x));
    default:
      return x;
    }
}

void
reference_matmul (const float *input, const float *matrix, const float *bias, const float *residual, ComputeActivation activation, gboolean transposed, guint rows, guint inputs, guint outputs, float *out)
{
  for (guint r = 0; r < rows; r++)
    for (guint n = 0; n < outputs; n++)
      {
        double sum = bias ? bias[n] : 0;

        for (guint k = 0; k < inputs; k++)
          sum += (double) input[r * inputs + k] * matrix[transposed ? k * outputs + n : n * inputs + k];
        out[r * outputs + n] = reference_activation (activation, sum) + (residual ? residual[r * outputs + n] : 0);
      }
}

void
reference_layernorm (const float *input, const float *gain, const float *bias, float epsilon, guint rows, guint columns, float *out)
{
  for (guint r = 0; r < rows; r++)
    {
      const float *x = input + (gsize) r * columns;
      double mean = 0, variance = 0;

      for (guint i = 0; i < columns; i++)
        mean += x[i] / (double) columns;
      for (guint i = 0; i < columns; i++)
        variance += (x[i] - mean) * (x[i] - mean) / columns;
      for (guint i = 0; i < columns; i++)
        out[(gsize) r * columns + i] = (x[i] - mean) / sqrt (variance + epsilon) * gain[i] + bias[i];
    }
}

void
reference_normalize (const float *input, float epsilon, guint rows, guint columns, float *out)
{
  for (guint r = 0; r < rows; r++)
    {
      double squares = 0;

      for (guint i = 0; i < columns; i++)
        squares += (double) input[r * columns + i] * input[r * columns + i];
      for (guint i = 0; i < columns; i++)
        out[r * columns + i] = input[r * columns + i] / MAX (sqrt (squares), epsilon);
    }
}

void
reference_patches (const guint8 *pixels, guint side, guint patch, const float mean[3], const float std[3], float *out)
{
  guint grid = side / patch;

  for (guint y = 0; y < grid; y++)
    for (guint x = 0; x < grid; x++)
      for (guint c = 0; c < 3; c++)
        for (guint v = 0; v < patch; v++)
          for (guint u = 0; u < patch; u++)
            *out++ = (pixels[((y * patch + v) * side + x * patch + u) * 3 + c] / 255.0 - mean[c]) / std[c];
}

static double
score (const ReferenceAttention *a, guint head, guint q, guint k)
{
  double sum = 0;

  for (guint d = 0; d < a->width; d++)
    sum += (double) a->query[q * a->query_stride + head * a->width + d] * a->key[k * a->key_stride + head * a->width + d];
  return sum / sqrt (a->width);
}

static gboolean
sees (const ReferenceAttention *a, guint q, guint k)
{
  return (!a->causal || (int) k <= (int) q + a->position) && (!a->visible || a->visible[k]);
}

void
reference_attention (const ReferenceAttention *a, float *out)
{
  for (guint head = 0; head < a->heads; head++)
    for (guint q = 0; q < a->queries; q++)
      {
        double most = -INFINITY, total = 0;

        for (guint k = 0; k < a->keys; k++)
          if (sees (a, q, k))
            most = MAX (most, score (a, head, q, k));
        for (guint k = 0; k < a->keys; k++)
          total += sees (a, q, k) ? exp (score (a, head, q, k) - most) : 0;
        for (guint d = 0; d < a->width; d++)
          {
            double sum = 0;

            for (guint k = 0; k < a->keys; k++)
              if (sees (a, q, k))
                sum += exp (score (a, head, q, k) - most) / total * a->value[k * a->value_stride + head * a->width + d];
            out[(q * a->heads + head) * a->width + d] = sum;
          }
      }
}
