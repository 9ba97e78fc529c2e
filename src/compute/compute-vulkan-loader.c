/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-loader.h"

#include <dlfcn.h>

static gboolean
missing (const char *name, GError **error)
{
  g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "The Vulkan driver has no function vk%s: update the driver", name);
  return FALSE;
}

gboolean
compute_vulkan_loader_open (ComputeVulkanApi *api, GError **error)
{
  const char *library = g_getenv ("EIDETIC_VULKAN_LIBRARY");
  void *module = dlopen (library ? library : "libvulkan.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

  if (module)
    api->GetInstanceProcAddr = (PFN_vkGetInstanceProcAddr) dlsym (module, "vkGetInstanceProcAddr");
  if (!api->GetInstanceProcAddr)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "There is no Vulkan on this machine: %s", module ? "the loader is broken" : dlerror ());
      return FALSE;
    }
#define LOAD(name)                                                                         \
  if (!(api->name = (PFN_vk##name) api->GetInstanceProcAddr (VK_NULL_HANDLE, "vk" #name))) \
    return missing (#name, error);
  COMPUTE_VULKAN_GLOBAL_FUNCTIONS (LOAD)
#undef LOAD
  return TRUE;
}

gboolean
compute_vulkan_loader_load_instance (ComputeVulkanApi *api, VkInstance instance, GError **error)
{
#define LOAD(name)                                                                   \
  if (!(api->name = (PFN_vk##name) api->GetInstanceProcAddr (instance, "vk" #name))) \
    return missing (#name, error);
  COMPUTE_VULKAN_INSTANCE_FUNCTIONS (LOAD)
#undef LOAD
/* Present only under validation. */
#define LOAD(name) api->name = (PFN_vk##name) api->GetInstanceProcAddr (instance, "vk" #name);
  COMPUTE_VULKAN_DEBUG_FUNCTIONS (LOAD)
#undef LOAD
  return TRUE;
}

gboolean
compute_vulkan_loader_load_device (ComputeVulkanApi *api, VkDevice device, GError **error)
{
#define LOAD(name)                                                               \
  if (!(api->name = (PFN_vk##name) api->GetDeviceProcAddr (device, "vk" #name))) \
    return missing (#name, error);
  COMPUTE_VULKAN_DEVICE_FUNCTIONS (LOAD)
#undef LOAD
  return TRUE;
}

const char *
compute_vulkan_result_name (VkResult result)
{
#define NAME(value) \
  case value:       \
    return #value;
  switch ((int) result)
    {
      NAME (VK_SUCCESS)
      NAME (VK_NOT_READY)
      NAME (VK_TIMEOUT)
      NAME (VK_INCOMPLETE)
      NAME (VK_ERROR_OUT_OF_HOST_MEMORY)
      NAME (VK_ERROR_OUT_OF_DEVICE_MEMORY)
      NAME (VK_ERROR_INITIALIZATION_FAILED)
      NAME (VK_ERROR_DEVICE_LOST)
      NAME (VK_ERROR_MEMORY_MAP_FAILED)
      NAME (VK_ERROR_LAYER_NOT_PRESENT)
      NAME (VK_ERROR_EXTENSION_NOT_PRESENT)
      NAME (VK_ERROR_FEATURE_NOT_PRESENT)
      NAME (VK_ERROR_INCOMPATIBLE_DRIVER)
      NAME (VK_ERROR_TOO_MANY_OBJECTS)
      NAME (VK_ERROR_FORMAT_NOT_SUPPORTED)
      NAME (VK_ERROR_FRAGMENTED_POOL)
      NAME (VK_ERROR_FRAGMENTATION)
      NAME (VK_ERROR_OUT_OF_POOL_MEMORY)
      NAME (VK_ERROR_INVALID_EXTERNAL_HANDLE)
      NAME (VK_ERROR_INVALID_SHADER_NV)
    default:
      return "VK_ERROR_UNKNOWN";
    }
#undef NAME
}

static ComputeError
error_code (VkResult result)
{
  switch ((int) result)
    {
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_FRAGMENTED_POOL:
    case VK_ERROR_FRAGMENTATION:
    case VK_ERROR_MEMORY_MAP_FAILED:
      return COMPUTE_ERROR_OUT_OF_MEMORY;
    case VK_ERROR_DEVICE_LOST:
    case VK_TIMEOUT:
      return COMPUTE_ERROR_DEVICE_LOST;
    default:
      return COMPUTE_ERROR_FAILED;
    }
}

gboolean
compute_vulkan_check (VkResult result, const char *function, GError **error)
{
  if (result == VK_SUCCESS)
    return TRUE;
  g_set_error (error, COMPUTE_ERROR, error_code (result), "The Vulkan device failed: %s returned %s (%d)",
               function, compute_vulkan_result_name (result), (int) result);
  return FALSE;
}
