/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-memory.h"

G_BEGIN_DECLS

/* A weight on the device, ready to be bound as quads. */
typedef struct
{
  ComputeVulkanSlice slice;
  VkFormat format;
  guint depth; /* matrix: padded rows of a panel */
} ComputeVulkanWeight;

/* Packed copies of weights and a way to bring more of them over.  Between begin() and end() the weights are locked.
 *
 * Layouts, chosen by ComputeVulkanTraits:
 * - matrix: panels of `panel` columns, [panel][depth][panel], padded with zeros to a multiple of two panels and of
 *   depth_multiple; f16, or f32 if the weight is wide;
 * - table: f32 rows, each padded with zeros to a multiple of four;
 * - vector: f32, padded with zeros to a multiple of two panels, so that kernels may read to a tile's edge. */
typedef struct _ComputeVulkanWeights ComputeVulkanWeights;

ComputeVulkanWeights *compute_vulkan_weights_begin (ComputeWeights *weights, GError **error);
/* Packs it unless that has been done.  Its bytes are on the device after end(). */
const ComputeVulkanWeight *compute_vulkan_weights_get (ComputeVulkanWeights *self, const ComputeWeight *weight, GError **error);
/* Waits for what is under way; with `keep` FALSE (the program will not be) forgets what was new.  Unlocks. */
gboolean compute_vulkan_weights_end (ComputeVulkanWeights *self, ComputeWeights *weights, gboolean keep, GError **error);
void compute_vulkan_weights_free (gpointer weights_state);

G_END_DECLS
