/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-private.h"

static void
list (GPtrArray *devices)
{
}

const ComputeBackend compute_vulkan_backend = {
  .name = "vulkan",
  .list = list,
};
