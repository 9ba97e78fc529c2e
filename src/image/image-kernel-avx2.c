/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-kernel.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__ ((target ("avx2")))

AVX2 static inline __m256i
load8 (const guint8 *from)
{
  return _mm256_cvtepu8_epi32 (_mm_loadl_epi64 ((const __m128i *) from));
}

AVX2 static inline __m256i
multiply_add (__m256i sum, __m256i a, __m256i b)
{
  return _mm256_add_epi32 (sum, _mm256_mullo_epi32 (a, b));
}

AVX2 static inline __m128i
halves (__m256i a, int high_a, __m256i b, int high_b)
{
  return _mm_add_epi32 (high_a ? _mm256_extracti128_si256 (a, 1) : _mm256_castsi256_si128 (a),
                        high_b ? _mm256_extracti128_si256 (b, 1) : _mm256_castsi256_si128 (b));
}

/* 24 sums whose channels go R G B R G B … through a, b and c, into one R, G, B. */
AVX2 static inline __m128i
gather (__m256i a, __m256i b, __m256i c)
{
  __m128i x = halves (a, 0, b, 1);                                  /* R G B R */
  __m128i y = halves (a, 1, c, 0);                                  /* G B R G */
  __m128i z = halves (b, 0, c, 1);                                  /* B R G B */
  __m128i last = _mm_unpackhi_epi64 (_mm_unpackhi_epi32 (x, y), z); /* R(x3) G(y3) G(z2) B(z3) */

  last = _mm_shuffle_epi32 (last, _MM_SHUFFLE (3, 3, 1, 0));
  x = _mm_add_epi32 (x, last);
  x = _mm_add_epi32 (x, _mm_shuffle_epi32 (y, _MM_SHUFFLE (3, 1, 0, 2)));
  return _mm_add_epi32 (x, _mm_shuffle_epi32 (z, _MM_SHUFFLE (3, 0, 2, 1)));
}

AVX2 static void
along (const guint8 *row, const ImageAxis *axis, const gint32 *expanded, guint stride, guint8 *out)
{
  const __m128i half = _mm_set1_epi32 (IMAGE_WEIGHT_HALF);

  for (guint i = 0; i < axis->count; i++, out += 3, expanded += stride)
    {
      const guint8 *from = row + (gsize) axis->start[i] * 3;
      const gint32 *end = expanded + (axis->length[i] + 7) / 8 * 24;
      __m256i a = _mm256_setzero_si256 (), b = a, c = a;
      __m128i rgb;
      int packed;

      for (const gint32 *w = expanded; w < end; w += 24, from += 24)
        {
          a = multiply_add (a, load8 (from), _mm256_loadu_si256 ((const __m256i *) w));
          b = multiply_add (b, load8 (from + 8), _mm256_loadu_si256 ((const __m256i *) (w + 8)));
          c = multiply_add (c, load8 (from + 16), _mm256_loadu_si256 ((const __m256i *) (w + 16)));
        }
      rgb = _mm_srai_epi32 (_mm_add_epi32 (gather (a, b, c), half), IMAGE_WEIGHT_BITS);
      rgb = _mm_packus_epi32 (rgb, rgb);
      packed = _mm_cvtsi128_si32 (_mm_packus_epi16 (rgb, rgb));
      memcpy (out, &packed, 4); /* the fourth byte is the next pixel's, or padding */
    }
}

AVX2 static void
across (const guint8 *const *rows, const gint32 *weights, guint length, guint8 *out, gsize bytes)
{
  const __m256i order = _mm256_setr_epi32 (0, 4, 1, 5, 2, 6, 3, 7);

  for (gsize i = 0; i < bytes; i += 32)
    {
      __m256i a = _mm256_set1_epi32 (IMAGE_WEIGHT_HALF), b = a, c = a, d = a;

      for (guint t = 0; t < length; t++)
        {
          const guint8 *from = rows[t] + i;
          __m256i w = _mm256_set1_epi32 (weights[t]);

          a = multiply_add (a, load8 (from), w);
          b = multiply_add (b, load8 (from + 8), w);
          c = multiply_add (c, load8 (from + 16), w);
          d = multiply_add (d, load8 (from + 24), w);
        }
      a = _mm256_packus_epi32 (_mm256_srai_epi32 (a, IMAGE_WEIGHT_BITS), _mm256_srai_epi32 (b, IMAGE_WEIGHT_BITS));
      c = _mm256_packus_epi32 (_mm256_srai_epi32 (c, IMAGE_WEIGHT_BITS), _mm256_srai_epi32 (d, IMAGE_WEIGHT_BITS));
      /* Packing works within each half: put the groups of four bytes back in order. */
      a = _mm256_permutevar8x32_epi32 (_mm256_packus_epi16 (a, c), order);
      _mm256_storeu_si256 ((__m256i *) (out + i), a);
    }
}

AVX2 static void
add (guint16 *sums, const guint8 *row, gsize bytes)
{
  for (gsize i = 0; i < bytes; i += 16)
    {
      __m256i *to = (__m256i *) (sums + i);
      __m256i bytes16 = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) (row + i)));

      _mm256_storeu_si256 (to, _mm256_add_epi16 (_mm256_loadu_si256 (to), bytes16));
    }
}

const ImageKernel *
image_kernel_get_avx2 (void)
{
  static const ImageKernel kernel = { "avx2", along, across, add };

  return __builtin_cpu_supports ("avx2") ? &kernel : NULL;
}

#else

const ImageKernel *
image_kernel_get_avx2 (void)
{
  return NULL;
}

#endif
