/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 rows, columns, quads;
  float epsilon;
} Push;

gboolean
compute_vulkan_op_layernorm (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  const ComputeVulkanTraits *traits = &build->device->traits;
  ComputeVulkanKernel kernel = traits->lane ? COMPUTE_VULKAN_LAYERNORM_LANE : COMPUTE_VULKAN_LAYERNORM;
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, kernel, traits->reduce_group, op->output);
  Push push = { op->output->rows, op->output->columns, quads, op->layernorm.epsilon };

  if (!compute_vulkan_check_iterations ("A row", 3 * (gsize) quads / traits->reduce_group, error))
    return FALSE;
  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  if (!compute_vulkan_build_weight (build, op->layernorm.gain, &dispatch.inputs[1], error) ||
      !compute_vulkan_build_weight (build, op->layernorm.bias, &dispatch.inputs[2], error))
    return FALSE;
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_rows (&dispatch, op->output->rows, op->output->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
