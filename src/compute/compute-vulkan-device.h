/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-private.h"
#include "compute-vulkan-loader.h"

G_BEGIN_DECLS

typedef struct
{
  ComputeVulkanApi vk;
  VkInstance handle;
  VkDebugUtilsMessengerEXT messenger; /* under validation only */
} ComputeVulkanInstance;

/* What the kernels are chosen and shaped by. */
typedef struct
{
  const char *variant;      /* "lane" or "tile" */
  gboolean lane;            /* workgroup = subgroup, shuffles, no shared memory, no barriers */
  guint subgroup;           /* invocations; set if `lane` */
  guint group;              /* invocations of an element-wise workgroup; a power of two */
  guint reduce_group;       /* invocations that sum a row */
  guint panel;              /* columns of a weight panel */
  guint depth_multiple;     /* panels are this much padded in depth */
  double submission_budget; /* floating point operations that one submission may hold */
} ComputeVulkanTraits;

/* One opened device.  The queue is shared by all programs; the lock is held only while submitting. */
typedef struct
{
  ComputeVulkanInstance *instance;
  ComputeVulkanApi vk;
  VkPhysicalDevice physical;
  VkDevice handle;
  guint queue_family;
  GMutex queue_lock;
  VkQueue queue;
  ComputeVulkanTraits traits;
  VkPhysicalDeviceLimits limits;
  VkDeviceSize max_allocation; /* bytes of one VkDeviceMemory */
  VkPhysicalDeviceMemoryProperties memory;
  gpointer kernels; /* ComputeVulkanKernels */
} ComputeVulkanDevice;

ComputeVulkanInstance *compute_vulkan_instance_new (GError **error);
void compute_vulkan_instance_free (ComputeVulkanInstance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeVulkanInstance, compute_vulkan_instance_free)

/* The physical devices that can compute, in the driver's order; their index is N of "vulkan:N".
 * (element-type VkPhysicalDevice) */
GArray *compute_vulkan_instance_enumerate (ComputeVulkanInstance *instance);

ComputeVulkanDevice *compute_vulkan_device_new (guint index, GError **error);
void compute_vulkan_device_free (ComputeVulkanDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeVulkanDevice, compute_vulkan_device_free)

/* Submits command buffers in order; `fence` may be VK_NULL_HANDLE.  Thread safe. */
gboolean compute_vulkan_device_submit (ComputeVulkanDevice *device, const VkCommandBuffer *buffers, guint n, VkFence fence, GError **error);
/* Waits for everything that was submitted, by whomever. */
void compute_vulkan_device_wait_idle (ComputeVulkanDevice *device);
/* Waits and makes the fence unsignalled again.  A fence that stays silent for minutes means a lost device. */
gboolean compute_vulkan_device_wait (ComputeVulkanDevice *device, VkFence fence, GError **error);

G_END_DECLS
