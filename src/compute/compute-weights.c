/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-private.h"

#include <math.h>
#include <string.h>

gsize
compute_type_size (ComputeType type)
{
  static const gsize sizes[] = { 4, 2, 2, 4, 1 };

  g_return_val_if_fail (type < G_N_ELEMENTS (sizes), 0);
  return sizes[type];
}

/* The digits are moved into place and the exponent's bias is made good by a product, which is exact, also for numbers below
 * 2^-14.  (_Float16 needs a newer clang.) */
static float
from_f16 (guint16 bits)
{
  guint32 wide = (guint32) (bits & 0x7fff) << 13;
  float value;

  memcpy (&value, &wide, sizeof value);
  value *= 0x1p112f;
  memcpy (&wide, &value, sizeof wide);
  if ((bits & 0x7c00) == 0x7c00)
    wide |= 0x7f800000;
  wide |= (guint32) (bits & 0x8000) << 16;
  memcpy (&value, &wide, sizeof value);
  return value;
}

static float
from_bf16 (guint16 bits)
{
  guint32 wide = (guint32) bits << 16;
  float value;

  memcpy (&value, &wide, sizeof value);
  return value;
}

void
compute_weight_read (const ComputeWeight *weight, gsize start, gsize n, float *out)
{
  const guint8 *data = g_bytes_get_data (weight->data, NULL);
  guint16 bits;

  data += start * compute_type_size (weight->type);
  switch (weight->type)
    {
    case COMPUTE_F32:
      memcpy (out, data, n * sizeof *out);
      break;
    case COMPUTE_F16:
      for (gsize i = 0; i < n; i++)
        {
          memcpy (&bits, data + 2 * i, 2);
          out[i] = from_f16 (bits);
        }
      break;
    case COMPUTE_BF16:
      for (gsize i = 0; i < n; i++)
        {
          memcpy (&bits, data + 2 * i, 2);
          out[i] = from_bf16 (bits);
        }
      break;
    default:
      g_assert_not_reached ();
    }
}

float
compute_weight_get (const ComputeWeight *weight, gsize i)
{
  float value;

  compute_weight_read (weight, i, 1, &value);
  return value;
}

/* f16 holds |x| <= 65504 and keeps full precision from 2^-14; a stray value that falls to zero does no harm, a
 * matrix of them does. */
static gboolean
is_wide (const ComputeWeight *weight)
{
  gsize n = (gsize) weight->rows * weight->columns, small = 0, nonzero = 0;
  float block[1024];

  for (gsize start = 0; start < n; start += G_N_ELEMENTS (block))
    {
      gsize count = MIN (n - start, G_N_ELEMENTS (block));

      compute_weight_read (weight, start, count, block);
      for (gsize i = 0; i < count; i++)
        {
          float size = fabsf (block[i]);

          if (!(size <= 65504.0f))
            return TRUE;
          nonzero += size > 0;
          small += size > 0 && size < 0x1p-20f;
        }
    }
  return weight->type != COMPUTE_F16 && small > nonzero / 8;
}

static void
weight_free (gpointer data)
{
  ComputeWeight *weight = data;

  g_free (weight->name);
  g_bytes_unref (weight->data);
  g_free (weight);
}

static ComputeWeight *
add (ComputeWeights *weights, ComputeWeightKind kind, const char *name, ComputeType type, guint rows, guint columns, GBytes *data)
{
  ComputeWeight *weight = g_new0 (ComputeWeight, 1);

  g_assert (type == COMPUTE_F32 || type == COMPUTE_F16 || type == COMPUTE_BF16);
  g_assert (rows > 0 && columns > 0);
  g_assert (g_bytes_get_size (data) == (gsize) rows * columns * compute_type_size (type));
  weight->name = g_strdup (name);
  weight->kind = kind;
  weight->type = type;
  weight->rows = rows;
  weight->columns = columns;
  weight->data = g_bytes_ref (data);
  /* Only Vulkan stores f16; the processor is spared the scan. */
  weight->wide = kind != COMPUTE_WEIGHT_VECTOR && weights->device->info->kind != COMPUTE_DEVICE_CPU && is_wide (weight);
  g_mutex_lock (&weights->lock);
  weight->index = weights->list->len;
  g_ptr_array_add (weights->list, weight);
  g_mutex_unlock (&weights->lock);
  return weight;
}

ComputeWeight *
compute_weights_add_matrix (ComputeWeights *weights,
                            const char *name,
                            ComputeType type,
                            guint outputs,
                            guint inputs,
                            gboolean transposed,
                            GBytes *data)
{
  ComputeWeight *weight;

  g_return_val_if_fail (weights && data, NULL);
  weight = add (weights, COMPUTE_WEIGHT_MATRIX, name, type, outputs, inputs, data);
  weight->transposed = transposed;
  return weight;
}

ComputeWeight *
compute_weights_add_table (ComputeWeights *weights, const char *name, ComputeType type, guint rows, guint columns, GBytes *data)
{
  g_return_val_if_fail (weights && data, NULL);
  return add (weights, COMPUTE_WEIGHT_TABLE, name, type, rows, columns, data);
}

ComputeWeight *
compute_weights_add_vector (ComputeWeights *weights, const char *name, ComputeType type, guint length, GBytes *data)
{
  g_return_val_if_fail (weights && data, NULL);
  return add (weights, COMPUTE_WEIGHT_VECTOR, name, type, 1, length, data);
}

ComputeWeights *
compute_weights_new (ComputeDevice *device, ComputePrecision precision)
{
  ComputeWeights *weights;

  g_return_val_if_fail (device, NULL);
  weights = g_new0 (ComputeWeights, 1);
  g_atomic_ref_count_init (&weights->ref_count);
  weights->device = compute_device_ref (device);
  weights->precision = precision;
  weights->list = g_ptr_array_new_with_free_func (weight_free);
  g_mutex_init (&weights->lock);
  return weights;
}

ComputeWeights *
compute_weights_ref (ComputeWeights *weights)
{
  g_atomic_ref_count_inc (&weights->ref_count);
  return weights;
}

void
compute_weights_unref (ComputeWeights *weights)
{
  if (!g_atomic_ref_count_dec (&weights->ref_count))
    return;
  if (weights->backend_state)
    weights->device->backend->weights_free (weights->backend_state);
  g_ptr_array_unref (weights->list);
  g_mutex_clear (&weights->lock);
  compute_device_unref (weights->device);
  g_free (weights);
}

ComputeDevice *
compute_weights_get_device (ComputeWeights *weights)
{
  return weights->device;
}

ComputePrecision
compute_weights_get_precision (ComputeWeights *weights)
{
  return weights->precision;
}
