/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-axis.h"

#include <math.h>

static double
bicubic (double x)
{
  const double a = -0.5;

  x = fabs (x);
  if (x < 1.0)
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

static double
bilinear (double x)
{
  x = fabs (x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

static gint32
to_fixed (double weight)
{
  double scaled = weight * (1 << IMAGE_WEIGHT_BITS);

  return (gint32) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* Weights of upright output `index`, into scratch (normalised) and *start; returns how many. */
static guint
weigh (ImageFilter filter, guint inputs, double scale, guint index, double *scratch, guint *start)
{
  double (*function) (double) = filter == IMAGE_FILTER_BILINEAR ? bilinear : bicubic;
  double stretch = MAX (scale, 1.0);
  double support = (filter == IMAGE_FILTER_BILINEAR ? 1.0 : 2.0) * stretch;
  double centre = (index + 0.5) * scale;
  double inverse = 1.0 / stretch;
  double sum = 0.0;
  gint64 low = (gint64) (centre - support + 0.5);
  gint64 high = (gint64) (centre + support + 0.5);

  low = CLAMP (low, 0, (gint64) inputs - 1);
  high = CLAMP (high, low + 1, (gint64) inputs);
  for (gint64 i = low; i < high; i++)
    {
      double w = function ((i - centre + 0.5) * inverse);

      scratch[i - low] = w;
      sum += w;
    }
  if (sum != 0.0)
    for (gint64 i = 0; i < high - low; i++)
      scratch[i] /= sum;
  *start = (guint) low;
  return (guint) (high - low);
}

static void
store (ImageAxis *axis, guint slot, guint start, guint length, const double *scratch, guint inputs, gboolean reversed)
{
  gint32 *out = axis->weights + (gsize) slot * axis->stride;

  axis->start[slot] = reversed ? inputs - start - length : start;
  axis->length[slot] = length;
  axis->longest = MAX (axis->longest, length);
  for (guint t = 0; t < length; t++)
    out[t] = to_fixed (scratch[reversed ? length - 1 - t : t]);
}

gboolean
image_axis_init (ImageAxis *axis,
                 ImageFilter filter,
                 guint inputs,
                 double extent,
                 guint outputs,
                 guint from,
                 guint count,
                 gboolean reversed,
                 GError **error)
{
  double scale = extent / outputs;
  gsize most = (gsize) ceil (2.0 * MAX (scale, 1.0)) * 2 + 1;
  g_autofree double *scratch = NULL;

  g_assert (inputs > 0 && outputs > 0 && count > 0 && from < outputs && count <= outputs - from);
  g_assert (extent > 0 && extent <= inputs);

  *axis = (ImageAxis){ .count = count };
  most = (MIN (most, (gsize) inputs) + 7) / 8 * 8;
  axis->stride = (guint) most;
  scratch = g_try_new (double, most);
  axis->start = g_try_new (guint, count);
  axis->length = g_try_new (guint, count);
  axis->weights = g_try_malloc0_n (count, most * sizeof (gint32));
  if (scratch == NULL || axis->start == NULL || axis->length == NULL || axis->weights == NULL)
    {
      image_axis_clear (axis);
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory to resize the picture");
      return FALSE;
    }
  for (guint i = 0; i < count; i++)
    {
      guint start;
      guint length = weigh (filter, inputs, scale, from + i, scratch, &start);

      store (axis, reversed ? count - 1 - i : i, start, length, scratch, inputs, reversed);
    }
  axis->first = axis->start[0];
  axis->end = axis->start[count - 1] + axis->length[count - 1];
  return TRUE;
}

void
image_axis_clear (ImageAxis *axis)
{
  g_clear_pointer (&axis->start, g_free);
  g_clear_pointer (&axis->length, g_free);
  g_clear_pointer (&axis->weights, g_free);
}
