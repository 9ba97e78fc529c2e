/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Vulkan backend's table, and which devices there are. */
#include "compute-vulkan-device.h"
#include "compute-vulkan-program.h"
#include "compute-vulkan-weights.h"

#define ID_PREFIX "vulkan:"

static ComputeDeviceInfo *
describe (ComputeVulkanInstance *instance, VkPhysicalDevice physical, guint index)
{
  VkPhysicalDeviceDriverProperties driver = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES };
  VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 };
  VkPhysicalDeviceProperties base;
  ComputeDeviceInfo *info = g_new0 (ComputeDeviceInfo, 1);

  instance->vk.GetPhysicalDeviceProperties (physical, &base);
  if (base.apiVersion >= VK_API_VERSION_1_2)
    {
      all.pNext = &driver;
      instance->vk.GetPhysicalDeviceProperties2 (physical, &all);
      info->driver = g_strdup_printf ("%s, %s", driver.driverName, driver.driverInfo);
    }
  else
    info->driver = g_strdup_printf ("version 0x%x", base.driverVersion);
  info->id = g_strdup_printf (ID_PREFIX "%u", index);
  info->name = g_strdup (base.deviceName);
  info->kind = base.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU ? COMPUTE_DEVICE_SOFTWARE_VULKAN : COMPUTE_DEVICE_VULKAN;
  info->fast = FALSE; /* f16 storage with f32 sums is what it always does */
  return info;
}

static void
list (GPtrArray *devices)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ComputeVulkanInstance) instance = compute_vulkan_instance_new (&error);
  g_autoptr (GArray) found = NULL;

  if (!instance)
    {
      g_debug ("No Vulkan: %s", error->message);
      return;
    }
  found = compute_vulkan_instance_enumerate (instance);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (devices, describe (instance, g_array_index (found, VkPhysicalDevice, i), i));
}

static gpointer
open_device (const char *id, GError **error)
{
  guint64 index;

  if (!g_str_has_prefix (id, ID_PREFIX) || !g_ascii_string_to_unsigned (id + strlen (ID_PREFIX), 10, 0, G_MAXUINT, &index, NULL))
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "“%s” is no Vulkan device", id);
      return NULL;
    }
  return compute_vulkan_device_new (index, error);
}

static void
close_device (gpointer device_state)
{
  compute_vulkan_device_free (device_state);
}

const ComputeBackend compute_vulkan_backend = {
  .name = "vulkan",
  .list = list,
  .open = open_device,
  .close = close_device,
  .weights_free = compute_vulkan_weights_free,
  .prepare = compute_vulkan_program_prepare,
  .write = compute_vulkan_program_write,
  .run = compute_vulkan_program_run,
  .read = compute_vulkan_program_read,
  .program_free = compute_vulkan_program_free,
};
