/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-recorder.h"

#define MAX_GROUPS 65535 /* along each axis; Vulkan promises so many */

typedef struct
{
  ComputeVulkanDispatch what;
  VkPipeline pipeline;
  VkDescriptorSet set;
} Step;

struct _ComputeVulkanRecorder
{
  ComputeVulkanDevice *device;
  GArray *steps; /* of Step */
  GArray *views; /* of VkBufferView */
  VkDescriptorPool descriptors;
  VkCommandPool pool;
  GArray *commands;       /* of VkCommandBuffer */
  GArray *read, *written; /* of ComputeVulkanSlice: since the last barrier */
  guint barriers;
};

ComputeVulkanRecorder *
compute_vulkan_recorder_new (ComputeVulkanDevice *device)
{
  ComputeVulkanRecorder *self = g_new0 (ComputeVulkanRecorder, 1);

  self->device = device;
  self->steps = g_array_new (FALSE, TRUE, sizeof (Step));
  self->views = g_array_new (FALSE, FALSE, sizeof (VkBufferView));
  self->commands = g_array_new (FALSE, FALSE, sizeof (VkCommandBuffer));
  self->read = g_array_new (FALSE, FALSE, sizeof (ComputeVulkanSlice));
  self->written = g_array_new (FALSE, FALSE, sizeof (ComputeVulkanSlice));
  return self;
}

void
compute_vulkan_recorder_free (ComputeVulkanRecorder *self)
{
  ComputeVulkanApi *vk;
  VkDevice device;

  if (!self)
    return;
  vk = &self->device->vk;
  device = self->device->handle;
  vk->DestroyCommandPool (device, self->pool, NULL);
  vk->DestroyDescriptorPool (device, self->descriptors, NULL);
  for (guint i = 0; i < self->views->len; i++)
    vk->DestroyBufferView (device, g_array_index (self->views, VkBufferView, i), NULL);
  g_array_unref (self->steps);
  g_array_unref (self->views);
  g_array_unref (self->commands);
  g_array_unref (self->read);
  g_array_unref (self->written);
  g_free (self);
}

gboolean
compute_vulkan_recorder_add (ComputeVulkanRecorder *self, const ComputeVulkanDispatch *dispatch, GError **error)
{
  Step step = { .what = *dispatch };

  if (dispatch->groups.x > MAX_GROUPS || dispatch->groups.y > MAX_GROUPS)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED, "A value is too large for one Vulkan dispatch (%u x %u workgroups)",
                   dispatch->groups.x, dispatch->groups.y);
      return FALSE;
    }
  step.pipeline = compute_vulkan_kernels_pipeline (self->device->kernels, dispatch->kernel, dispatch->constants, dispatch->n_constants, error);
  if (!step.pipeline)
    return FALSE;
  g_array_append_val (self->steps, step);
  return TRUE;
}

guint
compute_vulkan_recorder_get_length (ComputeVulkanRecorder *self)
{
  return self->steps->len;
}

static gboolean
create_descriptor_pool (ComputeVulkanRecorder *self, GError **error)
{
  guint n = MAX (self->steps->len, 1);
  VkDescriptorPoolSize sizes[] = {
    { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2 * n },
    { VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, COMPUTE_VULKAN_MAX_INPUTS * n },
  };
  VkDescriptorPoolCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
    .maxSets = n,
    .poolSizeCount = G_N_ELEMENTS (sizes),
    .pPoolSizes = sizes,
  };

  return VULKAN_TRY (&self->device->vk, error, CreateDescriptorPool, self->device->handle, &info, NULL, &self->descriptors);
}

static gboolean
create_view (ComputeVulkanRecorder *self, const ComputeVulkanSlice *slice, VkFormat format, VkBufferView *view, GError **error)
{
  VkBufferViewCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
    .buffer = slice->block->buffer,
    .format = format,
    .offset = slice->offset,
    .range = slice->size,
  };

  if (!VULKAN_TRY (&self->device->vk, error, CreateBufferView, self->device->handle, &info, NULL, view))
    return FALSE;
  g_array_append_val (self->views, *view);
  return TRUE;
}

static gboolean
bind (ComputeVulkanRecorder *self, Step *step, const ComputeVulkanSlice *control, GError **error)
{
  guint inputs = compute_vulkan_kernel_inputs (step->what.kernel);
  VkDescriptorSetLayout layout = compute_vulkan_kernels_set_layout (self->device->kernels, inputs);
  VkDescriptorSetAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = self->descriptors,
    .descriptorSetCount = 1,
    .pSetLayouts = &layout,
  };
  const ComputeVulkanSlice *output = &step->what.output;
  VkDescriptorBufferInfo buffers[2] = {
    { output->block->buffer, output->offset, output->size },
    { control->block->buffer, control->offset, control->size },
  };
  VkBufferView views[COMPUTE_VULKAN_MAX_INPUTS];
  VkWriteDescriptorSet writes[2] = { 0 };

  if (!VULKAN_TRY (&self->device->vk, error, AllocateDescriptorSets, self->device->handle, &info, &step->set))
    return FALSE;
  for (guint i = 0; i < inputs; i++)
    {
      const ComputeVulkanView *input = &step->what.inputs[i];

      if (!create_view (self, input->slice.block ? &input->slice : control, input->format, &views[i], error))
        return FALSE;
    }
  for (guint i = 0; i < 2; i++)
    {
      writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
      writes[i].dstSet = step->set;
    }
  writes[0].descriptorCount = 2;
  writes[0].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  writes[0].pBufferInfo = buffers;
  writes[1].dstBinding = 2;
  writes[1].descriptorCount = inputs;
  writes[1].descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
  writes[1].pTexelBufferView = views;
  self->device->vk.UpdateDescriptorSets (self->device->handle, 2, writes, 0, NULL);
  return TRUE;
}

static gboolean
touches (GArray *slices, const ComputeVulkanSlice *slice)
{
  for (guint i = 0; i < slices->len; i++)
    {
      const ComputeVulkanSlice *other = &g_array_index (slices, ComputeVulkanSlice, i);

      if (other->block == slice->block && other->offset < slice->offset + slice->size && slice->offset < other->offset + other->size)
        return TRUE;
    }
  return FALSE;
}

/* Reads of what was written, writes of what was read or written. */
static gboolean
needs_barrier (ComputeVulkanRecorder *self, const ComputeVulkanDispatch *dispatch)
{
  if (touches (self->written, &dispatch->output) || touches (self->read, &dispatch->output))
    return TRUE;
  for (guint i = 0; i < COMPUTE_VULKAN_MAX_INPUTS; i++)
    if (dispatch->inputs[i].slice.block && touches (self->written, &dispatch->inputs[i].slice))
      return TRUE;
  return FALSE;
}

/* Weights are remembered as read too; nothing writes them, so they never match. */
static void
remember (ComputeVulkanRecorder *self, const ComputeVulkanDispatch *dispatch)
{
  g_array_append_val (self->written, dispatch->output);
  for (guint i = 0; i < COMPUTE_VULKAN_MAX_INPUTS; i++)
    if (dispatch->inputs[i].slice.block)
      g_array_append_val (self->read, dispatch->inputs[i].slice);
}

static void
record_barrier (ComputeVulkanRecorder *self, VkCommandBuffer commands)
{
  VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
  };

  self->device->vk.CmdPipelineBarrier (commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
  g_array_set_size (self->read, 0);
  g_array_set_size (self->written, 0);
  self->barriers++;
}

static void
record_step (ComputeVulkanRecorder *self, VkCommandBuffer commands, const Step *step, VkBuffer buffer, VkDeviceSize arguments)
{
  ComputeVulkanApi *vk = &self->device->vk;
  guint inputs = compute_vulkan_kernel_inputs (step->what.kernel);
  VkPipelineLayout layout = compute_vulkan_kernels_pipeline_layout (self->device->kernels, inputs);

  if (needs_barrier (self, &step->what))
    record_barrier (self, commands);
  remember (self, &step->what);
  vk->CmdBindPipeline (commands, VK_PIPELINE_BIND_POINT_COMPUTE, step->pipeline);
  vk->CmdBindDescriptorSets (commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &step->set, 0, NULL);
  vk->CmdPushConstants (commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, COMPUTE_VULKAN_MAX_PUSH, step->what.push);
  vk->CmdDispatchIndirect (commands, buffer, arguments);
}

static gboolean
begin_commands (ComputeVulkanRecorder *self, VkCommandBuffer *commands, GError **error)
{
  VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };
  VkCommandBufferAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = self->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };

  if (!VULKAN_TRY (&self->device->vk, error, AllocateCommandBuffers, self->device->handle, &info, commands) ||
      !VULKAN_TRY (&self->device->vk, error, BeginCommandBuffer, *commands, &begin))
    return FALSE;
  g_array_append_val (self->commands, *commands);
  return TRUE;
}

static gboolean
record (ComputeVulkanRecorder *self, VkBuffer buffer, VkDeviceSize arguments, GError **error)
{
  VkCommandBuffer commands = VK_NULL_HANDLE;
  double work = 0;

  for (guint i = 0; i < self->steps->len; i++)
    {
      const Step *step = &g_array_index (self->steps, Step, i);

      if (commands && work + step->what.work > self->device->traits.submission_budget)
        {
          if (!VULKAN_TRY (&self->device->vk, error, EndCommandBuffer, commands))
            return FALSE;
          commands = VK_NULL_HANDLE;
          work = 0;
        }
      if (!commands && !begin_commands (self, &commands, error))
        return FALSE;
      record_step (self, commands, step, buffer, arguments + i * 3 * sizeof (guint32));
      work += step->what.work;
    }
  return !commands || VULKAN_TRY (&self->device->vk, error, EndCommandBuffer, commands);
}

gboolean
compute_vulkan_recorder_finish (ComputeVulkanRecorder *self, const ComputeVulkanSlice *control, VkDeviceSize arguments, GError **error)
{
  VkCommandPoolCreateInfo pool = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .queueFamilyIndex = self->device->queue_family };

  if (!create_descriptor_pool (self, error) || !VULKAN_TRY (&self->device->vk, error, CreateCommandPool, self->device->handle, &pool, NULL, &self->pool))
    return FALSE;
  for (guint i = 0; i < self->steps->len; i++)
    if (!bind (self, &g_array_index (self->steps, Step, i), control, error))
      return FALSE;
  return record (self, control->block->buffer, arguments, error);
}

void
compute_vulkan_recorder_count_groups (ComputeVulkanRecorder *self, guint items, guint32 *arguments)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      const ComputeVulkanGroups *groups = &g_array_index (self->steps, Step, i).what.groups;
      guint n = groups->shared ? 1 : items;
      guint32 *out = arguments + 3 * i;

      out[0] = groups->x;
      if (groups->row_count)
        {
          gsize end = MIN ((gsize) groups->row_count * n, (gsize) groups->first_row + groups->row_limit);

          out[1] = end > groups->first_row ? (end - groups->first_row + groups->rows_per_group - 1) / groups->rows_per_group : 0;
          out[2] = 1;
        }
      else
        {
          out[1] = groups->y;
          out[2] = n;
        }
    }
}

GArray *
compute_vulkan_recorder_get_commands (ComputeVulkanRecorder *self)
{
  return self->commands;
}

guint
compute_vulkan_recorder_get_barriers (ComputeVulkanRecorder *self)
{
  return self->barriers;
}
