/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

typedef struct
{
  guint32 rows, is_shared, first_row;
  guint32 input_quads, output_quads, depth;
} Push;

/* A kernel and the part of the result that one of its workgroups makes. */
typedef struct
{
  ComputeVulkanKernel kernel;
  guint group; /* invocations */
  guint rows, columns;
  guint iterations; /* of one invocation */
} Shape;

#define SMALL_TILE 64
#define LARGE_TILE 128
/* Large tiles read half as much, but only many of them fill a large GPU. */
#define LARGE_TILE_GROUPS 256
/* Many rows a lane are fastest, but drivers take seconds to compile them: for large products only. */
#define LANE_LARGE_WORK 2e9

static Shape
lane_shape (const ComputeVulkanTraits *traits, gsize rows, guint columns, guint depth)
{
  double work = 2.0 * rows * columns * depth;
  guint wanted = rows <= 8 ? 8 : work >= LANE_LARGE_WORK ? 32
                                                         : 16;

  return (Shape){
    .kernel = COMPUTE_VULKAN_MATMUL_LANE,
    .group = traits->subgroup,
    .rows = MAX (wanted, traits->subgroup),
    .columns = 2 * traits->panel,
    .iterations = depth / 4,
  };
}

static Shape
tile_shape (ComputeVulkanDevice *device, gsize rows, guint columns, guint depth)
{
  const VkPhysicalDeviceLimits *limits = &device->limits;
  gsize groups = ((rows + LARGE_TILE - 1) / LARGE_TILE) * ((columns + LARGE_TILE - 1) / LARGE_TILE);
  gboolean large = groups >= LARGE_TILE_GROUPS && limits->maxComputeWorkGroupInvocations >= 256 && limits->maxComputeSharedMemorySize >= 32768;
  guint tile = large ? LARGE_TILE : SMALL_TILE;

  return (Shape){
    .kernel = COMPUTE_VULKAN_MATMUL_TILE,
    .group = tile / 8 * (tile / 8),
    .rows = tile,
    .columns = tile,
    .iterations = depth / 16 * 17,
  };
}

static gboolean
find_weights (ComputeVulkanBuild *build, const ComputeMatmul *matmul, ComputeVulkanDispatch *dispatch, guint *depth, GError **error)
{
  const ComputeVulkanWeight *matrix = compute_vulkan_weights_get (build->weights, matmul->matrix, error);

  if (!matrix)
    return FALSE;
  *depth = matrix->depth;
  dispatch->inputs[1] = (ComputeVulkanView){ matrix->slice, matrix->format };
  return compute_vulkan_build_weight (build, matmul->bias, &dispatch->inputs[2], error);
}

/* Many rows are done by several dispatches, so that none takes long. */
static gboolean
add_parts (ComputeVulkanBuild *build, ComputeVulkanDispatch *dispatch, const Shape *shape, Push *push, gsize rows, double row_work, GError **error)
{
  gsize part = MAX (build->device->traits.submission_budget / row_work, 1.0);

  part = MIN (MAX (part / shape->rows, 1), 65535) * shape->rows;
  for (gsize first = 0; first < rows; first += part)
    {
      push->first_row = first;
      compute_vulkan_dispatch_push (dispatch, push, sizeof *push);
      dispatch->groups.row_count = push->rows;
      dispatch->groups.rows_per_group = shape->rows;
      dispatch->groups.first_row = first;
      dispatch->groups.row_limit = part;
      dispatch->work = row_work * MIN (part, rows - first);
      if (!compute_vulkan_recorder_add (build->recorder, dispatch, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
compute_vulkan_op_matmul (ComputeVulkanBuild *build, const ComputeOp *op, GError **error)
{
  const ComputeMatmul *matmul = &op->matmul;
  const ComputeVulkanTensor *output = compute_vulkan_build_tensor (build, op->output);
  gsize rows = (gsize) output->items * op->output->rows;
  guint depth;
  ComputeVulkanDispatch dispatch, weights = { 0 };
  Shape shape;
  Push push;

  if (!find_weights (build, matmul, &weights, &depth, error))
    return FALSE;
  shape = build->device->traits.lane ? lane_shape (&build->device->traits, rows, op->output->columns, depth) : tile_shape (build->device, rows, op->output->columns, depth);
  if (!compute_vulkan_check_iterations ("A matrix product", shape.iterations, error))
    return FALSE;
  dispatch = compute_vulkan_build_dispatch (build, shape.kernel, shape.group, op->output);
  compute_vulkan_dispatch_constant (&dispatch, matmul->activation);
  compute_vulkan_dispatch_constant (&dispatch, matmul->bias != NULL);
  compute_vulkan_dispatch_constant (&dispatch, matmul->residual != NULL);
  compute_vulkan_dispatch_constant (&dispatch, shape.rows);
  dispatch.inputs[0] = compute_vulkan_build_quads (build, op->input);
  dispatch.inputs[1] = weights.inputs[1];
  dispatch.inputs[2] = weights.inputs[2];
  dispatch.inputs[3] = compute_vulkan_build_quads (build, matmul->residual);
  dispatch.groups.x = (output->stride + shape.columns - 1) / shape.columns;
  dispatch.groups.shared = op->output->shared;
  push = (Push){
    .rows = op->output->rows,
    .is_shared = op->output->shared,
    .input_quads = COMPUTE_VULKAN_QUADS (compute_vulkan_build_tensor (build, op->input)),
    .output_quads = COMPUTE_VULKAN_QUADS (output),
    .depth = depth,
  };
  return add_parts (build, &dispatch, &shape, &push, rows, 2.0 * output->stride * depth, error);
}
