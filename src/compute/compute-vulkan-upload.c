/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-upload.h"

#define STAGING_SIZE (16 * 1024 * 1024)

struct _ComputeVulkanUpload
{
  ComputeVulkanDevice *device;
  ComputeVulkanBlock *staging;
  VkCommandPool pool;
  VkCommandBuffer commands;
  VkFence fence;
  gsize used;
  gboolean recording;
};

static gboolean
create (ComputeVulkanUpload *self, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;
  VkDevice device = self->device->handle;
  VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT | VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
    .queueFamilyIndex = self->device->queue_family,
  };
  VkCommandBufferAllocateInfo commands = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };

  if (!VULKAN_TRY (vk, error, CreateFence, device, &fence, NULL, &self->fence) ||
      !VULKAN_TRY (vk, error, CreateCommandPool, device, &pool, NULL, &self->pool))
    return FALSE;
  commands.commandPool = self->pool;
  return VULKAN_TRY (vk, error, AllocateCommandBuffers, device, &commands, &self->commands);
}

ComputeVulkanUpload *
compute_vulkan_upload_new (ComputeVulkanDevice *device, GError **error)
{
  g_autoptr (ComputeVulkanUpload) self = g_new0 (ComputeVulkanUpload, 1);

  self->device = device;
  self->staging = compute_vulkan_block_new (device, STAGING_SIZE, COMPUTE_VULKAN_STAGING_MEMORY, "copying weights", error);
  return self->staging && create (self, error) ? g_steal_pointer (&self) : NULL;
}

void
compute_vulkan_upload_free (ComputeVulkanUpload *self)
{
  if (!self)
    return;
  self->device->vk.DestroyCommandPool (self->device->handle, self->pool, NULL);
  self->device->vk.DestroyFence (self->device->handle, self->fence, NULL);
  compute_vulkan_block_free (self->staging);
  g_free (self);
}

static gboolean
start_recording (ComputeVulkanUpload *self, GError **error)
{
  VkCommandBufferBeginInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
  };

  if (!self->recording)
    self->recording = VULKAN_TRY (&self->device->vk, error, BeginCommandBuffer, self->commands, &info);
  return self->recording;
}

gpointer
compute_vulkan_upload_piece (ComputeVulkanUpload *self, const ComputeVulkanBlock *block, VkDeviceSize offset, gsize size, GError **error)
{
  VkBufferCopy copy = { .dstOffset = offset, .size = size };
  gsize start;

  g_assert (size <= STAGING_SIZE);
  if (self->used + size > STAGING_SIZE && !compute_vulkan_upload_flush (self, error))
    return NULL;
  if (!start_recording (self, error))
    return NULL;
  start = copy.srcOffset = self->used;
  self->device->vk.CmdCopyBuffer (self->commands, self->staging->buffer, block->buffer, 1, &copy);
  self->used = (self->used + size + 15) / 16 * 16;
  return self->staging->map + start;
}

gsize
compute_vulkan_upload_limit (void)
{
  return STAGING_SIZE;
}

gboolean
compute_vulkan_upload_zero (ComputeVulkanUpload *self, const ComputeVulkanBlock *block, GError **error)
{
  if (!start_recording (self, error))
    return FALSE;
  self->device->vk.CmdFillBuffer (self->commands, block->buffer, 0, VK_WHOLE_SIZE, 0);
  return TRUE;
}

gboolean
compute_vulkan_upload_flush (ComputeVulkanUpload *self, GError **error)
{
  if (!self->recording)
    return TRUE;
  self->recording = FALSE;
  self->used = 0;
  return VULKAN_TRY (&self->device->vk, error, EndCommandBuffer, self->commands) &&
         compute_vulkan_device_submit (self->device, &self->commands, 1, self->fence, error) &&
         compute_vulkan_device_wait (self->device, self->fence, error);
}
