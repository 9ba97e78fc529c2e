/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-kernel.h"

#include <string.h>

/* Sanitizers instrument the resolvers that pick a clone, which run before their runtime is up. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IMAGE_CLONES __attribute__ ((target_clones ("avx2", "default")))
#else
#define IMAGE_CLONES
#endif

#define LANES 8
#define TAPS 8 /* pixels in a block of 3 x 8 lanes */

typedef gint32 Lanes __attribute__ ((vector_size (LANES * 4)));
typedef guint8 Bytes __attribute__ ((vector_size (LANES)));

#define LOAD_BYTES(lanes, from)                       \
  G_STMT_START                                        \
  {                                                   \
    Bytes bytes_;                                     \
    memcpy (&bytes_, (from), sizeof bytes_);          \
    (lanes) = __builtin_convertvector(bytes_, Lanes); \
  }                                                   \
  G_STMT_END

#define LOAD_LANES(lanes, from) memcpy (&(lanes), (from), sizeof (Lanes))

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

IMAGE_CLONES void
image_kernel_along (const guint8 *row, const ImageAxis *axis, const gint32 *expanded, guint stride, guint8 *out)
{
  for (guint i = 0; i < axis->count; i++, out += 3, expanded += stride)
    {
      const guint8 *from = row + (gsize) axis->start[i] * 3;
      guint blocks = (axis->length[i] + TAPS - 1) / TAPS;
      const gint32 *w = expanded;
      Lanes a = { 0 }, b = { 0 }, c = { 0 };
      gint32 sums[3 * LANES];
      gint32 rgb[3] = { IMAGE_WEIGHT_HALF, IMAGE_WEIGHT_HALF, IMAGE_WEIGHT_HALF };

      for (guint n = 0; n < blocks; n++, from += 3 * LANES, w += 3 * LANES)
        {
          Lanes p, q, r, u, v, x;

          LOAD_BYTES (p, from);
          LOAD_BYTES (q, from + LANES);
          LOAD_BYTES (r, from + 2 * LANES);
          LOAD_LANES (u, w);
          LOAD_LANES (v, w + LANES);
          LOAD_LANES (x, w + 2 * LANES);
          a += p * u;
          b += q * v;
          c += r * x;
        }
      memcpy (sums, &a, sizeof a);
      memcpy (sums + LANES, &b, sizeof b);
      memcpy (sums + 2 * LANES, &c, sizeof c);
      for (guint t = 0; t < 3 * LANES; t += 3)
        {
          rgb[0] += sums[t];
          rgb[1] += sums[t + 1];
          rgb[2] += sums[t + 2];
        }
      out[0] = clip (rgb[0]);
      out[1] = clip (rgb[1]);
      out[2] = clip (rgb[2]);
    }
}

#define STORE_CLIPPED(to, lanes)                     \
  G_STMT_START                                       \
  {                                                  \
    Lanes value_ = (lanes) >> IMAGE_WEIGHT_BITS;     \
    Lanes over_ = value_ > 255;                      \
    Bytes bytes_;                                    \
    value_ &= value_ >= 0;                           \
    value_ = (value_ & ~over_) | (over_ & 255);      \
    bytes_ = __builtin_convertvector(value_, Bytes); \
    memcpy ((to), &bytes_, sizeof bytes_);           \
  }                                                  \
  G_STMT_END

IMAGE_CLONES void
image_kernel_across (const guint8 *const *rows, const gint32 *weights, guint length, guint8 *out, gsize bytes)
{
  for (gsize i = 0; i < bytes; i += 4 * LANES)
    {
      Lanes a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };

      a += IMAGE_WEIGHT_HALF;
      b += IMAGE_WEIGHT_HALF;
      c += IMAGE_WEIGHT_HALF;
      d += IMAGE_WEIGHT_HALF;
      for (guint t = 0; t < length; t++)
        {
          const guint8 *from = rows[t] + i;
          gint32 w = weights[t];
          Lanes p, q, r, s;

          LOAD_BYTES (p, from);
          LOAD_BYTES (q, from + LANES);
          LOAD_BYTES (r, from + 2 * LANES);
          LOAD_BYTES (s, from + 3 * LANES);
          a += p * w;
          b += q * w;
          c += r * w;
          d += s * w;
        }
      STORE_CLIPPED (out + i, a);
      STORE_CLIPPED (out + i + LANES, b);
      STORE_CLIPPED (out + i + 2 * LANES, c);
      STORE_CLIPPED (out + i + 3 * LANES, d);
    }
}

IMAGE_CLONES void
image_kernel_add (guint32 *sums, const guint8 *row, gsize bytes)
{
  for (gsize i = 0; i < bytes; i += LANES)
    {
      Lanes have, more;

      LOAD_LANES (have, sums + i);
      LOAD_BYTES (more, row + i);
      have += more;
      memcpy (sums + i, &have, sizeof have);
    }
}
