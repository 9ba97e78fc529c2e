/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-ops.h"

#include <string.h>

void
compute_vulkan_op_embed (const ComputeOp *op, const ComputeVulkanTensor *output, const gint32 *ids, guint items, float *out)
{
  const ComputeWeight *table = op->embed.table;
  gsize rows = (gsize) items * op->output->rows;

  for (gsize i = 0; i < rows; i++, out += output->stride)
    {
      gsize row = CLAMP (ids[i], 0, (gint32) MIN (table->rows - 1, G_MAXINT32));

      compute_weight_read (table, row * table->columns, table->columns, out);
      memset (out + table->columns, 0, (output->stride - table->columns) * sizeof *out);
    }
}
