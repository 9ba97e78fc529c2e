/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-private.h"

static void
tensor_free (gpointer data)
{
  ComputeTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor);
}

static void
integer_free (gpointer data)
{
  ComputeInteger *integer = data;

  g_free (integer->name);
  g_free (integer);
}

ComputeProgram *
compute_program_new (ComputeWeights *weights, const char *name, guint capacity)
{
  ComputeProgram *program;

  g_return_val_if_fail (weights && capacity > 0, NULL);
  program = g_new0 (ComputeProgram, 1);
  g_atomic_ref_count_init (&program->ref_count);
  program->name = g_strdup (name);
  program->weights = compute_weights_ref (weights);
  program->capacity = capacity;
  program->tensors = g_ptr_array_new_with_free_func (tensor_free);
  program->integers = g_ptr_array_new_with_free_func (integer_free);
  program->ops = g_ptr_array_new_with_free_func (g_free);
  return program;
}

ComputeProgram *
compute_program_ref (ComputeProgram *program)
{
  g_atomic_ref_count_inc (&program->ref_count);
  return program;
}

void
compute_program_unref (ComputeProgram *program)
{
  if (!g_atomic_ref_count_dec (&program->ref_count))
    return;
  if (program->backend_state)
    program->weights->device->backend->program_free (program->backend_state);
  g_ptr_array_unref (program->ops);
  g_ptr_array_unref (program->integers);
  g_ptr_array_unref (program->tensors);
  compute_weights_unref (program->weights);
  g_free (program->name);
  g_free (program);
}

ComputeTensor *
compute_program_tensor (ComputeProgram *program, ComputeTensorRole role, ComputeType type, guint rows, guint columns)
{
  ComputeTensor *tensor = g_new0 (ComputeTensor, 1);

  g_assert (!program->prepared && rows > 0 && columns > 0);
  tensor->index = program->tensors->len;
  tensor->role = role;
  tensor->type = type;
  tensor->rows = rows;
  tensor->columns = columns;
  tensor->first_op = tensor->last_op = program->ops->len;
  g_ptr_array_add (program->tensors, tensor);
  return tensor;
}

ComputeTensor *
compute_program_input (ComputeProgram *program, const char *name, ComputeType type, guint rows, guint columns)
{
  ComputeTensor *tensor;

  g_return_val_if_fail (type == COMPUTE_F32 || type == COMPUTE_I32 || type == COMPUTE_U8, NULL);
  tensor = compute_program_tensor (program, COMPUTE_TENSOR_INPUT, type, rows, columns);
  tensor->name = g_strdup (name);
  tensor->stream = TRUE;
  return tensor;
}

ComputeTensor *
compute_program_constant (ComputeProgram *program, ComputeWeight *table)
{
  ComputeTensor *tensor;

  g_return_val_if_fail (table && table->kind == COMPUTE_WEIGHT_TABLE, NULL);
  tensor = compute_program_tensor (program, COMPUTE_TENSOR_CONSTANT, COMPUTE_F32, table->rows, table->columns);
  tensor->table = table;
  tensor->shared = TRUE;
  tensor->stream = TRUE;
  return tensor;
}

ComputeTensor *
compute_program_state (ComputeProgram *program, const char *name, guint rows, guint columns)
{
  ComputeTensor *tensor = compute_program_tensor (program, COMPUTE_TENSOR_STATE, COMPUTE_F32, rows, columns);

  tensor->name = g_strdup (name);
  return tensor;
}

ComputeInteger *
compute_program_integer (ComputeProgram *program, const char *name, gint32 value)
{
  ComputeInteger *integer = g_new0 (ComputeInteger, 1);

  g_assert (!program->prepared);
  integer->index = program->integers->len;
  integer->name = g_strdup (name);
  integer->value = value;
  g_ptr_array_add (program->integers, integer);
  return integer;
}

void
compute_program_output (ComputeProgram *program, ComputeTensor *tensor)
{
  g_return_if_fail (!program->prepared && tensor->type == COMPUTE_F32);
  tensor->output = TRUE;
  tensor->stream = TRUE;
}

guint
compute_program_get_capacity (ComputeProgram *program)
{
  return program->capacity;
}

guint
compute_tensor_get_rows (ComputeTensor *tensor)
{
  return tensor->rows;
}

guint
compute_tensor_get_columns (ComputeTensor *tensor)
{
  return tensor->columns;
}

static void
use (ComputeTensor *tensor, guint op)
{
  if (tensor)
    tensor->last_op = op;
}

void
compute_program_add (ComputeProgram *program, const ComputeOp *op)
{
  ComputeOp *copy = g_memdup2 (op, sizeof *op);
  guint index = program->ops->len;

  g_assert (!program->prepared);
  use (op->output, index);
  use (op->input, index);
  if (op->kind == COMPUTE_OP_MATMUL)
    use (op->matmul.residual, index);
  else if (op->kind == COMPUTE_OP_SELECT)
    use (op->select.rows, index);
  else if (op->kind == COMPUTE_OP_ATTENTION)
    {
      use (op->attention.query.tensor, index);
      use (op->attention.key.tensor, index);
      use (op->attention.value.tensor, index);
      use (op->attention.key_visible, index);
    }
  g_ptr_array_add (program->ops, copy);
}

gboolean
compute_program_prepare (ComputeProgram *program, GError **error)
{
  g_return_val_if_fail (program, FALSE);
  if (!program->prepared)
    program->prepared = program->weights->device->backend->prepare (program, error);
  return program->prepared;
}

void
compute_program_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items)
{
  g_return_if_fail (program->prepared && input->role == COMPUTE_TENSOR_INPUT && items <= program->capacity);
  program->weights->device->backend->write (program, input, data, items);
}

void
compute_program_set_integer (ComputeProgram *program, ComputeInteger *integer, gint32 value)
{
  g_return_if_fail (integer->index < program->integers->len);
  integer->value = value;
}

gboolean
compute_program_run (ComputeProgram *program, guint items, GError **error)
{
  g_return_val_if_fail (program->prepared && items > 0 && items <= program->capacity, FALSE);
  return program->weights->device->backend->run (program, items, error);
}

void
compute_program_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items)
{
  g_return_if_fail (program->prepared && output->output && items <= program->capacity);
  program->weights->device->backend->read (program, output, data, items);
}
