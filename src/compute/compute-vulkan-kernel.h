/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-device.h"

G_BEGIN_DECLS

/* A compiled shader; the build makes one for each line of shaders/meson.build. */
typedef struct
{
  const char *name;
  const guint32 *words;
  gsize size; /* bytes */
} ComputeVulkanShader;

typedef enum
{
  COMPUTE_VULKAN_APPEND,
  COMPUTE_VULKAN_ATTENTION,
  COMPUTE_VULKAN_LAYERNORM,
  COMPUTE_VULKAN_LAYERNORM_LANE,
  COMPUTE_VULKAN_MATMUL_LANE,
  COMPUTE_VULKAN_MATMUL_TILE,
  COMPUTE_VULKAN_NORMALIZE,
  COMPUTE_VULKAN_NORMALIZE_LANE,
  COMPUTE_VULKAN_PATCHES,
  COMPUTE_VULKAN_SELECT,
  COMPUTE_VULKAN_SEQUENCE,
  COMPUTE_VULKAN_KERNELS,
} ComputeVulkanKernel;

#define COMPUTE_VULKAN_MAX_INPUTS 4
#define COMPUTE_VULKAN_MAX_CONSTANTS 12
#define COMPUTE_VULKAN_MAX_PUSH 128 /* bytes; Vulkan promises so many */

/* The pipelines of a device, made when first asked for. */
typedef struct _ComputeVulkanKernels ComputeVulkanKernels;

ComputeVulkanKernels *compute_vulkan_kernels_new (ComputeVulkanDevice *device, GError **error);
void compute_vulkan_kernels_free (ComputeVulkanKernels *kernels);

/* How many texel buffers a kernel reads, at bindings 2 and up. */
guint compute_vulkan_kernel_inputs (ComputeVulkanKernel kernel);

/* Owned by the device; thread safe. */
VkDescriptorSetLayout compute_vulkan_kernels_set_layout (ComputeVulkanKernels *kernels, guint inputs);
VkPipelineLayout compute_vulkan_kernels_pipeline_layout (ComputeVulkanKernels *kernels, guint inputs);
/* constants[i] is specialisation constant i. */
VkPipeline compute_vulkan_kernels_pipeline (ComputeVulkanKernels *kernels, ComputeVulkanKernel kernel, const guint32 *constants, guint n, GError **error);

G_END_DECLS
