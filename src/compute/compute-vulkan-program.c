/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A prepared program: memory planned, kernels recorded once.  A run copies what the host has written and the control
 * words, replays the recorded commands, and copies the outputs back. */
#include "compute-vulkan-program.h"
#include "compute-vulkan-ops.h"
#include "compute-vulkan-upload.h"

#include <string.h>

typedef struct
{
  ComputeVulkanDevice *device;
  ComputeVulkanTensor *tensors; /* by index */
  GPtrArray *blocks;            /* device memory; the last one holds the control words */
  ComputeVulkanRecorder *recorder;
  ComputeVulkanBlock *staging; /* control words, then the host copies of inputs and outputs */
  ComputeVulkanSlice control;  /* items in use, the integers */
  gsize arguments;             /* behind them: workgroup counts; offset in the control block */
  gsize control_bytes;         /* all of it */
  VkCommandPool pool;
  VkCommandBuffer upload, download; /* recorded for each run: copies only */
  VkFence fence;
} ComputeVulkanProgram;

void
compute_vulkan_program_free (gpointer program_state)
{
  ComputeVulkanProgram *self = program_state;
  ComputeVulkanApi *vk;

  if (!self)
    return;
  vk = &self->device->vk;
  compute_vulkan_recorder_free (self->recorder);
  vk->DestroyCommandPool (self->device->handle, self->pool, NULL);
  vk->DestroyFence (self->device->handle, self->fence, NULL);
  compute_vulkan_block_free (self->staging);
  g_clear_pointer (&self->blocks, g_ptr_array_unref);
  g_free (self->tensors);
  g_free (self);
}

static gboolean
is_staged (const ComputeVulkanProgram *self, const ComputeTensor *tensor)
{
  return tensor->role == COMPUTE_TENSOR_INPUT || tensor->output || self->tensors[tensor->index].gathered;
}

static gboolean
place_constants (ComputeVulkanProgram *self, ComputeProgram *program, ComputeVulkanWeights *weights, GError **error)
{
  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeTensor *tensor = program->tensors->pdata[i];
      const ComputeVulkanWeight *packed;

      if (tensor->role != COMPUTE_TENSOR_CONSTANT)
        continue;
      packed = compute_vulkan_weights_get (weights, tensor->table, error);
      if (!packed)
        return FALSE;
      self->tensors[i].slice = packed->slice;
    }
  return TRUE;
}

static gboolean
add_op (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  static gboolean (*const add[COMPUTE_OP_KINDS]) (ComputeVulkanBuild *, const ComputeOp *, GError **) = {
    [COMPUTE_OP_PATCHES] = compute_vulkan_op_patches,
    [COMPUTE_OP_SEQUENCE] = compute_vulkan_op_sequence,
    [COMPUTE_OP_MATMUL] = compute_vulkan_op_matmul,
    [COMPUTE_OP_LAYERNORM] = compute_vulkan_op_layernorm,
    [COMPUTE_OP_ATTENTION] = compute_vulkan_op_attention,
    [COMPUTE_OP_SELECT] = compute_vulkan_op_select,
    [COMPUTE_OP_APPEND] = compute_vulkan_op_append,
    [COMPUTE_OP_NORMALIZE] = compute_vulkan_op_normalize,
  };

  return !add[op->kind] || add[op->kind](build, op, error); /* an embedding is gathered by write() */
}

static gboolean
build_ops (ComputeVulkanProgram *self, ComputeProgram *program, GError **error)
{
  ComputeVulkanBuild build = { self->device, self->tensors, NULL, self->recorder, program->capacity };
  gboolean good;

  build.weights = compute_vulkan_weights_begin (program->weights, error);
  if (!build.weights)
    return FALSE;
  good = place_constants (self, program, build.weights, error);
  for (guint i = 0; good && i < program->ops->len; i++)
    good = add_op (&build, program->ops->pdata[i], error);
  return compute_vulkan_weights_end (build.weights, program->weights, good, good ? error : NULL);
}

static gboolean
create_control (ComputeVulkanProgram *self, ComputeProgram *program, GError **error)
{
  gsize words = 1 + program->integers->len;
  ComputeVulkanBlock *block;

  self->arguments = (words * sizeof (guint32) + 255) / 256 * 256;
  self->control_bytes = self->arguments + (gsize) compute_vulkan_recorder_get_length (self->recorder) * 3 * sizeof (guint32);
  block = compute_vulkan_block_new (self->device, MAX (self->control_bytes, 512), COMPUTE_VULKAN_DEVICE_MEMORY, program->name, error);
  if (!block)
    return FALSE;
  g_ptr_array_add (self->blocks, block);
  self->control = (ComputeVulkanSlice){ block, 0, self->arguments };
  return TRUE;
}

static gboolean
create_staging (ComputeVulkanProgram *self, ComputeProgram *program, GError **error)
{
  gsize size = (self->control_bytes + 255) / 256 * 256;

  for (guint i = 0; i < program->tensors->len; i++)
    if (is_staged (self, program->tensors->pdata[i]))
      {
        self->tensors[i].staging = size;
        size += (self->tensors[i].item_bytes * self->tensors[i].items + 255) / 256 * 256;
      }
  self->staging = compute_vulkan_block_new (self->device, size, COMPUTE_VULKAN_STAGING_MEMORY, program->name, error);
  if (self->staging)
    memset (self->staging->map, 0, size);
  return self->staging != NULL;
}

static gboolean
create_commands (ComputeVulkanProgram *self, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;
  VkDevice device = self->device->handle;
  VkCommandBuffer buffers[2];
  VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
    .queueFamilyIndex = self->device->queue_family,
  };
  VkCommandBufferAllocateInfo commands = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = G_N_ELEMENTS (buffers),
  };

  if (!VULKAN_TRY (vk, error, CreateFence, device, &fence, NULL, &self->fence) ||
      !VULKAN_TRY (vk, error, CreateCommandPool, device, &pool, NULL, &self->pool))
    return FALSE;
  commands.commandPool = self->pool;
  if (!VULKAN_TRY (vk, error, AllocateCommandBuffers, device, &commands, buffers))
    return FALSE;
  self->upload = buffers[0];
  self->download = buffers[1];
  return TRUE;
}

/* States begin as zeros, and no kernel ever reads what nobody wrote. */
static gboolean
clear_memory (ComputeVulkanProgram *self, GError **error)
{
  g_autoptr (ComputeVulkanUpload) upload = compute_vulkan_upload_new (self->device, error);

  for (guint i = 0; upload && i < self->blocks->len; i++)
    if (!compute_vulkan_upload_zero (upload, self->blocks->pdata[i], error))
      return FALSE;
  return upload && compute_vulkan_upload_flush (upload, error);
}

gboolean
compute_vulkan_program_prepare (ComputeProgram *program, GError **error)
{
  ComputeVulkanProgram *self = g_new0 (ComputeVulkanProgram, 1);

  self->device = program->weights->device->backend_state;
  self->recorder = compute_vulkan_recorder_new (self->device);
  self->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) compute_vulkan_block_free);
  self->tensors = compute_vulkan_plan (program, self->blocks, error);
  if (self->tensors && build_ops (self, program, error) && create_control (self, program, error) &&
      create_staging (self, program, error) && create_commands (self, error) && clear_memory (self, error) &&
      compute_vulkan_recorder_finish (self->recorder, &self->control, self->arguments, error))
    {
      program->backend_state = self;
      return TRUE;
    }
  compute_vulkan_program_free (self);
  return FALSE;
}

/* Rows of numbers are padded to quads with zeros. */
static void
write_rows (const ComputeVulkanTensor *tensor, const ComputeTensor *input, const float *data, gsize rows, float *out)
{
  for (gsize row = 0; row < rows; row++, data += input->columns, out += tensor->stride)
    memcpy (out, data, input->columns * sizeof *out); /* the padding is zero from the start */
}

static void
write_embeddings (ComputeVulkanProgram *self, ComputeProgram *program, const ComputeTensor *ids, const gint32 *data, guint items)
{
  for (guint i = 0; i < program->ops->len; i++)
    {
      const ComputeOp *op = program->ops->pdata[i];
      ComputeVulkanTensor *output;

      if (op->kind != COMPUTE_OP_EMBED || op->input != ids)
        continue;
      output = &self->tensors[op->output->index];
      compute_vulkan_op_embed (op, output, data, items, (float *) (self->staging->map + output->staging));
      output->dirty_items = MAX (output->dirty_items, items);
    }
}

void
compute_vulkan_program_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items)
{
  ComputeVulkanProgram *self = program->backend_state;
  ComputeVulkanTensor *tensor = &self->tensors[input->index];
  guint8 *out = self->staging->map + tensor->staging;

  if (input->type == COMPUTE_F32)
    write_rows (tensor, input, data, (gsize) items * input->rows, (float *) out);
  else
    memcpy (out, data, tensor->item_bytes * items);
  tensor->dirty_items = MAX (tensor->dirty_items, items);
  if (input->type == COMPUTE_I32)
    write_embeddings (self, program, input, data, items);
}

static void
write_control (ComputeVulkanProgram *self, ComputeProgram *program, guint items)
{
  gint32 *words = (gint32 *) self->staging->map;

  words[0] = items;
  for (guint i = 0; i < program->integers->len; i++)
    words[1 + i] = ((ComputeInteger *) program->integers->pdata[i])->value;
  compute_vulkan_recorder_count_groups (self->recorder, items, (guint32 *) (self->staging->map + self->arguments));
}

static void
barrier (ComputeVulkanProgram *self,
         VkCommandBuffer commands,
         VkPipelineStageFlags from,
         VkAccessFlags written,
         VkPipelineStageFlags to,
         VkAccessFlags accessed)
{
  VkMemoryBarrier memory = { .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = written, .dstAccessMask = accessed };

  self->device->vk.CmdPipelineBarrier (commands, from, to, 0, 1, &memory, 0, NULL, 0, NULL);
}

#define COMPUTE VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT
#define TRANSFER VK_PIPELINE_STAGE_TRANSFER_BIT
#define INDIRECT VK_PIPELINE_STAGE_DRAW_INDIRECT_BIT

static const VkCommandBufferBeginInfo begin_once = {
  .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
  .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
};

static gboolean
record_upload (ComputeVulkanProgram *self, ComputeProgram *program, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;
  VkBufferCopy control = { .size = self->control_bytes };

  if (!VULKAN_TRY (vk, error, BeginCommandBuffer, self->upload, &begin_once))
    return FALSE;
  /* Whatever the previous run did comes before; its results stay visible: states are read by this one. */
  barrier (self, self->upload, COMPUTE | TRANSFER | INDIRECT, VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, TRANSFER, VK_ACCESS_TRANSFER_WRITE_BIT);
  vk->CmdCopyBuffer (self->upload, self->staging->buffer, self->control.block->buffer, 1, &control);
  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeVulkanTensor *tensor = &self->tensors[i];
      VkBufferCopy copy = { tensor->staging, tensor->slice.offset, tensor->item_bytes * tensor->dirty_items };

      if (tensor->dirty_items)
        vk->CmdCopyBuffer (self->upload, self->staging->buffer, tensor->slice.block->buffer, 1, &copy);
    }
  barrier (self, self->upload, COMPUTE | TRANSFER, VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, COMPUTE | INDIRECT,
           VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_INDIRECT_COMMAND_READ_BIT);
  return VULKAN_TRY (vk, error, EndCommandBuffer, self->upload);
}

static gboolean
record_download (ComputeVulkanProgram *self, ComputeProgram *program, guint items, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;

  if (!VULKAN_TRY (vk, error, BeginCommandBuffer, self->download, &begin_once))
    return FALSE;
  barrier (self, self->download, COMPUTE | TRANSFER, VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, TRANSFER,
           VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT);
  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeTensor *tensor = program->tensors->pdata[i];
      const ComputeVulkanTensor *place = &self->tensors[i];
      VkBufferCopy copy = { place->slice.offset, place->staging, place->item_bytes * MIN (items, place->items) };

      if (tensor->output)
        vk->CmdCopyBuffer (self->download, place->slice.block->buffer, self->staging->buffer, 1, &copy);
    }
  barrier (self, self->download, TRANSFER, VK_ACCESS_TRANSFER_WRITE_BIT, VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
  return VULKAN_TRY (vk, error, EndCommandBuffer, self->download);
}

/* The copies go along with the first and the last part of the work. */
static gboolean
submit (ComputeVulkanProgram *self, GError **error)
{
  GArray *recorded = compute_vulkan_recorder_get_commands (self->recorder);
  guint n = recorded->len;

  for (guint i = 0; i < MAX (n, 1); i++)
    {
      gboolean last = i + 1 >= n;
      VkCommandBuffer buffers[3];
      guint count = 0;

      if (i == 0)
        buffers[count++] = self->upload;
      if (i < n)
        buffers[count++] = g_array_index (recorded, VkCommandBuffer, i);
      if (last)
        buffers[count++] = self->download;
      if (!compute_vulkan_device_submit (self->device, buffers, count, last ? self->fence : VK_NULL_HANDLE, error))
        {
          if (i > 0) /* nothing may be freed while the parts before are under way */
            compute_vulkan_device_wait_idle (self->device);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
compute_vulkan_program_run (ComputeProgram *program, guint items, GError **error)
{
  ComputeVulkanProgram *self = program->backend_state;

  write_control (self, program, items);
  if (!record_upload (self, program, error) || !record_download (self, program, items, error) || !submit (self, error) ||
      !compute_vulkan_device_wait (self->device, self->fence, error))
    return FALSE;
  for (guint i = 0; i < program->tensors->len; i++)
    self->tensors[i].dirty_items = 0;
  return TRUE;
}

void
compute_vulkan_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items)
{
  ComputeVulkanProgram *self = program->backend_state;
  const ComputeVulkanTensor *tensor = &self->tensors[output->index];
  const float *in = (const float *) (self->staging->map + tensor->staging);
  gsize rows = (gsize) items * output->rows;

  for (gsize row = 0; row < rows; row++, in += tensor->stride, data += output->columns)
    memcpy (data, in, output->columns * sizeof *data);
}
