/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute.h"

#include <string.h>

static void
test_list (void)
{
  g_autoptr (GPtrArray) list = compute_device_list ();
  const ComputeDeviceInfo *last;

  g_assert_cmpuint (list->len, >=, 1);
  last = list->pdata[list->len - 1];
  g_assert_cmpstr (last->id, ==, "cpu");
  g_assert_cmpint (last->kind, ==, COMPUTE_DEVICE_CPU);
}

/* A processor that plays Vulkan is five times slower than the same processor by itself. */
static void
test_auto (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ComputeDevice) device = compute_device_open ("auto", &error);

  g_assert_no_error (error);
  g_assert_cmpint (compute_device_get_info (device)->kind, !=, COMPUTE_DEVICE_SOFTWARE_VULKAN);
}

static void
test_unknown (void)
{
  static const char *const specs[] = { "vulkan:99", "gpu", "cpu ", "vulkan:-1" };

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (compute_device_open (specs[i], &error));
      g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE);
      g_assert_nonnull (strstr (error->message, specs[i]));
      g_assert_nonnull (strstr (error->message, "cpu")); /* what there is */
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device/list", test_list);
  g_test_add_func ("/device/auto", test_auto);
  g_test_add_func ("/device/unknown", test_unknown);
  return g_test_run ();
}
