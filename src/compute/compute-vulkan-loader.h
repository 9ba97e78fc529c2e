/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The Vulkan loader is opened while the program runs, so that it also starts where there is none. */
#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "compute-types.h"

G_BEGIN_DECLS

/* Every Vulkan function that we call, by the level at which it is looked up. */
#define COMPUTE_VULKAN_GLOBAL_FUNCTIONS(X) \
  X (CreateInstance)                       \
  X (EnumerateInstanceVersion)             \
  X (EnumerateInstanceLayerProperties)

#define COMPUTE_VULKAN_INSTANCE_FUNCTIONS(X) \
  X (CreateDevice)                           \
  X (DestroyInstance)                        \
  X (EnumeratePhysicalDevices)               \
  X (GetDeviceProcAddr)                      \
  X (GetPhysicalDeviceMemoryProperties)      \
  X (GetPhysicalDeviceProperties)            \
  X (GetPhysicalDeviceProperties2)           \
  X (GetPhysicalDeviceQueueFamilyProperties)

#define COMPUTE_VULKAN_DEBUG_FUNCTIONS(X) \
  X (CreateDebugUtilsMessengerEXT)        \
  X (DestroyDebugUtilsMessengerEXT)

#define COMPUTE_VULKAN_DEVICE_FUNCTIONS(X) \
  X (AllocateCommandBuffers)               \
  X (AllocateDescriptorSets)               \
  X (AllocateMemory)                       \
  X (BeginCommandBuffer)                   \
  X (BindBufferMemory)                     \
  X (CmdBindDescriptorSets)                \
  X (CmdBindPipeline)                      \
  X (CmdCopyBuffer)                        \
  X (CmdDispatchIndirect)                  \
  X (CmdFillBuffer)                        \
  X (CmdPipelineBarrier)                   \
  X (CmdPushConstants)                     \
  X (CreateBuffer)                         \
  X (CreateBufferView)                     \
  X (CreateCommandPool)                    \
  X (CreateComputePipelines)               \
  X (CreateDescriptorPool)                 \
  X (CreateDescriptorSetLayout)            \
  X (CreateFence)                          \
  X (CreatePipelineCache)                  \
  X (CreatePipelineLayout)                 \
  X (CreateShaderModule)                   \
  X (DestroyBuffer)                        \
  X (DestroyBufferView)                    \
  X (DestroyCommandPool)                   \
  X (DestroyDescriptorPool)                \
  X (DestroyDescriptorSetLayout)           \
  X (DestroyDevice)                        \
  X (DestroyFence)                         \
  X (DestroyPipeline)                      \
  X (DestroyPipelineCache)                 \
  X (DestroyPipelineLayout)                \
  X (DestroyShaderModule)                  \
  X (DeviceWaitIdle)                       \
  X (EndCommandBuffer)                     \
  X (FreeMemory)                           \
  X (GetBufferMemoryRequirements)          \
  X (GetDeviceQueue)                       \
  X (MapMemory)                            \
  X (QueueSubmit)                          \
  X (ResetFences)                          \
  X (UpdateDescriptorSets)                 \
  X (WaitForFences)

#define COMPUTE_VULKAN_MEMBER(name) PFN_vk##name name;
typedef struct
{
  PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
  COMPUTE_VULKAN_GLOBAL_FUNCTIONS (COMPUTE_VULKAN_MEMBER)
  COMPUTE_VULKAN_INSTANCE_FUNCTIONS (COMPUTE_VULKAN_MEMBER)
  COMPUTE_VULKAN_DEBUG_FUNCTIONS (COMPUTE_VULKAN_MEMBER)
  COMPUTE_VULKAN_DEVICE_FUNCTIONS (COMPUTE_VULKAN_MEMBER)
} ComputeVulkanApi;
#undef COMPUTE_VULKAN_MEMBER

/* Fills in the global functions.  The loader is $EIDETIC_VULKAN_LIBRARY or libvulkan.so.1; once open it stays open
 * (drivers leave threads and destructors behind).  Thread safe.  FALSE with COMPUTE_ERROR_NO_DEVICE if there is none. */
gboolean compute_vulkan_loader_open (ComputeVulkanApi *api, GError **error);
/* Fill in the functions of the next levels; FALSE if one that Vulkan 1.1 promises is missing. */
gboolean compute_vulkan_loader_load_instance (ComputeVulkanApi *api, VkInstance instance, GError **error);
gboolean compute_vulkan_loader_load_device (ComputeVulkanApi *api, VkDevice device, GError **error);

/* "VK_ERROR_DEVICE_LOST" and so on. */
const char *compute_vulkan_result_name (VkResult result);

/* TRUE for VK_SUCCESS; else sets the COMPUTE_ERROR that fits, naming the function and the result. */
gboolean compute_vulkan_check (VkResult result, const char *function, GError **error);

/* VULKAN_TRY (&device->vk, error, CreateFence, handle, …): one checked call. */
#define VULKAN_TRY(api, error, function, ...) compute_vulkan_check ((api)->function (__VA_ARGS__), "vk" #function, error)

G_END_DECLS
