/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 rows, body_rows, quads;
} Push;

gboolean
compute_vulkan_op_sequence (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  ComputeWeight *weights[] = { op->sequence.first, op->sequence.last, op->sequence.positions };
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, COMPUTE_VULKAN_SEQUENCE, build->device->traits.group, op->output);
  Push push = { op->output->rows, op->input->rows, quads };

  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  for (guint i = 0; i < G_N_ELEMENTS (weights); i++)
    {
      compute_vulkan_dispatch_constant (&dispatch, weights[i] != NULL);
      if (!compute_vulkan_build_weight (build, weights[i], &dispatch.inputs[1 + i], error))
        return FALSE;
    }
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_quads (&dispatch, quads, op->output->rows, op->output->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
