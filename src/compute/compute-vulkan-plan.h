/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-vulkan-memory.h"

G_BEGIN_DECLS

/* How and where a tensor of a program is kept: [items][rows][stride]. */
typedef struct
{
  ComputeVulkanSlice slice;
  gboolean half;     /* f16; else the tensor's own type */
  gboolean gathered; /* the result of an embedding: written by the host, as an input is */
  guint stride;      /* elements from row to row: columns rounded up to quads; bytes and ids are not padded */
  guint items;       /* that there is room for */
  gsize item_bytes;
  gsize staging;     /* where its host copy begins, if it has one */
  guint dirty_items; /* of the host copy, not yet on the device */
} ComputeVulkanTensor;

/* Quads of a row. */
#define COMPUTE_VULKAN_QUADS(tensor) ((tensor)->stride / 4)

/* The tensors' kinds and places, by index; blocks for them are added to `blocks`.  Numbers are f16 unless they are
 * stream, inputs or results of an attention whose heads do not fall on quads.  Inputs, outputs, states and embeddings
 * keep their place for ever; everything else gives it up after its last use.  Constants get no place here. */
ComputeVulkanTensor *compute_vulkan_plan (ComputeProgram *program, GPtrArray *blocks, GError **error);

/* Heads begin and end at quads in all views. */
gboolean compute_vulkan_attention_aligned (const ComputeAttention *attention);

G_END_DECLS
