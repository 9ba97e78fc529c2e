/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 input_rows, quads;
  gint32 row;
  guint32 item_quads, row_step;
} Push;

gboolean
compute_vulkan_op_select (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  guint quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->output));
  const ComputeTensor *rows = op->select.rows;
  ComputeVulkanDispatch dispatch = compute_vulkan_build_dispatch (build, COMPUTE_VULKAN_SELECT, build->device->traits.group, op->output);
  Push push = {
    .input_rows = op->input->rows,
    .quads = quads,
    .row = MIN (op->select.row, op->input->rows - 1),
    .item_quads = op->input->shared ? 0 : quads * op->input->rows,
    .row_step = rows && !rows->shared,
  };

  compute_vulkan_dispatch_constant (&dispatch, rows != NULL);
  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  dispatch.inputs[1] = compute_vulkan_build_ids (build, rows);
  compute_vulkan_dispatch_push (&dispatch, &push, sizeof push);
  compute_vulkan_dispatch_quads (&dispatch, quads, 1, op->output->shared);
  return compute_vulkan_recorder_add (build->recorder, &dispatch, error);
}
