/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-line.h"

#include <math.h>

/* Scores of one library that differ less than this are alike, however small their spread. */
#define LEAST_DEVIATION 0.005f

float
library_line_select (float *values, gsize n, gsize k)
{
  gsize low = 0;
  gsize high = n;

  g_assert (k < n);
  /* Hoare's quickselect: [low, high) holds the k-th.  The pivot is never the last of more than one, so both parts shrink. */
  while (high - low > 1)
    {
      float pivot = values[low + (high - low - 1) / 2];
      gsize i = low;
      gsize j = high;

      for (;;)
        {
          float held;

          while (values[i] < pivot)
            i++;
          while (pivot < values[--j])
            ;
          if (i >= j)
            break;
          held = values[i];
          values[i++] = values[j];
          values[j] = held;
        }
      if (k <= j)
        high = j + 1;
      else
        low = j + 1;
    }
  return values[k];
}

float
library_line_find (float *scores, gsize n)
{
  float best = -INFINITY;
  float middle, deviation, line;

  if (n < LIBRARY_LINE_LEAST)
    return INFINITY;
  for (gsize i = 0; i < n; i++)
    best = MAX (best, scores[i]);
  middle = library_line_select (scores, n, n / 2);
  for (gsize i = 0; i < n; i++)
    scores[i] = fabsf (scores[i] - middle);
  deviation = MAX (1.4826f * library_line_select (scores, n, n / 2), LEAST_DEVIATION);
  line = middle + deviation * MAX (3.0f, sqrtf (2 * logf ((float) n)));
  line = MAX (line, middle + (best - middle) / 2);
  return best >= line ? line : INFINITY;
}
