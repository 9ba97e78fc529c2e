/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

static ComputeDevice *device;
static ComputePrecision precision;

static void
close_device (void)
{
  g_clear_pointer (&device, compute_device_unref);
}

void
harness_init (int *argc, char ***argv)
{
  const char *spec = g_getenv ("EIDETIC_TEST_DEVICE"), *wanted = g_getenv ("EIDETIC_TEST_PRECISION");
  g_autoptr (GError) error = NULL;

  g_test_init (argc, argv, NULL);
  precision = g_strcmp0 (wanted, "fast") ? COMPUTE_PRECISION_EXACT : COMPUTE_PRECISION_FAST;
  device = compute_device_open (spec ? spec : "cpu", &error);
  if (g_error_matches (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE))
    exit (SKIPPED);
  g_assert_no_error (error);
  atexit (close_device);
}

ComputeWeights *
harness_weights (void)
{
  return compute_weights_new (device, precision);
}

gboolean
harness_is_exact_cpu (void)
{
  return compute_device_get_info (device)->kind == COMPUTE_DEVICE_CPU && precision == COMPUTE_PRECISION_EXACT;
}

float *
harness_random (guint seed, gsize n, float spread)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = spread * (float) (g_rand_double_range (rand, -1, 1) + g_rand_double_range (rand, -1, 1) + g_rand_double_range (rand, -1, 1));
  return values;
}

static guint16
to_bf16 (float value)
{
  guint32 bits;

  memcpy (&bits, &value, 4);
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

static GBytes *
store (ComputeType type, float *values, gsize n)
{
  g_autofree guint16 *half = g_new (guint16, n);

  if (type == COMPUTE_F32)
    return g_bytes_new (values, n * sizeof *values);
  for (gsize i = 0; i < n; i++)
    if (type == COMPUTE_F16)
      {
        _Float16 rounded = values[i];

        memcpy (&half[i], &rounded, 2);
        values[i] = rounded;
      }
    else
      {
        guint32 bits = (guint32) (half[i] = to_bf16 (values[i])) << 16;

        memcpy (&values[i], &bits, 4);
      }
  return g_bytes_new (half, n * sizeof *half);
}

ComputeWeight *
harness_matrix (ComputeWeights *weights, ComputeType type, guint outputs, guint inputs, gboolean transposed, float *values)
{
  g_autoptr (GBytes) bytes = store (type, values, (gsize) outputs * inputs);

  return compute_weights_add_matrix (weights, "matrix", type, outputs, inputs, transposed, bytes);
}

ComputeWeight *
harness_table (ComputeWeights *weights, ComputeType type, guint rows, guint columns, float *values)
{
  g_autoptr (GBytes) bytes = store (type, values, (gsize) rows * columns);

  return compute_weights_add_table (weights, "table", type, rows, columns, bytes);
}

ComputeWeight *
harness_vector (ComputeWeights *weights, guint length, const float *values)
{
  g_autoptr (GBytes) bytes = g_bytes_new (values, length * sizeof *values);

  return compute_weights_add_vector (weights, "vector", COMPUTE_F32, length, bytes);
}

double
harness_distance (const float *got, const float *expected, gsize n)
{
  double difference = 0, size = 1e-30;

  for (gsize i = 0; i < n; i++)
    {
      difference += ((double) got[i] - expected[i]) * ((double) got[i] - expected[i]);
      size += (double) expected[i] * expected[i];
    }
  return sqrt (difference / size);
}

/* f32: sums in another order.  f16 storage: 11 bits, each of inputs, weights and results rounded once (3e-4 each).
 * bf16: 8 bits (2e-3 each).  A GELU of the other kind is 1e-2 away. */
double
harness_bound (void)
{
  if (harness_is_exact_cpu ())
    return 3e-6;
  return compute_device_get_info (device)->kind == COMPUTE_DEVICE_CPU ? 6e-3 : 1.2e-3;
}

void
harness_check (const float *got, const float *expected, gsize n, const char *what)
{
  double distance = harness_distance (got, expected, n);

  if (!(distance <= harness_bound ()))
    g_error ("%s: distance %g, at most %g is right", what, distance, harness_bound ());
}

float *
harness_run (ComputeProgram *program, ComputeTensor *output, guint items)
{
  g_autoptr (GError) error = NULL;
  float *out = g_new (float, (gsize) items *compute_tensor_get_rows (output) * compute_tensor_get_columns (output));

  compute_program_run (program, items, &error);
  g_assert_no_error (error);
  compute_program_read (program, output, out, items);
  return out;
}
