/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-kernel.h"
#include "compute-vulkan-memory.h"

G_BEGIN_DECLS

/* Something that a kernel reads; without a block there is nothing to read and the kernel will not, but the format must
 * still be of the right kind. */
typedef struct
{
  ComputeVulkanSlice slice;
  VkFormat format;
} ComputeVulkanView;

/* How many workgroups: x by `y` by items in use; or, with row_count, x by as many as the rows in use need. */
typedef struct
{
  guint x, y;
  gboolean shared; /* one item whatever the run says */
  guint row_count; /* of one item; 0: see above */
  guint rows_per_group;
  guint first_row, row_limit; /* the part of all rows that this dispatch does */
} ComputeVulkanGroups;

typedef struct
{
  ComputeVulkanKernel kernel;
  guint32 constants[COMPUTE_VULKAN_MAX_CONSTANTS];
  guint n_constants;
  ComputeVulkanSlice output;
  ComputeVulkanView inputs[COMPUTE_VULKAN_MAX_INPUTS];
  guint8 push[COMPUTE_VULKAN_MAX_PUSH];
  guint push_size;
  ComputeVulkanGroups groups;
  double work; /* floating point operations at full capacity */
} ComputeVulkanDispatch;

/* First collects dispatches, then records them once: descriptor sets, barriers only where a dispatch touches what an
 * earlier one has touched, and a new command buffer whenever one holds enough work for a submission.  Workgroup counts
 * are read from memory when the commands run, so that they serve any number of items. */
typedef struct _ComputeVulkanRecorder ComputeVulkanRecorder;

ComputeVulkanRecorder *compute_vulkan_recorder_new (ComputeVulkanDevice *device);
void compute_vulkan_recorder_free (ComputeVulkanRecorder *recorder);

gboolean compute_vulkan_recorder_add (ComputeVulkanRecorder *recorder, const ComputeVulkanDispatch *dispatch, GError **error);
guint compute_vulkan_recorder_get_length (ComputeVulkanRecorder *recorder);

/* control: binding 1 of every kernel.  arguments: offset in its block of the workgroup counts, three words a dispatch. */
gboolean compute_vulkan_recorder_finish (ComputeVulkanRecorder *recorder, const ComputeVulkanSlice *control, VkDeviceSize arguments, GError **error);
void compute_vulkan_recorder_count_groups (ComputeVulkanRecorder *recorder, guint items, guint32 *arguments);

/* In the order of submission.  (element-type VkCommandBuffer) (transfer none) */
GArray *compute_vulkan_recorder_get_commands (ComputeVulkanRecorder *recorder);
/* For tests: how many barriers were recorded. */
guint compute_vulkan_recorder_get_barriers (ComputeVulkanRecorder *recorder);

G_END_DECLS
