/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-memory.h"

#define ARENA_BLOCK (64 * 1024 * 1024)
#define LARGEST_BLOCK (1024 * 1024 * 1024)

static const VkBufferUsageFlags usages[] = {
  [COMPUTE_VULKAN_DEVICE_MEMORY] = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT |
                                   VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
  [COMPUTE_VULKAN_STAGING_MEMORY] = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
};

#define STAGING_FLAGS (VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)

/* What a memory type must have, best first; the last is promised by Vulkan.  Cached memory matters where results are
 * read: uncached reads go at a hundredth of the speed. */
static const VkMemoryPropertyFlags preferences[][2] = {
  [COMPUTE_VULKAN_DEVICE_MEMORY] = { VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0 },
  [COMPUTE_VULKAN_STAGING_MEMORY] = { STAGING_FLAGS | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, STAGING_FLAGS },
};

static guint
find_memory_type (ComputeVulkanDevice *device, guint32 allowed, ComputeVulkanPlace place)
{
  for (gsize p = 0; p < G_N_ELEMENTS (preferences[place]); p++)
    for (guint i = 0; i < device->memory.memoryTypeCount; i++)
      if (allowed & (1u << i) && (device->memory.memoryTypes[i].propertyFlags & preferences[place][p]) == preferences[place][p])
        return i;
  return G_MAXUINT;
}

static gboolean
allocate (ComputeVulkanBlock *self, ComputeVulkanPlace place, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;
  VkDevice device = self->device->handle;
  VkBufferCreateInfo info = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = self->size, .usage = usages[place] };
  VkMemoryAllocateInfo memory = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO };
  VkMemoryRequirements needs;

  if (!VULKAN_TRY (vk, error, CreateBuffer, device, &info, NULL, &self->buffer))
    return FALSE;
  vk->GetBufferMemoryRequirements (device, self->buffer, &needs);
  memory.allocationSize = needs.size;
  memory.memoryTypeIndex = find_memory_type (self->device, needs.memoryTypeBits, place);
  if (memory.memoryTypeIndex == G_MAXUINT)
    return compute_vulkan_check (VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkGetBufferMemoryRequirements", error);
  if (!VULKAN_TRY (vk, error, AllocateMemory, device, &memory, NULL, &self->memory) ||
      !VULKAN_TRY (vk, error, BindBufferMemory, device, self->buffer, self->memory, 0))
    return FALSE;
  return place == COMPUTE_VULKAN_DEVICE_MEMORY || VULKAN_TRY (vk, error, MapMemory, device, self->memory, 0, VK_WHOLE_SIZE, 0, (void **) &self->map);
}

ComputeVulkanBlock *
compute_vulkan_block_new (ComputeVulkanDevice *device, VkDeviceSize size, ComputeVulkanPlace place, const char *what, GError **error)
{
  g_autoptr (ComputeVulkanBlock) self = g_new0 (ComputeVulkanBlock, 1);

  self->device = device;
  self->size = size;
  if (size > device->max_allocation)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_OUT_OF_MEMORY,
                   "%s needs %" G_GUINT64_FORMAT " MiB in one piece, the Vulkan device gives at most %" G_GUINT64_FORMAT " MiB: use smaller batches",
                   what, (guint64) size >> 20, (guint64) device->max_allocation >> 20);
      return NULL;
    }
  if (!allocate (self, place, error))
    {
      g_prefix_error (error, "No memory for %s (%" G_GUINT64_FORMAT " MiB): ", what, (guint64) size >> 20);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
compute_vulkan_block_free (ComputeVulkanBlock *self)
{
  if (!self)
    return;
  self->device->vk.DestroyBuffer (self->device->handle, self->buffer, NULL);
  self->device->vk.FreeMemory (self->device->handle, self->memory, NULL);
  g_free (self);
}

VkDeviceSize
compute_vulkan_alignment (ComputeVulkanDevice *device)
{
  const VkPhysicalDeviceLimits *limits = &device->limits;

  return MAX (MAX (limits->minStorageBufferOffsetAlignment, limits->minTexelBufferOffsetAlignment), 256);
}

VkDeviceSize
compute_vulkan_block_limit (ComputeVulkanDevice *device)
{
  return MIN (device->max_allocation, LARGEST_BLOCK);
}

gboolean
compute_vulkan_check_binding (ComputeVulkanDevice *device, const char *what, VkDeviceSize size, guint texel_size, GError **error)
{
  VkDeviceSize texels = (VkDeviceSize) device->limits.maxTexelBufferElements * texel_size;
  VkDeviceSize most = MIN (MIN (device->limits.maxStorageBufferRange, texels), compute_vulkan_block_limit (device));

  if (size <= most)
    return TRUE;
  g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_OUT_OF_MEMORY,
               "%s needs %" G_GUINT64_FORMAT " MiB, the Vulkan device binds at most %" G_GUINT64_FORMAT " MiB: use smaller batches or the CPU",
               what, (guint64) size >> 20, (guint64) most >> 20);
  return FALSE;
}

void
compute_vulkan_arena_init (ComputeVulkanArena *self, ComputeVulkanDevice *device)
{
  self->device = device;
  self->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) compute_vulkan_block_free);
}

void
compute_vulkan_arena_clear (ComputeVulkanArena *self)
{
  g_clear_pointer (&self->blocks, g_ptr_array_unref);
}

/* Blocks double up to 64 MiB, so that a small network does not take a large one's room. */
static VkDeviceSize
next_block_size (ComputeVulkanArena *self, VkDeviceSize size)
{
  VkDeviceSize wanted = self->blocks->len < 6 ? ARENA_BLOCK >> (6 - self->blocks->len) : ARENA_BLOCK;

  return MAX (MIN (wanted, compute_vulkan_block_limit (self->device)), size);
}

gboolean
compute_vulkan_arena_alloc (ComputeVulkanArena *self, VkDeviceSize size, const char *what, ComputeVulkanSlice *slice, GError **error)
{
  VkDeviceSize alignment = compute_vulkan_alignment (self->device);
  ComputeVulkanBlock *block = self->blocks->len ? self->blocks->pdata[self->blocks->len - 1] : NULL;

  size = (size + alignment - 1) / alignment * alignment;
  if (!block || block->size - self->used < size)
    {
      block = compute_vulkan_block_new (self->device, next_block_size (self, size), COMPUTE_VULKAN_DEVICE_MEMORY, what, error);
      if (!block)
        return FALSE;
      g_ptr_array_add (self->blocks, block);
      self->used = 0;
    }
  *slice = (ComputeVulkanSlice){ block, self->used, size };
  self->used += size;
  return TRUE;
}
