/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 input_rows, state_rows, quads, position;
} Push;

gboolean
compute_vulkan_op_append (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, COMPUTE_VULKAN_APPEND, build->device->traits.group, op->output);
  Push push = { op->input->rows, op->output->rows, quads, op->append.position->index };

  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_quads (&dispatch, quads, op->input->rows, op->input->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
