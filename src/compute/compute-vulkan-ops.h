/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The host halves of the shaders of the same names: shapes to constants, bindings and workgroups. */
#include "compute-vulkan-plan.h"
#include "compute-vulkan-recorder.h"
#include "compute-vulkan-weights.h"

G_BEGIN_DECLS

/* While a program is being prepared. */
typedef struct
{
  ComputeVulkanDevice *device;
  ComputeVulkanTensor *tensors; /* by index */
  ComputeVulkanWeights *weights;
  ComputeVulkanRecorder *recorder;
  guint capacity;
} ComputeVulkanBuild;

/* Drivers exist that stop an invocation silently after 65,535 loop iterations. */
#define COMPUTE_VULKAN_MAX_ITERATIONS 32000

gboolean compute_vulkan_op_append (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_attention (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_layernorm (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_matmul (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_normalize (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_patches (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_select (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);
gboolean compute_vulkan_op_sequence (ComputeVulkanBuild *build, const ComputeOp *op, GError **error);

/* An embedding has no shader: when ids are written the host gathers their rows, so that the largest tables (50,000 x
 * 1,280) need neither device memory nor a binding.  out: items x rows x stride of the result. */
void compute_vulkan_op_embed (const ComputeOp *op, const ComputeVulkanTensor *output, const gint32 *ids, guint items, float *out);

/* ---- shared by the operations ---- */

ComputeVulkanTensor *compute_vulkan_build_tensor (ComputeVulkanBuild *build, const ComputeTensor *tensor);
/* As quads of numbers; an empty view if `tensor` is NULL. */
ComputeVulkanView compute_vulkan_build_quads (ComputeVulkanBuild *build, const ComputeTensor *tensor);
/* As 32-bit integers; an empty view if `tensor` is NULL. */
ComputeVulkanView compute_vulkan_build_ids (ComputeVulkanBuild *build, const ComputeTensor *tensor);
/* Packs the weight; an empty view if it is NULL. */
gboolean compute_vulkan_build_weight (ComputeVulkanBuild *build, const ComputeWeight *weight, ComputeVulkanView *view, GError **error);

/* A dispatch that writes `output`, with constants 0 (workgroup size) and 1 (f16 or f32) set. */
ComputeVulkanDispatch compute_vulkan_build_dispatch (ComputeVulkanBuild *build, ComputeVulkanKernel kernel, guint group, const ComputeTensor *output);
void compute_vulkan_dispatch_constant (ComputeVulkanDispatch *dispatch, guint32 value);
void compute_vulkan_dispatch_push (ComputeVulkanDispatch *dispatch, gconstpointer data, guint size);
/* An invocation for each quad of each row of each item. */
void compute_vulkan_dispatch_quads (ComputeVulkanDispatch *dispatch, guint quads, guint rows, gboolean shared);
/* A workgroup for each row of each item. */
void compute_vulkan_dispatch_rows (ComputeVulkanDispatch *dispatch, guint rows, gboolean shared);
gboolean compute_vulkan_check_iterations (const char *what, gsize iterations, GError **error);

G_END_DECLS
