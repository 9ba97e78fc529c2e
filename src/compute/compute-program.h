/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "compute-types.h"

G_BEGIN_DECLS

/**
 * ComputeProgram:
 *
 * A flat list of operations over tensors, built once, prepared once (memory planned, kernels chosen, commands
 * recorded) and run many times.  A tensor is [items][rows][columns]; `capacity` items are planned for, and each run
 * says how many are in use (1 … capacity): the rest cost no work.  A shared tensor has one item whatever the run says.
 *
 * Run-time integers (positions, rows in use) are read by operations while they run, so a recorded program never has
 * to be recorded again.  State tensors keep their values between runs: a key/value cache is a state tensor, an append
 * operation at a position, and an attention over the rows in use.
 *
 * One thread at a time per program; different programs may run at once, also of the same weights.
 * The builder functions never fail: wrong shapes are programming errors (g_error).
 */
ComputeProgram *compute_program_new (ComputeWeights *weights, const char *name, guint capacity);
ComputeProgram *compute_program_ref (ComputeProgram *program);
void compute_program_unref (ComputeProgram *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ComputeProgram, compute_program_unref)

/* Values that come from outside: type F32, I32 or U8. */
ComputeTensor *compute_program_input (ComputeProgram *program, const char *name, ComputeType type, guint rows, guint columns);
/* A table of the weights as a shared f32 tensor (an attentional pooler's queries). */
ComputeTensor *compute_program_constant (ComputeProgram *program, ComputeWeight *table);
/* Keeps its values between runs; zero at first. */
ComputeTensor *compute_program_state (ComputeProgram *program, const char *name, guint rows, guint columns);
ComputeInteger *compute_program_integer (ComputeProgram *program, const char *name, gint32 value);
/* Marks a tensor as readable after a run; it is kept in f32. */
void compute_program_output (ComputeProgram *program, ComputeTensor *tensor);

guint compute_program_get_capacity (ComputeProgram *program);
guint compute_tensor_get_rows (ComputeTensor *tensor);
guint compute_tensor_get_columns (ComputeTensor *tensor);

/* What a result is kept as: the residual stream and whatever feeds statistics stays f32 everywhere; activations are
 * f16 on Vulkan, f32 or bf16 on the CPU. */
typedef enum
{
  COMPUTE_KEEP_ACTIVATION,
  COMPUTE_KEEP_STREAM,
} ComputeKeep;

/* ---- operations: each returns a new tensor of the program, owned by it ---- */

/* pixels: U8 input, 1 row of side*side*3 bytes (RGB, row by row).  Returns [(side/patch)^2][3*patch*patch]: each patch
 * as a row in (channel, row, column) order, (v/255 - mean[c]) / std[c]. */
ComputeTensor *compute_op_patches (ComputeProgram *program, ComputeTensor *pixels, guint side, guint patch, const float mean[3], const float std[3]);

/* ids: I32 input, 1 row of n ids.  Returns [n][columns of table]; ids outside the table are clamped into it. */
ComputeTensor *compute_op_embed (ComputeProgram *program, ComputeTensor *ids, ComputeWeight *table);

/* [first?] + body + [last?] rows, plus `positions` row by row (which must have exactly as many rows).  first, last:
 * vectors or NULL; positions: table or NULL.  The result is stream. */
ComputeTensor *compute_op_sequence (ComputeProgram *program, ComputeWeight *first, ComputeTensor *body, ComputeWeight *last, ComputeWeight *positions);

/* activation (input W + bias) + residual.  bias, residual may be NULL.  residual has the result's shape. */
typedef struct
{
  ComputeWeight *matrix;
  ComputeWeight *bias;
  ComputeActivation activation;
  ComputeTensor *residual;
  ComputeKeep keep;
} ComputeMatmul;
ComputeTensor *compute_op_matmul (ComputeProgram *program, ComputeTensor *input, const ComputeMatmul *matmul);

/* (x - mean) / sqrt (variance + epsilon) * gain + bias over each row; biased variance. */
ComputeTensor *compute_op_layernorm (ComputeProgram *program, ComputeTensor *input, ComputeWeight *gain, ComputeWeight *bias, float epsilon, ComputeKeep keep);

/* softmax (q k^T / sqrt (head_width) + mask) v per head; head h is columns h*head_width … of each view.
 * q may be shared while k and v are not; then each item has the same queries. */
typedef struct
{
  ComputeTensor *tensor;
  guint column; /* where the heads begin */
} ComputeView;

typedef struct
{
  ComputeView query, key, value;
  guint heads;
  guint head_width;
  gboolean causal;             /* query row i sees key rows 0 … i + position */
  ComputeInteger *position;    /* row of the first query among the keys; NULL: 0 */
  ComputeInteger *keys_in_use; /* only the first so many key rows exist; NULL: all */
  ComputeTensor *key_visible;  /* I32 input, 1 row with a value per key row: 0 hides that key from all queries; or NULL */
} ComputeAttention;
ComputeTensor *compute_op_attention (ComputeProgram *program, const ComputeAttention *attention);

/* One row of each item: the row that `rows` (I32 input, 1 x 1) says for that item, or the constant `row` if NULL.
 * Out-of-range rows are clamped.  Same keep as its input. */
ComputeTensor *compute_op_select (ComputeProgram *program, ComputeTensor *input, ComputeTensor *rows, guint row);

/* Copies all rows of `input` into `state` at row `position`. */
void compute_op_append (ComputeProgram *program, ComputeTensor *input, ComputeTensor *state, ComputeInteger *position);

/* x / max (|x|_2, epsilon) over each row; the result is stream. */
ComputeTensor *compute_op_normalize (ComputeProgram *program, ComputeTensor *input, float epsilon);

/* ---- running ---- */

/* Plans memory, packs weights, records.  Slow the first time.  Errors: COMPUTE_ERROR. */
gboolean compute_program_prepare (ComputeProgram *program, GError **error);

/* Copies `items` items of an input in. */
void compute_program_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items);
void compute_program_set_integer (ComputeProgram *program, ComputeInteger *integer, gint32 value);

/* Runs with `items` items in use (1 … capacity).  Blocks.  Errors: COMPUTE_ERROR. */
gboolean compute_program_run (ComputeProgram *program, guint items, GError **error);

/* Copies `items` items of an output out, as f32. */
void compute_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items);

G_END_DECLS
