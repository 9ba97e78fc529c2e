/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Between the files of the CPU backend. */
#include "compute-private.h"

#include <oneapi/dnnl/dnnl.h>

G_BEGIN_DECLS

/* Loops that gcc vectorises, once for each kind of processor.  The sanitizers instrument the resolver of such clones,
 * which then runs too early, so they get the plain form. */
#if defined __x86_64__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ && defined __GNUC__ && !defined __clang__
#define COMPUTE_CPU_CLONES __attribute__ ((noinline, target_clones ("default", "arch=haswell", "arch=skylake-avx512")))
#else
#define COMPUTE_CPU_CLONES __attribute__ ((noinline))
#endif

typedef struct
{
  dnnl_engine_t engine;
  gboolean bf16; /* bf16 arithmetic in hardware */
} ComputeCpuDevice;

/* One primitive of a matrix product, for one number of rows. */
typedef struct
{
  gint64 rows;
  dnnl_primitive_t primitive;
  dnnl_memory_t source, result, weights, bias; /* weights: borrowed from the packed copies */
} ComputeCpuProduct;

/* What one program needs to run.  buffers[i] is tensor i: items x rows x columns, f32 or (half[i]) bf16. */
typedef struct
{
  ComputeProgram *program;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  gboolean bf16;
  guint8 *arena;
  gpointer *buffers;
  gboolean *half;
  float **vectors;      /* weights read as f32, by weight index; NULL until needed */
  guint n_vectors;      /* weights there were when the program was prepared: others may come */
  GPtrArray **products; /* of ComputeCpuProduct, by operation */
  guint threads;
} ComputeCpuProgram;

/* Items of a tensor that a run with `items` in use touches. */
static inline guint
compute_cpu_items (const ComputeTensor *tensor, guint items)
{
  return tensor->shared ? 1 : items;
}

/* A row of a tensor as f32: in place, or converted into `scratch`. */
const float *compute_cpu_row (ComputeCpuProgram *self, const ComputeTensor *tensor, gsize row, float *scratch);
void compute_cpu_store_row (ComputeCpuProgram *self, const ComputeTensor *tensor, gsize row, const float *values);
const float *compute_cpu_vector (ComputeCpuProgram *self, const ComputeWeight *weight);

void compute_cpu_load_bf16 (const guint16 *in, float *out, gsize n);
void compute_cpu_store_bf16 (const float *in, guint16 *out, gsize n);

gboolean compute_cpu_matmul_prepare (ComputeCpuProgram *self, const ComputeOp *op, guint op_index, guint items, GError **error);
gboolean compute_cpu_matmul (ComputeCpuProgram *self, const ComputeOp *op, guint op_index, guint items, GError **error);
void compute_cpu_product_free (gpointer product);
void compute_cpu_packed_free (gpointer weights_state);

void compute_cpu_attention (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_patches (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_embed (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_sequence (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_layernorm (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_select (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_append (ComputeCpuProgram *self, const ComputeOp *op, guint items);
void compute_cpu_normalize (ComputeCpuProgram *self, const ComputeOp *op, guint items);

/* compute-cpu-program.c, for the backend's table */
gboolean compute_cpu_prepare (ComputeProgram *program, GError **error);
void compute_cpu_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items);
gboolean compute_cpu_run (ComputeProgram *program, guint items, GError **error);
void compute_cpu_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items);
void compute_cpu_program_free (gpointer state);

gboolean compute_cpu_check (dnnl_status_t status, const char *what, GError **error);

G_END_DECLS
