/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-plan.h"

typedef struct
{
  const ComputeTensor *tensor;
  ComputeVulkanTensor *place;
  guint first_op, last_op;
  guint block;
  VkDeviceSize offset, size;
} Placement;

gboolean
compute_vulkan_attention_aligned (const ComputeAttention *attention)
{
  return (attention->head_width | attention->query.column | attention->key.column | attention->value.column) % 4 == 0;
}

static void
choose_storage (ComputeProgram *program, ComputeVulkanTensor *places)
{
  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeTensor *tensor = program->tensors->pdata[i];

      places[i].half = tensor->type == COMPUTE_F32 && (tensor->role == COMPUTE_TENSOR_RESULT || tensor->role == COMPUTE_TENSOR_STATE) &&
                       !tensor->stream && !tensor->output;
    }
  for (guint i = 0; i < program->ops->len; i++)
    {
      const ComputeOp *op = program->ops->pdata[i];

      if (op->kind == COMPUTE_OP_EMBED)
        {
          places[op->output->index].gathered = TRUE;
          places[op->output->index].half = FALSE;
        }
      if (op->kind == COMPUTE_OP_ATTENTION && !compute_vulkan_attention_aligned (&op->attention))
        places[op->output->index].half = FALSE;
    }
}

static gboolean
measure (ComputeProgram *program, const ComputeTensor *tensor, ComputeVulkanTensor *place, GError **error)
{
  ComputeVulkanDevice *device = program->weights->device->backend_state;
  gboolean number = tensor->type == COMPUTE_F32;
  guint element = place->half ? 2 : compute_type_size (tensor->type);
  g_autofree char *what = NULL;
  gsize total;

  if (tensor->columns > G_MAXINT32 || tensor->rows > G_MAXINT32)
    total = G_MAXINT64;
  else
    {
      place->stride = number ? (tensor->columns + 3) / 4 * 4 : tensor->columns;
      place->items = tensor->shared ? 1 : program->capacity;
      if (!g_size_checked_mul (&place->item_bytes, (gsize) place->stride * element, tensor->rows) ||
          !g_size_checked_mul (&total, place->item_bytes, place->items))
        total = G_MAXINT64;
    }
  what = g_strdup_printf ("“%s”, a value of %u x %u x %u,", program->name, place->items, tensor->rows, tensor->columns);
  return compute_vulkan_check_binding (device, what, total, number ? 4 * element : element, error);
}

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const Placement *x = a, *y = b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return x->tensor->index < y->tensor->index ? -1 : 1;
}

static GArray *
collect (ComputeProgram *program, ComputeVulkanTensor *places, VkDeviceSize alignment)
{
  GArray *placements = g_array_new (FALSE, TRUE, sizeof (Placement));

  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeTensor *tensor = program->tensors->pdata[i];
      gboolean kept = tensor->role != COMPUTE_TENSOR_RESULT || tensor->output || places[i].gathered;
      VkDeviceSize bytes = (VkDeviceSize) places[i].item_bytes * places[i].items;
      Placement placement = {
        .tensor = tensor,
        .place = &places[i],
        .first_op = kept ? 0 : tensor->first_op,
        .last_op = kept ? G_MAXUINT : tensor->last_op,
        .size = (bytes + alignment - 1) / alignment * alignment,
      };

      if (tensor->role != COMPUTE_TENSOR_CONSTANT)
        g_array_append_val (placements, placement);
    }
  g_array_sort (placements, compare_sizes);
  return placements;
}

/* The end of the lowest placement that is in the way of [offset, offset + size) of the block, or `offset` if none is. */
static VkDeviceSize
obstacle (const GArray *placements, guint n, const Placement *self, guint block, VkDeviceSize offset)
{
  VkDeviceSize end = offset;

  for (guint i = 0; i < n; i++)
    {
      const Placement *other = &g_array_index (placements, Placement, i);

      if (other->block == block && other->first_op <= self->last_op && self->first_op <= other->last_op &&
          other->offset < offset + self->size && offset < other->offset + other->size)
        if (end == offset || other->offset + other->size < end)
          end = other->offset + other->size;
    }
  return end;
}

/* Largest first, each at the lowest place in the first block that is free for its whole life.  Returns the blocks' sizes. */
static GArray *
place_all (GArray *placements, VkDeviceSize limit)
{
  GArray *sizes = g_array_new (FALSE, TRUE, sizeof (VkDeviceSize));

  for (guint i = 0; i < placements->len; i++)
    {
      Placement *self = &g_array_index (placements, Placement, i);
      VkDeviceSize *size, next;

      for (;;)
        {
          next = obstacle (placements, i, self, self->block, self->offset);
          if (next == self->offset && next + self->size <= limit)
            break;
          self->offset = next;
          if (next + self->size > limit)
            {
              self->block++;
              self->offset = 0;
            }
        }
      if (self->block >= sizes->len)
        g_array_set_size (sizes, self->block + 1);
      size = &g_array_index (sizes, VkDeviceSize, self->block);
      *size = MAX (*size, self->offset + self->size);
    }
  return sizes;
}

ComputeVulkanTensor *
compute_vulkan_plan (ComputeProgram *program, GPtrArray *blocks, GError **error)
{
  ComputeVulkanDevice *device = program->weights->device->backend_state;
  g_autofree ComputeVulkanTensor *places = g_new0 (ComputeVulkanTensor, program->tensors->len);
  g_autoptr (GArray) placements = NULL;
  g_autoptr (GArray) sizes = NULL;

  choose_storage (program, places);
  for (guint i = 0; i < program->tensors->len; i++)
    if (!measure (program, program->tensors->pdata[i], &places[i], error))
      return NULL;
  placements = collect (program, places, compute_vulkan_alignment (device));
  sizes = place_all (placements, compute_vulkan_block_limit (device));
  for (guint i = 0; i < sizes->len; i++)
    {
      ComputeVulkanBlock *block = compute_vulkan_block_new (device, g_array_index (sizes, VkDeviceSize, i), COMPUTE_VULKAN_DEVICE_MEMORY, program->name, error);

      if (!block)
        return NULL;
      g_ptr_array_add (blocks, block);
    }
  for (guint i = 0; i < placements->len; i++)
    {
      const Placement *self = &g_array_index (placements, Placement, i);

      self->place->slice = (ComputeVulkanSlice){ blocks->pdata[self->block], self->offset, self->size };
    }
  return g_steal_pointer (&places);
}
