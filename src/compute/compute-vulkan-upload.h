/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-memory.h"

G_BEGIN_DECLS

/* Brings bytes to the device through a staging block, many pieces to a submission. */
typedef struct _ComputeVulkanUpload ComputeVulkanUpload;

ComputeVulkanUpload *compute_vulkan_upload_new (ComputeVulkanDevice *device, GError **error);
void compute_vulkan_upload_free (ComputeVulkanUpload *upload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeVulkanUpload, compute_vulkan_upload_free)

/* Where to write `size` bytes (at most compute_vulkan_upload_limit()) that shall come to `offset` of the block; valid
 * until the next call. */
gpointer compute_vulkan_upload_piece (ComputeVulkanUpload *upload, const ComputeVulkanBlock *block, VkDeviceSize offset, gsize size, GError **error);
gsize compute_vulkan_upload_limit (void);
/* Fills a whole block with zeros. */
gboolean compute_vulkan_upload_zero (ComputeVulkanUpload *upload, const ComputeVulkanBlock *block, GError **error);
/* Copies what is pending and waits for it. */
gboolean compute_vulkan_upload_flush (ComputeVulkanUpload *upload, GError **error);

G_END_DECLS
