/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

#include <math.h>

#define MAX_HEAD_WIDTH 128
#define STAGED_KEYS 16

typedef struct
{
  guint32 column, row, item;
} View;

typedef struct
{
  View query, key, value;
  guint32 query_rows, key_rows;
  guint32 head, output_row;
  gint32 position, keys_in_use;
  guint32 visible_item;
  float scale;
} Push;

/* In texels of `width` elements. */
static View
make_view (ComputeVulkanBuild *build, const ComputeView *view, guint width)
{
  guint row = compute_vulkan_build_tensor (build, view->tensor)->stride / width;

  return (View){ view->column / width, row, view->tensor->shared ? 0 : row * view->tensor->rows };
}

static ComputeVulkanView
scalars (ComputeVulkanBuild *build, const ComputeTensor *tensor)
{
  ComputeVulkanView view = compute_vulkan_build_quads (build, tensor);

  view.format = compute_vulkan_build_tensor (build, tensor)->half ? VK_FORMAT_R16_SFLOAT : VK_FORMAT_R32_SFLOAT;
  return view;
}

/* Single elements are smaller texels than the plan has checked. */
static gboolean
check_scalars (ComputeVulkanBuild *build, const ComputeAttention *attention, GError **error)
{
  const ComputeTensor *tensors[] = { attention->query.tensor, attention->key.tensor, attention->value.tensor };

  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      const ComputeVulkanTensor *tensor = compute_vulkan_build_tensor (build, tensors[i]);

      if (!compute_vulkan_check_binding (build->device, "A value with odd heads", tensor->slice.size, tensor->half ? 2 : 4, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check (ComputeVulkanBuild *build, const ComputeAttention *attention, gboolean aligned, GError **error)
{
  if (attention->head_width > MAX_HEAD_WIDTH)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED, "Heads are %u wide; on Vulkan they can be %d", attention->head_width, MAX_HEAD_WIDTH);
      return FALSE;
    }
  return compute_vulkan_check_iterations ("An attention", attention->key.tensor->rows, error) &&
         (aligned || check_scalars (build, attention, error));
}

static void
set_constants (ComputeVulkanDispatch *dispatch, const ComputeAttention *attention, gboolean aligned, gboolean staged)
{
  guint width = attention->head_width, quads = (width + 3) / 4;

  compute_vulkan_dispatch_constant (dispatch, quads);
  compute_vulkan_dispatch_constant (dispatch, width - 4 * (quads - 1));
  compute_vulkan_dispatch_constant (dispatch, aligned);
  compute_vulkan_dispatch_constant (dispatch, attention->causal);
  compute_vulkan_dispatch_constant (dispatch, attention->key_visible != NULL);
  compute_vulkan_dispatch_constant (dispatch, staged);
  compute_vulkan_dispatch_constant (dispatch, STAGED_KEYS);
}

static Push
make_push (ComputeVulkanBuild *build, const ComputeOp *op, guint width)
{
  const ComputeAttention *attention = &op->attention;
  const ComputeTensor *visible = attention->key_visible;

  return (Push){
    .query = make_view (build, &attention->query, width),
    .key = make_view (build, &attention->key, width),
    .value = make_view (build, &attention->value, width),
    .query_rows = attention->query.tensor->rows,
    .key_rows = attention->key.tensor->rows,
    .head = attention->head_width / width,
    .output_row = compute_vulkan_build_tensor (build, op->output)->stride / width,
    .position = attention->position ? (gint32) attention->position->index : -1,
    .keys_in_use = attention->keys_in_use ? (gint32) attention->keys_in_use->index : -1,
    .visible_item = visible && !visible->shared ? visible->columns : 0,
    .scale = 1.0f / sqrtf (attention->head_width),
  };
}

gboolean
compute_vulkan_op_attention (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  const ComputeAttention *attention = &op->attention;
  const ComputeView *views[] = { &attention->query, &attention->key, &attention->value };
  const ComputeVulkanTraits *traits = &build->device->traits;
  gboolean aligned = compute_vulkan_attention_aligned (attention);
  guint group = traits->lane ? traits->subgroup : traits->group, rows = attention->query.tensor->rows;
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, COMPUTE_VULKAN_ATTENTION, group, op->output);
  Push push = make_push (build, op, aligned ? 4 : 1);

  if (!check (build, attention, aligned, error))
    return FALSE;
  set_constants (&dispatch, attention, aligned, !traits->lane);
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    dispatch.inputs[i] = aligned ? compute_vulkan_build_quads (build, views[i]->tensor) : scalars (build, views[i]->tensor);
  dispatch.inputs[3] = compute_vulkan_build_ids (build, attention->key_visible);
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  dispatch.groups = (ComputeVulkanGroups){ .x = (rows + group - 1) / group, .y = attention->heads, .shared = op->output->shared };
  dispatch.work = 4.0 * rows * push.key_rows * attention->heads * attention->head_width * compute_vulkan_build_tensor (build, op->output)->items;
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
