/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-device.h"

#include "compute.h"
#include "model-error.h"

#include <math.h>

void
model_device_free (ModelDevice *device)
{
  if (!device)
    return;
  g_free (device->id);
  g_free (device->name);
  g_free (device->driver);
  g_free (device);
}

GPtrArray *
model_device_list (void)
{
  g_autoptr (GPtrArray) list = compute_device_list ();
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) model_device_free);
  gboolean chosen = FALSE;

  for (guint i = 0; i < list->len; i++)
    {
      const ComputeDeviceInfo *info = list->pdata[i];
      ModelDevice *device = g_new0 (ModelDevice, 1);

      device->id = g_strdup (info->id);
      device->name = g_strdup (info->name);
      device->driver = g_strdup (info->driver);
      device->software = info->kind == COMPUTE_DEVICE_SOFTWARE_VULKAN;
      device->chosen = !chosen && !device->software;
      chosen |= device->chosen;
      g_ptr_array_add (devices, device);
    }
  return devices;
}

/* The check: 3 rows of 64 numbers through a product with a GELU, attention over themselves and a norm.  Small whole
 * multiples of 1/8 keep every step far from rounding, so any device comes within 1 % of the plain loops below. */
#define ROWS 3
#define WIDTH 64

static float
pattern (guint i, guint step)
{
  return ((gint) (i * step % 17) - 8) / 32.0f;
}

static double
gelu (double x)
{
  return 0.5 * x * (1.0 + erf (x / sqrt (2.0)));
}

static void
expect (double hidden[ROWS][WIDTH], float *out)
{
  for (guint q = 0; q < ROWS; q++)
    {
      double scores[ROWS], sum = 0;

      for (guint k = 0; k < ROWS; k++)
        {
          scores[k] = 0;
          for (guint d = 0; d < WIDTH; d++)
            scores[k] += hidden[q][d] * hidden[k][d];
          sum += scores[k] = exp (scores[k] / sqrt (WIDTH));
        }
      for (guint d = 0; d < WIDTH; d++)
        {
          double value = 0;

          for (guint k = 0; k < ROWS; k++)
            value += scores[k] / sum * hidden[k][d];
          out[q * WIDTH + d] = value;
        }
    }
}

static void
compute_expected (const float *input, const float *matrix, float *out)
{
  double hidden[ROWS][WIDTH];

  for (guint r = 0; r < ROWS; r++)
    for (guint n = 0; n < WIDTH; n++)
      {
        double sum = 0;

        for (guint k = 0; k < WIDTH; k++)
          sum += (double) input[r * WIDTH + k] * matrix[n * WIDTH + k];
        hidden[r][n] = gelu (sum);
      }
  expect (hidden, out);
  for (guint r = 0; r < ROWS; r++)
    {
      double squares = 0;

      for (guint d = 0; d < WIDTH; d++)
        squares += (double) out[r * WIDTH + d] * out[r * WIDTH + d];
      for (guint d = 0; d < WIDTH; d++)
        out[r * WIDTH + d] /= sqrt (squares);
    }
}

static gboolean
run (ComputeDevice *device, const float *input, const float *matrix, float *out, GError **error)
{
  g_autoptr (ComputeWeights) weights = compute_weights_new (device, COMPUTE_PRECISION_EXACT);
  g_autoptr (GBytes) bytes = g_bytes_new (matrix, WIDTH * WIDTH * sizeof *matrix);
  ComputeWeight *weight = compute_weights_add_matrix (weights, "check", COMPUTE_F32, WIDTH, WIDTH, FALSE, bytes);
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "device check", 1);
  ComputeTensor *x = compute_program_input (program, "input", COMPUTE_F32, ROWS, WIDTH), *y;

  y = compute_op_matmul (program, x, &(ComputeMatmul){ .matrix = weight, .activation = COMPUTE_ACTIVATION_GELU });
  y = compute_op_attention (program, &(ComputeAttention){ .query = { y, 0 }, .key = { y, 0 }, .value = { y, 0 }, .heads = 1, .head_width = WIDTH });
  y = compute_op_normalize (program, y, 1e-12f);
  compute_program_output (program, y);
  if (!compute_program_prepare (program, error))
    return FALSE;
  compute_program_write (program, x, input, 1);
  if (!compute_program_run (program, 1, error))
    return FALSE;
  compute_program_read (program, y, out, 1);
  return TRUE;
}

static gboolean
answers_rightly (ComputeDevice *device, GError **error)
{
  float input[ROWS * WIDTH], matrix[WIDTH * WIDTH], expected[ROWS * WIDTH], got[ROWS * WIDTH];

  for (guint i = 0; i < ROWS * WIDTH; i++)
    input[i] = 4 * pattern (i, 5);
  for (guint i = 0; i < WIDTH * WIDTH; i++)
    matrix[i] = pattern (i, 7);
  compute_expected (input, matrix, expected);
  if (!run (device, input, matrix, got, error))
    return FALSE;
  for (guint i = 0; i < ROWS * WIDTH; i++)
    if (!(fabsf (got[i] - expected[i]) <= 0.01f))
      {
        g_set_error (error, MODEL_ERROR, MODEL_ERROR_FAILED, "%s computes wrongly (%g where %g is right): choose another device", compute_device_get_info (device)->name, got[i], expected[i]);
        return FALSE;
      }
  return TRUE;
}

gboolean
model_device_check (const char *id, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (ComputeDevice) device = compute_device_open (id, &reason);

  if (device && answers_rightly (device, &reason))
    return TRUE;
  g_set_error_literal (error, MODEL_ERROR, MODEL_ERROR_FAILED, reason->message);
  return FALSE;
}
