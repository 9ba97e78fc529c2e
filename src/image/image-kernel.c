/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-kernel.h"

#define TAPS 8   /* pixels in a block of expanded weights */
#define CHUNK 32 /* bytes summed at a time, so that the sums stay in registers */

static inline guint8
clip (gint32 sum)
{
  gint32 value = sum >> IMAGE_WEIGHT_BITS;

  return (guint8) CLAMP (value, 0, 255);
}

gint32 *
image_kernel_expand (const ImageAxis *axis, guint *stride)
{
  guint blocks = (axis->longest + TAPS - 1) / TAPS;
  gsize per_output = (gsize) blocks * TAPS * 3;
  gint32 *expanded = g_try_malloc0_n (axis->count, per_output * sizeof (gint32));

  *stride = (guint) per_output;
  if (expanded == NULL)
    return NULL;
  for (guint i = 0; i < axis->count; i++)
    for (guint t = 0; t < axis->length[i]; t++)
      for (guint c = 0; c < 3; c++)
        expanded[i * per_output + t * 3 + c] = axis->weights[(gsize) i * axis->stride + t];
  return expanded;
}

static void
along (const guint8 *row, const ImageAxis *axis, const gint32 *expanded, guint stride, guint8 *out)
{
  for (guint i = 0; i < axis->count; i++, out += 3)
    {
      const guint8 *from = row + (gsize) axis->start[i] * 3;
      const gint32 *weights = axis->weights + (gsize) i * axis->stride;
      gint32 r = IMAGE_WEIGHT_HALF, g = IMAGE_WEIGHT_HALF, b = IMAGE_WEIGHT_HALF;

      for (guint t = 0; t < axis->length[i]; t++, from += 3)
        {
          r += from[0] * weights[t];
          g += from[1] * weights[t];
          b += from[2] * weights[t];
        }
      out[0] = clip (r);
      out[1] = clip (g);
      out[2] = clip (b);
    }
}

static void
across (const guint8 *const *rows, const gint32 *weights, guint length, guint8 *out, gsize bytes)
{
  for (gsize i = 0; i < bytes; i += CHUNK)
    {
      gint32 sums[CHUNK];

      for (guint k = 0; k < CHUNK; k++)
        sums[k] = IMAGE_WEIGHT_HALF;
      for (guint t = 0; t < length; t++)
        for (guint k = 0; k < CHUNK; k++)
          sums[k] += rows[t][i + k] * weights[t];
      for (guint k = 0; k < CHUNK; k++)
        out[i + k] = clip (sums[k]);
    }
}

static void
add (guint16 *sums, const guint8 *row, gsize bytes)
{
  for (gsize i = 0; i < bytes; i++)
    sums[i] = (guint16) (sums[i] + row[i]);
}

const ImageKernel image_kernel_generic = { "generic", along, across, add };

const ImageKernel *
image_kernel_get (void)
{
  const ImageKernel *best = image_kernel_get_avx2 ();

  return best != NULL ? best : &image_kernel_generic;
}
