/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-types.h"

G_BEGIN_DECLS

typedef enum
{
  COMPUTE_DEVICE_CPU,             /* oneDNN */
  COMPUTE_DEVICE_VULKAN,          /* a GPU */
  COMPUTE_DEVICE_SOFTWARE_VULKAN, /* Vulkan drawn by the processor: never chosen by itself */
} ComputeDeviceKind;

typedef struct
{
  char *id;     /* "cpu", "vulkan:0" …: what compute_device_open() takes */
  char *name;   /* for people: "AMD EPYC (oneDNN, AVX-512 bf16)", "llvmpipe (LLVM 15.0.6, 256 bits)" */
  char *driver; /* driver name and version */
  ComputeDeviceKind kind;
  gboolean fast; /* has arithmetic for COMPUTE_PRECISION_FAST */
} ComputeDeviceInfo;

void compute_device_info_free (ComputeDeviceInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeDeviceInfo, compute_device_info_free)

/* All devices of this machine, the CPU last; never empty, never fails (a missing Vulkan loader means no Vulkan
 * devices).  (element-type ComputeDeviceInfo) (transfer full) */
GPtrArray *compute_device_list (void);

/* spec: "auto" (best GPU, else the CPU), "cpu", "vulkan" (first GPU), "vulkan:N" (N counts all Vulkan devices),
 * "software-vulkan".  NULL means $EIDETIC_DEVICE, else "auto".  Errors: COMPUTE_ERROR_NO_DEVICE and others, with a
 * sentence that names what was asked for and what there is. */
ComputeDevice *compute_device_open (const char *spec, GError **error);
ComputeDevice *compute_device_ref (ComputeDevice *device);
void compute_device_unref (ComputeDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeDevice, compute_device_unref)

const ComputeDeviceInfo *compute_device_get_info (ComputeDevice *device);

G_END_DECLS
