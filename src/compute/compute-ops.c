/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The builders of all operations: shapes checked, one ComputeOp appended. */
#include "compute-private.h"

#include <string.h>

static ComputeTensor *
result (ComputeProgram *program, guint rows, guint columns, gboolean shared, ComputeKeep keep)
{
  ComputeTensor *tensor = compute_program_tensor (program, COMPUTE_TENSOR_RESULT, COMPUTE_F32, rows, columns);

  tensor->shared = shared;
  tensor->stream = keep == COMPUTE_KEEP_STREAM;
  return tensor;
}

ComputeTensor *
compute_op_patches (ComputeProgram *program, ComputeTensor *pixels, guint side, guint patch, const float mean[3], const float std[3])
{
  guint grid = side / patch;
  ComputeOp op = { .kind = COMPUTE_OP_PATCHES, .input = pixels };

  g_assert (pixels->type == COMPUTE_U8 && pixels->rows == 1 && pixels->columns == side * side * 3 && grid > 0);
  op.patches.side = side;
  op.patches.patch = patch;
  memcpy (op.patches.mean, mean, sizeof op.patches.mean);
  memcpy (op.patches.std, std, sizeof op.patches.std);
  op.output = result (program, grid * grid, 3 * patch * patch, FALSE, COMPUTE_KEEP_ACTIVATION);
  compute_program_add (program, &op);
  return op.output;
}

ComputeTensor *
compute_op_embed (ComputeProgram *program, ComputeTensor *ids, ComputeWeight *table)
{
  ComputeOp op = { .kind = COMPUTE_OP_EMBED, .input = ids };

  g_assert (ids->type == COMPUTE_I32 && ids->rows == 1 && table->kind == COMPUTE_WEIGHT_TABLE);
  op.embed.table = table;
  op.output = result (program, ids->columns, table->columns, ids->shared, COMPUTE_KEEP_STREAM);
  compute_program_add (program, &op);
  return op.output;
}

ComputeTensor *
compute_op_sequence (ComputeProgram *program, ComputeWeight *first, ComputeTensor *body, ComputeWeight *last, ComputeWeight *positions)
{
  ComputeOp op = { .kind = COMPUTE_OP_SEQUENCE, .input = body };
  guint rows = body->rows + (first != NULL) + (last != NULL);

  g_assert (!first || first->columns == body->columns);
  g_assert (!last || last->columns == body->columns);
  g_assert (!positions || (positions->rows == rows && positions->columns == body->columns));
  op.sequence.first = first;
  op.sequence.last = last;
  op.sequence.positions = positions;
  op.output = result (program, rows, body->columns, body->shared, COMPUTE_KEEP_STREAM);
  compute_program_add (program, &op);
  return op.output;
}

ComputeTensor *
compute_op_matmul (ComputeProgram *program, ComputeTensor *input, const ComputeMatmul *matmul)
{
  ComputeOp op = { .kind = COMPUTE_OP_MATMUL, .input = input, .matmul = *matmul };

  g_assert (matmul->matrix->kind == COMPUTE_WEIGHT_MATRIX && matmul->matrix->columns == input->columns);
  g_assert (!matmul->bias || matmul->bias->columns == matmul->matrix->rows);
  g_assert (!matmul->residual || (matmul->residual->rows == input->rows && matmul->residual->columns == matmul->matrix->rows && matmul->residual->shared == input->shared));
  op.output = result (program, input->rows, matmul->matrix->rows, input->shared, matmul->keep);
  compute_program_add (program, &op);
  return op.output;
}

ComputeTensor *
compute_op_layernorm (ComputeProgram *program, ComputeTensor *input, ComputeWeight *gain, ComputeWeight *bias, float epsilon, ComputeKeep keep)
{
  ComputeOp op = { .kind = COMPUTE_OP_LAYERNORM, .input = input };

  g_assert (gain->columns == input->columns && bias->columns == input->columns);
  op.layernorm.gain = gain;
  op.layernorm.bias = bias;
  op.layernorm.epsilon = epsilon;
  op.output = result (program, input->rows, input->columns, input->shared, keep);
  compute_program_add (program, &op);
  return op.output;
}

static void
check_view (const ComputeView *view, guint width)
{
  g_assert (view->tensor->type == COMPUTE_F32 && view->column + width <= view->tensor->columns);
}

ComputeTensor *
compute_op_attention (ComputeProgram *program, const ComputeAttention *attention)
{
  ComputeOp op = { .kind = COMPUTE_OP_ATTENTION, .attention = *attention };
  guint width = attention->heads * attention->head_width;
  const ComputeTensor *query = attention->query.tensor, *key = attention->key.tensor;

  check_view (&attention->query, width);
  check_view (&attention->key, width);
  check_view (&attention->value, width);
  g_assert (key->rows == attention->value.tensor->rows && key->shared == attention->value.tensor->shared);
  g_assert (!attention->key_visible || (attention->key_visible->type == COMPUTE_I32 && attention->key_visible->columns == key->rows));
  op.output = result (program, query->rows, width, query->shared && key->shared, COMPUTE_KEEP_ACTIVATION);
  compute_program_add (program, &op);
  return op.output;
}

ComputeTensor *
compute_op_select (ComputeProgram *program, ComputeTensor *input, ComputeTensor *rows, guint row)
{
  ComputeOp op = { .kind = COMPUTE_OP_SELECT, .input = input };

  g_assert (!rows || (rows->type == COMPUTE_I32 && rows->rows == 1 && rows->columns == 1));
  op.select.rows = rows;
  op.select.row = row;
  op.output = result (program, 1, input->columns, input->shared && !rows, input->stream ? COMPUTE_KEEP_STREAM : COMPUTE_KEEP_ACTIVATION);
  compute_program_add (program, &op);
  return op.output;
}

void
compute_op_append (ComputeProgram *program, ComputeTensor *input, ComputeTensor *state, ComputeInteger *position)
{
  ComputeOp op = { .kind = COMPUTE_OP_APPEND, .input = input, .output = state };

  g_assert (state->role == COMPUTE_TENSOR_STATE && state->columns == input->columns && state->rows >= input->rows);
  g_assert (position && !input->shared);
  op.append.position = position;
  compute_program_add (program, &op);
}

ComputeTensor *
compute_op_normalize (ComputeProgram *program, ComputeTensor *input, float epsilon)
{
  ComputeOp op = { .kind = COMPUTE_OP_NORMALIZE, .input = input };

  op.normalize.epsilon = epsilon;
  op.output = result (program, input->rows, input->columns, input->shared, COMPUTE_KEEP_STREAM);
  compute_program_add (program, &op);
  return op.output;
}
