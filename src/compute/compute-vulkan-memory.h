/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-device.h"

G_BEGIN_DECLS

/* One buffer over one allocation. */
typedef struct
{
  ComputeVulkanDevice *device;
  VkBuffer buffer;
  VkDeviceMemory memory;
  VkDeviceSize size;
  guint8 *map; /* staging only */
} ComputeVulkanBlock;

typedef struct
{
  const ComputeVulkanBlock *block;
  VkDeviceSize offset, size;
} ComputeVulkanSlice;

typedef enum
{
  COMPUTE_VULKAN_DEVICE_MEMORY,  /* bound by kernels; the fastest memory that the device has */
  COMPUTE_VULKAN_STAGING_MEMORY, /* mapped; copied from and to */
} ComputeVulkanPlace;

/* `what` is for the error message.  COMPUTE_ERROR_OUT_OF_MEMORY if it cannot be had. */
ComputeVulkanBlock *compute_vulkan_block_new (ComputeVulkanDevice *device, VkDeviceSize size, ComputeVulkanPlace place, const char *what, GError **error);
void compute_vulkan_block_free (ComputeVulkanBlock *block);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeVulkanBlock, compute_vulkan_block_free)

/* Where a binding may begin. */
VkDeviceSize compute_vulkan_alignment (ComputeVulkanDevice *device);
/* The largest block that we ask for: what one allocation may have, at most 1 GiB. */
VkDeviceSize compute_vulkan_block_limit (ComputeVulkanDevice *device);

/* May a kernel bind `size` bytes as texels of `texel_size` bytes and as a storage buffer? */
gboolean compute_vulkan_check_binding (ComputeVulkanDevice *device, const char *what, VkDeviceSize size, guint texel_size, GError **error);

/* Grows block by block and is freed as a whole. */
typedef struct
{
  ComputeVulkanDevice *device;
  GPtrArray *blocks;
  VkDeviceSize used; /* of the last block */
} ComputeVulkanArena;

void compute_vulkan_arena_init (ComputeVulkanArena *arena, ComputeVulkanDevice *device);
void compute_vulkan_arena_clear (ComputeVulkanArena *arena);
gboolean compute_vulkan_arena_alloc (ComputeVulkanArena *arena, VkDeviceSize size, const char *what, ComputeVulkanSlice *slice, GError **error);

G_END_DECLS
