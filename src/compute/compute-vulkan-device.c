/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "compute-vulkan-device.h"
#include "compute-vulkan-kernel.h"

#include <string.h>

#define VALIDATION_LAYER "VK_LAYER_KHRONOS_validation"
#define WAIT_NANOSECONDS (10 * 60 * G_GUINT64_CONSTANT (1000000000))

static gboolean
validation_wanted (void)
{
  const char *text = g_getenv ("EIDETIC_VULKAN_VALIDATION");

  return text ? !g_str_equal (text, "0") : EIDETIC_VULKAN_VALIDATION;
}

static gboolean
has_validation_layer (ComputeVulkanApi *vk)
{
  guint32 n = 0;
  g_autofree VkLayerProperties *layers = NULL;

  if (vk->EnumerateInstanceLayerProperties (&n, NULL) != VK_SUCCESS || !n)
    return FALSE;
  layers = g_new0 (VkLayerProperties, n);
  vk->EnumerateInstanceLayerProperties (&n, layers);
  for (guint32 i = 0; i < n; i++)
    if (g_str_equal (layers[i].layerName, VALIDATION_LAYER))
      return TRUE;
  return FALSE;
}

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_message (VkDebugUtilsMessageSeverityFlagBitsEXT severity,
            VkDebugUtilsMessageTypeFlagsEXT types,
            const VkDebugUtilsMessengerCallbackDataEXT *data,
            void *user_data)
{
  if (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT)
    g_error ("Vulkan validation: %s", data->pMessage);
  return VK_FALSE;
}

static const VkDebugUtilsMessengerCreateInfoEXT messenger_info = {
  .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
  .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
  .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT,
  .pfnUserCallback = on_message,
};

static gboolean
create_instance (ComputeVulkanInstance *self, GError **error)
{
  static const char *const layers[] = { VALIDATION_LAYER };
  static const char *const extensions[] = { VK_EXT_DEBUG_UTILS_EXTENSION_NAME };
  static const VkValidationFeatureEnableEXT enabled[] = { VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT };
  VkApplicationInfo application = {
    .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
    .pApplicationName = "Eidetic",
    .apiVersion = VK_API_VERSION_1_3, /* the highest that we know; 1.1 is enough */
  };
  VkValidationFeaturesEXT validation = {
    .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
    .pNext = &messenger_info, /* watches the instance's own end */
    .enabledValidationFeatureCount = G_N_ELEMENTS (enabled),
    .pEnabledValidationFeatures = enabled,
  };
  VkInstanceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application };

  if (validation_wanted ())
    {
      if (has_validation_layer (&self->vk))
        {
          info.pNext = &validation;
          info.enabledLayerCount = G_N_ELEMENTS (layers);
          info.ppEnabledLayerNames = layers;
          info.enabledExtensionCount = G_N_ELEMENTS (extensions);
          info.ppEnabledExtensionNames = extensions;
        }
      else
        g_warning_once ("Vulkan validation was asked for, but %s is not installed", VALIDATION_LAYER);
    }
  if (!VULKAN_TRY (&self->vk, error, CreateInstance, &info, NULL, &self->handle))
    return FALSE;
  if (!compute_vulkan_loader_load_instance (&self->vk, self->handle, error))
    return FALSE;
  if (info.pNext && self->vk.CreateDebugUtilsMessengerEXT)
    return VULKAN_TRY (&self->vk, error, CreateDebugUtilsMessengerEXT, self->handle, &messenger_info, NULL, &self->messenger);
  return TRUE;
}

ComputeVulkanInstance *
compute_vulkan_instance_new (GError **error)
{
  g_autoptr (ComputeVulkanInstance) self = g_new0 (ComputeVulkanInstance, 1);
  guint32 version = 0;

  if (!compute_vulkan_loader_open (&self->vk, error))
    return NULL;
  if (self->vk.EnumerateInstanceVersion (&version) != VK_SUCCESS || version < VK_API_VERSION_1_1)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "The Vulkan loader is older than 1.1");
      return NULL;
    }
  return create_instance (self, error) ? g_steal_pointer (&self) : NULL;
}

void
compute_vulkan_instance_free (ComputeVulkanInstance *self)
{
  if (!self)
    return;
  if (self->messenger)
    self->vk.DestroyDebugUtilsMessengerEXT (self->handle, self->messenger, NULL);
  if (self->handle && self->vk.DestroyInstance)
    self->vk.DestroyInstance (self->handle, NULL);
  g_free (self);
}

/* A family that computes but does not draw leaves the desktop alone; else any that computes.  G_MAXUINT: none. */
static guint
find_queue_family (ComputeVulkanInstance *instance, VkPhysicalDevice physical)
{
  VkQueueFamilyProperties families[32];
  guint32 n = G_N_ELEMENTS (families);
  guint found = G_MAXUINT;

  instance->vk.GetPhysicalDeviceQueueFamilyProperties (physical, &n, families);
  for (guint i = n; i-- > 0;)
    if (families[i].queueCount && families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)
      if (found == G_MAXUINT || !(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) || families[found].queueFlags & VK_QUEUE_GRAPHICS_BIT)
        found = i;
  return found;
}

GArray *
compute_vulkan_instance_enumerate (ComputeVulkanInstance *instance)
{
  GArray *devices = g_array_new (FALSE, FALSE, sizeof (VkPhysicalDevice));
  VkPhysicalDevice found[32];
  guint32 n = G_N_ELEMENTS (found);
  VkResult result = instance->vk.EnumeratePhysicalDevices (instance->handle, &n, found);

  if (result != VK_SUCCESS && result != VK_INCOMPLETE)
    return devices;
  for (guint32 i = 0; i < n; i++)
    {
      VkPhysicalDeviceProperties properties;

      instance->vk.GetPhysicalDeviceProperties (found[i], &properties);
      if (properties.apiVersion >= VK_API_VERSION_1_1 && find_queue_family (instance, found[i]) != G_MAXUINT)
        g_array_append_val (devices, found[i]);
    }
  return devices;
}

typedef struct
{
  VkPhysicalDeviceProperties base;
  VkPhysicalDeviceSubgroupProperties subgroup;
  VkPhysicalDeviceMaintenance3Properties maintenance;
  gboolean fixed_subgroup; /* every workgroup runs in subgroups of subgroup.subgroupSize */
} Properties;

static void
get_properties (ComputeVulkanInstance *instance, VkPhysicalDevice physical, Properties *self)
{
  VkPhysicalDeviceSubgroupSizeControlProperties size = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES };
  VkPhysicalDeviceProperties2 all = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &self->subgroup };

  self->subgroup = (VkPhysicalDeviceSubgroupProperties){ .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES, .pNext = &self->maintenance };
  self->maintenance = (VkPhysicalDeviceMaintenance3Properties){ .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES };
  instance->vk.GetPhysicalDeviceProperties (physical, &self->base);
  if (self->base.apiVersion >= VK_API_VERSION_1_3)
    self->maintenance.pNext = &size;
  instance->vk.GetPhysicalDeviceProperties2 (physical, &all);
  self->maintenance.pNext = NULL;
  self->fixed_subgroup = self->base.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU ||
                         (size.minSubgroupSize && size.minSubgroupSize == size.maxSubgroupSize);
}

/* The lane kernels: one subgroup of a known size, its members exchanging values. */
static gboolean
can_lane (const Properties *properties)
{
  VkSubgroupFeatureFlags needed = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT;
  guint size = properties->subgroup.subgroupSize;

  return properties->fixed_subgroup && (properties->subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
         (properties->subgroup.supportedOperations & needed) == needed && size >= 4 && size <= 32;
}

static gboolean
prefer_lane (const Properties *properties)
{
  return properties->base.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU && can_lane (properties);
}

static gboolean
can_tile (const Properties *properties)
{
  const VkPhysicalDeviceLimits *limits = &properties->base.limits;

  return limits->maxComputeWorkGroupInvocations >= 128 && limits->maxComputeSharedMemorySize >= 16384;
}

static void
set_lane (ComputeVulkanTraits *traits, const Properties *properties)
{
  traits->lane = TRUE;
  traits->subgroup = properties->subgroup.subgroupSize;
  traits->group = 64;
  traits->reduce_group = traits->subgroup;
  traits->panel = 4 * traits->subgroup;
  traits->depth_multiple = 4;
}

static void
set_tile (ComputeVulkanTraits *traits, const Properties *properties)
{
  traits->group = 64;
  traits->reduce_group = 64;
  traits->panel = 64;
  traits->depth_multiple = 16;
}

/* Kernel sets in the order of preference.  One with cooperative matrices would stand first. */
static const struct
{
  const char *name;
  gboolean (*can) (const Properties *properties);
  gboolean (*prefer) (const Properties *properties);
  void (*set) (ComputeVulkanTraits *traits, const Properties *properties);
} variants[] = {
  { "lane", can_lane, prefer_lane, set_lane },
  { "tile", can_tile, can_tile, set_tile },
};

/* A submission should stay well under a tenth of a second: longer ones are killed by some kernels and make a desktop
 * stutter.  Figures from slow members of each kind (1 and 10 TFLOP/s). */
static double
submission_budget (VkPhysicalDeviceType type)
{
  return type == VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU ? 400e9 : 40e9;
}

static gboolean
choose_traits (ComputeVulkanTraits *traits, const Properties *properties, GError **error)
{
  const char *forced = g_getenv ("EIDETIC_VULKAN_VARIANT");

  if (forced && !*forced)
    forced = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    if (forced ? g_str_equal (forced, variants[i].name) && variants[i].can (properties) : variants[i].prefer (properties))
      {
        traits->variant = variants[i].name;
        traits->submission_budget = submission_budget (properties->base.deviceType);
        variants[i].set (traits, properties);
        return TRUE;
      }
  if (forced)
    g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED,
                 "EIDETIC_VULKAN_VARIANT asks for the kernels “%s”, which “%s” cannot run; known are lane and tile",
                 forced, properties->base.deviceName);
  else
    g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED, "“%s” can run none of the kernels", properties->base.deviceName);
  return FALSE;
}

static gboolean
create_device (ComputeVulkanDevice *self, GError **error)
{
  float priority = 0.5f;
  VkDeviceQueueCreateInfo queue = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
    .queueFamilyIndex = self->queue_family,
    .queueCount = 1,
    .pQueuePriorities = &priority,
  };
  VkDeviceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue };

  if (!VULKAN_TRY (&self->vk, error, CreateDevice, self->physical, &info, NULL, &self->handle))
    return FALSE;
  if (!compute_vulkan_loader_load_device (&self->vk, self->handle, error))
    return FALSE;
  self->vk.GetDeviceQueue (self->handle, self->queue_family, 0, &self->queue);
  self->kernels = compute_vulkan_kernels_new (self, error);
  return self->kernels != NULL;
}

ComputeVulkanDevice *
compute_vulkan_device_new (guint index, GError **error)
{
  g_autoptr (ComputeVulkanDevice) self = g_new0 (ComputeVulkanDevice, 1);
  g_autoptr (GArray) devices = NULL;
  Properties properties;

  g_mutex_init (&self->queue_lock);
  self->instance = compute_vulkan_instance_new (error);
  if (!self->instance)
    return NULL;
  self->vk = self->instance->vk;
  devices = compute_vulkan_instance_enumerate (self->instance);
  if (index >= devices->len)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "There is no Vulkan device %u any more", index);
      return NULL;
    }
  self->physical = g_array_index (devices, VkPhysicalDevice, index);
  self->queue_family = find_queue_family (self->instance, self->physical);
  get_properties (self->instance, self->physical, &properties);
  self->limits = properties.base.limits;
  self->max_allocation = properties.maintenance.maxMemoryAllocationSize;
  self->vk.GetPhysicalDeviceMemoryProperties (self->physical, &self->memory);
  if (!choose_traits (&self->traits, &properties, error) || !create_device (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
compute_vulkan_device_free (ComputeVulkanDevice *self)
{
  if (!self)
    return;
  if (self->handle && self->vk.DestroyDevice)
    {
      self->vk.DeviceWaitIdle (self->handle);
      compute_vulkan_kernels_free (self->kernels);
      self->vk.DestroyDevice (self->handle, NULL);
    }
  compute_vulkan_instance_free (self->instance);
  g_mutex_clear (&self->queue_lock);
  g_free (self);
}

gboolean
compute_vulkan_device_submit (ComputeVulkanDevice *self, const VkCommandBuffer *buffers, guint n, VkFence fence, GError **error)
{
  VkSubmitInfo info = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = n, .pCommandBuffers = buffers };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->queue_lock);

  return VULKAN_TRY (&self->vk, error, QueueSubmit, self->queue, 1, &info, fence);
}

void
compute_vulkan_device_wait_idle (ComputeVulkanDevice *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->queue_lock);

  self->vk.DeviceWaitIdle (self->handle);
}

gboolean
compute_vulkan_device_wait (ComputeVulkanDevice *self, VkFence fence, GError **error)
{
  return VULKAN_TRY (&self->vk, error, WaitForFences, self->handle, 1, &fence, VK_TRUE, WAIT_NANOSECONDS) &&
         VULKAN_TRY (&self->vk, error, ResetFences, self->handle, 1, &fence);
}
