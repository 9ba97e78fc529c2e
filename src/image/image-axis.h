/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-worker.h"

G_BEGIN_DECLS

#define IMAGE_WEIGHT_BITS 22
#define IMAGE_WEIGHT_HALF (1 << (IMAGE_WEIGHT_BITS - 1))

/* Along one axis, output i is the sum over t < length[i] of weights[i * stride + t] * input[start[i] + t], in fixed
 * point with 22 bits behind the point.  start[i] and start[i] + length[i] never fall as i grows. */
typedef struct
{
  guint count;   /* outputs */
  guint stride;  /* weights an output, those behind length[i] are zero */
  guint longest; /* greatest length */
  guint first;   /* first input used by any output */
  guint end;     /* one behind the last input used */
  guint *start;
  guint *length;
  gint32 *weights;
} ImageAxis;

/**
 * image_axis_init:
 * @inputs: how many inputs there are
 * @extent: how many inputs the outputs span; less than @inputs by a fraction for reduced pictures
 * @outputs: how many outputs the whole axis has
 * @from, @count: the range of outputs wanted
 * @reversed: the inputs run against the axis: outputs then come in reverse order too
 *
 * Pillow's precompute_coeffs and normalize_coeffs_8bpc: support times scale (at least 1), window cut at the ends, weights
 * normalised in double and rounded half away from zero.
 *
 * Returns: FALSE with IMAGE_ERROR_OUT_OF_MEMORY
 */
gboolean image_axis_init (ImageAxis *axis,
                          ImageFilter filter,
                          guint inputs,
                          double extent,
                          guint outputs,
                          guint from,
                          guint count,
                          gboolean reversed,
                          GError **error);
void image_axis_clear (ImageAxis *axis);

G_END_DECLS
