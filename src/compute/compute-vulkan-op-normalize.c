/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 rows, quads;
  float epsilon;
} Push;

gboolean
compute_vulkan_op_normalize (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  const ComputeVulkanTraits *traits = &build->device->traits;
  ComputeVulkanKernel kernel = traits->lane ? COMPUTE_VULKAN_NORMALIZE_LANE : COMPUTE_VULKAN_NORMALIZE;
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, kernel, traits->reduce_group, op->output);
  Push push = { op->output->rows, quads, op->normalize.epsilon };

  if (!compute_vulkan_check_iterations ("A row", 2 * (gsize) quads / traits->reduce_group, error))
    return FALSE;
  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_rows (&dispatch, op->output->rows, op->output->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
