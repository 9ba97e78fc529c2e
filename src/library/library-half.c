/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-half.h"

#include <string.h>

static guint16
from_float (float value)
{
  guint32 bits, sign, rest, half;
  gint32 exponent;

  memcpy (&bits, &value, sizeof bits);
  sign = (bits >> 16) & 0x8000u;
  exponent = (gint32) ((bits >> 23) & 0xff) - 127 + 15;
  rest = bits & 0x7fffffu;
  if (exponent >= 31 && ((bits >> 23) & 0xff) == 0xff && rest != 0)
    return (guint16) (sign | 0x7e00u);
  if (exponent >= 31)
    return (guint16) (sign | 0x7c00u);
  if (exponent <= 0)
    {
      guint32 shift = (guint32) (14 - exponent);

      if (shift > 24)
        return (guint16) sign;
      rest |= 0x800000u;
      half = rest >> shift;
      rest &= (1u << shift) - 1;
      half += rest > 1u << (shift - 1) || (rest == 1u << (shift - 1) && (half & 1));
      return (guint16) (sign | half);
    }
  half = ((guint32) exponent << 10) | (rest >> 13);
  rest &= 0x1fffu;
  half += rest > 0x1000u || (rest == 0x1000u && (half & 1));
  return (guint16) (sign | half);
}

static inline float
to_float (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000u) << 16;
  guint32 exponent = (half >> 10) & 0x1fu;
  guint32 rest = half & 0x3ffu;
  guint32 bits;
  float value;

  if (exponent == 0)
    {
      /* rest x 2^-24: exact in f32 */
      value = (float) rest * 0x1p-24f;
      return sign != 0 ? -value : value;
    }
  bits = sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | (rest << 13);
  memcpy (&value, &bits, sizeof value);
  return value;
}

void
library_half_from_floats (const float *from, guint16 *to, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] = GUINT16_TO_LE (from_float (from[i]));
}

void
library_half_to_floats (const guint16 *from, float *to, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint16 half;

      memcpy (&half, (const guint8 *) from + i * sizeof half, sizeof half);
      to[i] = to_float (GUINT16_FROM_LE (half));
    }
}

void
library_half_dot_rows_generic (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores)
{
  for (gsize r = 0; r < count; r++)
    {
      const guint8 *row = (const guint8 *) rows + r * dim * sizeof (guint16);
      float sum = 0;

      for (gsize i = 0; i < dim; i++)
        {
          guint16 half;

          memcpy (&half, row + i * sizeof half, sizeof half);
          sum += to_float (GUINT16_FROM_LE (half)) * query[i];
        }
      scores[r] = sum;
    }
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#include <immintrin.h>

#define F16C __attribute__ ((target ("avx2,fma,f16c")))

F16C static inline __m256
load (const guint16 *from)
{
  return _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (const void *) from));
}

F16C static float
total (__m256 sum)
{
  __m128 half = _mm_add_ps (_mm256_castps256_ps128 (sum), _mm256_extractf128_ps (sum, 1));

  half = _mm_add_ps (half, _mm_movehl_ps (half, half));
  return _mm_cvtss_f32 (_mm_add_ss (half, _mm_movehdup_ps (half)));
}

/* Two sums hide the latency of multiply-add; memory is the limit with more. */
F16C static void
dot_rows_f16c (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores)
{
  gsize even = dim & ~(gsize) 15;

  for (gsize r = 0; r < count; r++)
    {
      const guint16 *row = rows + r * dim;
      __m256 a = _mm256_setzero_ps ();
      __m256 b = _mm256_setzero_ps ();

      for (gsize i = 0; i < even; i += 16)
        {
          a = _mm256_fmadd_ps (load (row + i), _mm256_loadu_ps (query + i), a);
          b = _mm256_fmadd_ps (load (row + i + 8), _mm256_loadu_ps (query + i + 8), b);
        }
      scores[r] = total (_mm256_add_ps (a, b));
      for (gsize i = even; i < dim; i++)
        {
          guint16 half; /* rows may lie at any byte */

          memcpy (&half, row + i, sizeof half);
          scores[r] += to_float (half) * query[i];
        }
    }
}

static gboolean
have_f16c (void)
{
  /* All processors with AVX2 and FMA have F16C. */
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
}

void
library_half_dot_rows (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores)
{
  if (have_f16c ())
    dot_rows_f16c (rows, count, dim, query, scores);
  else
    library_half_dot_rows_generic (rows, count, dim, query, scores);
}

#else

void
library_half_dot_rows (const guint16 *rows, gsize count, gsize dim, const float *query, float *scores)
{
  library_half_dot_rows_generic (rows, count, dim, query, scores);
}

#endif
