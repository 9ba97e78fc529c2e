/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

#include <string.h>

typedef struct
{
  float mean[4], deviation[4];
  guint32 side, patch_side, item_bytes, columns, quads;
} Push;

gboolean
compute_vulkan_op_patches (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, COMPUTE_VULKAN_PATCHES, build->device->traits.group, op->output);
  Push push = {
    .side = op->patches.side,
    .patch_side = op->patches.patch,
    .item_bytes = op->input->columns,
    .columns = op->output->columns,
    .quads = quads,
  };

  memcpy (push.mean, op->patches.mean, sizeof op->patches.mean);
  memcpy (push.deviation, op->patches.std, sizeof op->patches.std);
  dispatch.inputs[0] = (ComputeVulkanView){ compute_vulkan_build_tensor (build, op->input)->slice, VK_FORMAT_R8_UINT };
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_quads (&dispatch, quads, op->output->rows, op->output->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
