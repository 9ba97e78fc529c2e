/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of devices and the check with a known answer.  What a program gives back passes through this file (the linker's
 * --wrap), so that a device that computes wrongly can be played. */
#include "compute.h"
#include "model.h"

#include <math.h>
#include <string.h>

void __real_compute_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items);
void __wrap_compute_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items);

typedef enum
{
  HONEST,
  ONE_WRONG,
  ALL_ZERO,
  NOT_A_NUMBER,
} Fault;

static Fault fault;

void
__wrap_compute_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items)
{
  gsize n = (gsize) items * compute_tensor_get_rows (output) * compute_tensor_get_columns (output);

  __real_compute_program_read (program, output, data, items);
  if (fault == ONE_WRONG)
    data[n / 2] += 0.05f;
  else if (fault == ALL_ZERO)
    memset (data, 0, n * sizeof *data);
  else if (fault == NOT_A_NUMBER)
    data[n - 1] = NAN;
}

static void
test_list (void)
{
  g_autoptr (GPtrArray) devices = model_device_list ();
  guint chosen = 0;

  g_assert_cmpuint (devices->len, >=, 1);
  for (guint i = 0; i < devices->len; i++)
    {
      const ModelDevice *device = devices->pdata[i];

      g_assert_true (device->id && *device->id && device->name && *device->name && device->driver);
      g_assert_false (device->software && device->chosen);
      chosen += device->chosen;
    }
  g_assert_cmpuint (chosen, ==, 1);
  g_assert_cmpstr (((ModelDevice *) devices->pdata[devices->len - 1])->id, ==, "cpu");
}

static void
test_check (void)
{
  g_autoptr (GPtrArray) devices = model_device_list ();

  for (guint i = 0; i < devices->len; i++)
    {
      const ModelDevice *device = devices->pdata[i];
      g_autoptr (GError) error = NULL;

      if (g_str_equal (device->id, "cpu") || device->software)
        g_assert_true (model_device_check (device->id, &error));
      g_assert_no_error (error);
    }
}

static void
test_wrong (void)
{
  for (fault = ONE_WRONG; fault <= NOT_A_NUMBER; fault++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (model_device_check ("cpu", &error));
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_FAILED);
    }
  fault = HONEST;
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (model_device_check ("vulkan:99", &error));
  g_assert_error (error, MODEL_ERROR, MODEL_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "vulkan:99"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/list", test_list);
  g_test_add_func ("/device/check", test_check);
  g_test_add_func ("/device/wrong", test_wrong);
  g_test_add_func ("/device/unknown", test_unknown);
  return g_test_run ();
}
