/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-axis.h"

G_BEGIN_DECLS

/* The inner loops of resizing, exact in 32-bit integers: all forms of them give the same bytes.  Rows of input and
 * output are readable and writable 64 bytes past their end. */
typedef struct
{
  const char *name;
  /* One RGB row along the axis: axis->count pixels to `out`; `expanded` and `stride` are of image_kernel_expand(). */
  void (*along) (const guint8 *row, const ImageAxis *axis, const gint32 *expanded, guint stride, guint8 *out);
  /* The weighted sum of `length` rows, `bytes` (a multiple of 32) bytes of each. */
  void (*across) (const guint8 *const *rows, const gint32 *weights, guint length, guint8 *out, gsize bytes);
  /* sums[i] += row[i] for `bytes` (a multiple of 16) bytes. */
  void (*add) (guint16 *sums, const guint8 *row, gsize bytes);
} ImageKernel;

/* The fastest form that this processor runs. */
const ImageKernel *image_kernel_get (void);

/* Plain C. */
extern const ImageKernel image_kernel_generic;

/* NULL if the processor lacks AVX2. */
const ImageKernel *image_kernel_get_avx2 (void);

/* The weights of an axis, each three times (R, G, B) and every output's padded with zeros to a multiple of 24.
 * Free with g_free(); NULL if there is no memory. */
gint32 *image_kernel_expand (const ImageAxis *axis, guint *stride);

G_END_DECLS
