/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

#include <string.h>

ComputeVulkanTensor *
compute_vulkan_build_tensor (ComputeVulkanBuild *build, const ComputeTensor *tensor)
{
  return &build->tensors[tensor->index];
}

ComputeVulkanView
compute_vulkan_build_quads (ComputeVulkanBuild *build, const ComputeTensor *tensor)
{
  ComputeVulkanView view = { .format = VK_FORMAT_R32G32B32A32_SFLOAT };

  if (tensor)
    {
      view.slice = compute_vulkan_build_tensor (build, tensor)->slice;
      if (compute_vulkan_build_tensor (build, tensor)->half)
        view.format = VK_FORMAT_R16G16B16A16_SFLOAT;
    }
  return view;
}

ComputeVulkanView
compute_vulkan_build_ids (ComputeVulkanBuild *build, const ComputeTensor *tensor)
{
  ComputeVulkanView view = { .format = VK_FORMAT_R32_SINT };

  if (tensor)
    view.slice = compute_vulkan_build_tensor (build, tensor)->slice;
  return view;
}

gboolean
compute_vulkan_build_weight (ComputeVulkanBuild *build, const ComputeWeight *weight, ComputeVulkanView *view, GError **error)
{
  const ComputeVulkanWeight *packed;

  *view = (ComputeVulkanView){ .format = VK_FORMAT_R32G32B32A32_SFLOAT };
  if (!weight)
    return TRUE;
  packed = compute_vulkan_weights_get (build->weights, weight, error);
  if (packed)
    *view = (ComputeVulkanView){ packed->slice, packed->format };
  return packed != NULL;
}

ComputeVulkanDispatch
compute_vulkan_build_dispatch (ComputeVulkanBuild *build, ComputeVulkanKernel kernel, guint group, const ComputeTensor *output)
{
  const ComputeVulkanTensor *tensor = compute_vulkan_build_tensor (build, output);
  ComputeVulkanDispatch dispatch = { .kernel = kernel, .output = tensor->slice };

  compute_vulkan_dispatch_constant (&dispatch, group);
  compute_vulkan_dispatch_constant (&dispatch, tensor->half);
  dispatch.work = (double) tensor->stride * output->rows * tensor->items * 10;
  return dispatch;
}

void
compute_vulkan_dispatch_constant (ComputeVulkanDispatch *dispatch, guint32 value)
{
  g_assert (dispatch->n_constants < COMPUTE_VULKAN_MAX_CONSTANTS);
  dispatch->constants[dispatch->n_constants++] = value;
}

void
compute_vulkan_dispatch_push (ComputeVulkanDispatch *dispatch, gconstpointer data, guint size)
{
  g_assert (size <= COMPUTE_VULKAN_MAX_PUSH);
  memcpy (dispatch->push, data, size);
  dispatch->push_size = size;
}

void
compute_vulkan_dispatch_quads (ComputeVulkanDispatch *dispatch, guint quads, guint rows, gboolean shared)
{
  guint group = dispatch->constants[0];

  dispatch->groups = (ComputeVulkanGroups){ .x = (quads + group - 1) / group, .y = rows, .shared = shared };
}

void
compute_vulkan_dispatch_rows (ComputeVulkanDispatch *dispatch, guint rows, gboolean shared)
{
  dispatch->groups = (ComputeVulkanGroups){ .x = 1, .y = rows, .shared = shared };
}

gboolean
compute_vulkan_check_iterations (const char *what, gsize iterations, GError **error)
{
  if (iterations <= COMPUTE_VULKAN_MAX_ITERATIONS)
    return TRUE;
  g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED, "%s is too long for Vulkan (%" G_GSIZE_FORMAT " steps, at most %d)",
               what, iterations, COMPUTE_VULKAN_MAX_ITERATIONS);
  return FALSE;
}
