/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Forward declarations of every public type, so that headers need not include each other. */
typedef struct _ComputeDevice ComputeDevice;   /* a processor that runs programs; thread safe, reference counted */
typedef struct _ComputeWeights ComputeWeights; /* the parameters of one network on one device; reference counted */
typedef struct _ComputeWeight ComputeWeight;   /* one matrix, table or vector of them; owned by its ComputeWeights */
typedef struct _ComputeProgram ComputeProgram; /* a flat list of operations, recorded once, run many times */
typedef struct _ComputeTensor ComputeTensor;   /* a value of a program; owned by its ComputeProgram */
typedef struct _ComputeInteger ComputeInteger; /* a run-time integer of a program; owned by its ComputeProgram */

typedef enum
{
  COMPUTE_F32,
  COMPUTE_F16,
  COMPUTE_BF16,
  COMPUTE_I32,
  COMPUTE_U8,
} ComputeType;

/* Bytes of one element. */
gsize compute_type_size (ComputeType type);

/* EXACT: f32 arithmetic on the CPU, f16 storage with f32 sums on Vulkan.  FAST: bf16 arithmetic where the machine
 * has it, else as EXACT.  Residual stream, statistics and sums are f32 in both. */
typedef enum
{
  COMPUTE_PRECISION_EXACT,
  COMPUTE_PRECISION_FAST,
} ComputePrecision;

typedef enum
{
  COMPUTE_ACTIVATION_NONE,
  COMPUTE_ACTIVATION_GELU,       /* x Phi(x), with erf */
  COMPUTE_ACTIVATION_QUICK_GELU, /* x sigmoid(1.702 x) */
} ComputeActivation;

typedef enum
{
  COMPUTE_ERROR_NO_DEVICE, /* no such device, or none works */
  COMPUTE_ERROR_OUT_OF_MEMORY,
  COMPUTE_ERROR_DEVICE_LOST,
  COMPUTE_ERROR_UNSUPPORTED, /* a shape or type that the backend cannot run */
  COMPUTE_ERROR_FAILED,
} ComputeError;

#define COMPUTE_ERROR (compute_error_quark ())
GQuark compute_error_quark (void);

G_END_DECLS
