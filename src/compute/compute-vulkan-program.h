/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-private.h"

G_BEGIN_DECLS

/* The program functions of ComputeBackend. */
gboolean compute_vulkan_program_prepare (ComputeProgram *program, GError **error);
void compute_vulkan_program_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items);
gboolean compute_vulkan_program_run (ComputeProgram *program, guint items, GError **error);
void compute_vulkan_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items);
void compute_vulkan_program_free (gpointer program_state);

G_END_DECLS
