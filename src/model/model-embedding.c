/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-embedding.h"

#include <math.h>

float
model_embedding_dot (const float *a, const float *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

gboolean
model_embedding_normalize (float *x, gsize n)
{
  double squares = 0;
  float length;

  for (gsize i = 0; i < n; i++)
    squares += (double) x[i] * x[i];
  length = sqrt (squares);
  if (!(length > 0) || !isfinite (length))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    x[i] /= length;
  return TRUE;
}

gboolean
model_embedding_similar_but (const float *image, const float *less, const float *more, float strength, gsize n, float *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] = image[i] + strength * ((more ? more[i] : 0) - (less ? less[i] : 0));
  return model_embedding_normalize (out, n);
}
