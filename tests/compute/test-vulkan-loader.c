/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said and done where Vulkan is missing or asked for too much. */
#include "compute.h"

static void
test_no_loader (void)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("EIDETIC_VULKAN_LIBRARY", "/nowhere/libvulkan.so.1", TRUE);
  list = compute_device_list ();
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpint (((ComputeDeviceInfo *) list->pdata[0])->kind, ==, COMPUTE_DEVICE_CPU);
  g_assert_null (compute_device_open ("vulkan:0", &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE);
  g_unsetenv ("EIDETIC_VULKAN_LIBRARY");
}

/* A library that loads but is no loader. */
static void
test_wrong_library (void)
{
  g_autoptr (GPtrArray) list = NULL;

  g_setenv ("EIDETIC_VULKAN_LIBRARY", "libm.so.6", TRUE);
  list = compute_device_list ();
  g_assert_cmpuint (list->len, ==, 1);
  g_unsetenv ("EIDETIC_VULKAN_LIBRARY");
}

static gboolean
has_vulkan (void)
{
  g_autoptr (GPtrArray) list = compute_device_list ();

  return list->len > 1;
}

static void
test_wrong_variant (void)
{
  g_autoptr (GError) error = NULL;

  if (!has_vulkan ())
    {
      g_test_skip ("no Vulkan device");
      return;
    }
  g_setenv ("EIDETIC_VULKAN_VARIANT", "abacus", TRUE);
  g_assert_null (compute_device_open ("vulkan:0", &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "abacus"));
  g_assert_nonnull (strstr (error->message, "lane"));
  g_unsetenv ("EIDETIC_VULKAN_VARIANT");
}

static void
test_no_such_device (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (compute_device_open ("vulkan:77", &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE);
  g_assert_nonnull (strstr (error->message, "vulkan:77"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compute/vulkan/no-loader", test_no_loader);
  g_test_add_func ("/compute/vulkan/wrong-library", test_wrong_library);
  g_test_add_func ("/compute/vulkan/wrong-variant", test_wrong_variant);
  g_test_add_func ("/compute/vulkan/no-such-device", test_no_such_device);
  return g_test_run ();
}
