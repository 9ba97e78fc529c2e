/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans the memory of a program on the CPU and runs its operations in order. */
#include "compute-cpu-private.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u

typedef struct
{
  gsize offset, size;
  guint last_op;
} Block;

static gsize
tensor_bytes (ComputeCpuProgram *self, const ComputeTensor *tensor)
{
  gsize element = self->half[tensor->index] ? 2 : compute_type_size (tensor->type);
  gsize bytes = element * tensor->rows * tensor->columns * compute_cpu_items (tensor, self->program->capacity);

  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static gboolean
lives_for_ever (const ComputeTensor *tensor)
{
  return tensor->role != COMPUTE_TENSOR_RESULT || tensor->output;
}

/* A residual that nobody reads afterwards gives its place to the sum. */
static const ComputeTensor *
place_to_inherit (ComputeCpuProgram *self, const ComputeOp *op)
{
  const ComputeTensor *residual = op->kind == COMPUTE_OP_MATMUL ? op->matmul.residual : NULL;

  if (!residual || op->matmul.activation != COMPUTE_ACTIVATION_NONE || lives_for_ever (residual) || lives_for_ever (op->output))
    return NULL;
  if (self->half[residual->index] != self->half[op->output->index] || residual == op->input)
    return NULL;
  return residual->last_op == self->program->ops->len ? NULL : residual;
}

/* The lowest gap between living blocks that is large enough; `live` is sorted by offset. */
static gsize
place (GArray *live, gsize size, guint last_op)
{
  gsize offset = 0;
  guint i;
  Block block;

  for (i = 0; i < live->len; i++)
    {
      const Block *other = &g_array_index (live, Block, i);

      if (other->offset >= offset + size)
        break;
      offset = other->offset + other->size;
    }
  block = (Block){ offset, size, last_op };
  g_array_insert_val (live, i, block);
  return offset;
}

static void
bury (GArray *live, guint op)
{
  for (guint i = live->len; i-- > 0;)
    if (g_array_index (live, Block, i).last_op < op)
      g_array_remove_index (live, i);
}

static void
extend (GArray *live, gsize offset, guint last_op)
{
  for (guint i = 0; i < live->len; i++)
    if (g_array_index (live, Block, i).offset == offset)
      g_array_index (live, Block, i).last_op = last_op;
}

/* Offsets for all tensors; returns the size of the arena. */
static gsize
plan (ComputeCpuProgram *self, gsize *offsets)
{
  ComputeProgram *program = self->program;
  g_autoptr (GArray) live = g_array_new (FALSE, FALSE, sizeof (Block));
  gsize end = 0;

  for (guint i = 0; i < program->tensors->len; i++)
    {
      const ComputeTensor *tensor = program->tensors->pdata[i];

      if (lives_for_ever (tensor))
        offsets[i] = place (live, tensor_bytes (self, tensor), G_MAXUINT);
    }
  for (guint o = 0; o < program->ops->len; o++)
    {
      const ComputeOp *op = program->ops->pdata[o];
      const ComputeTensor *heir = place_to_inherit (self, op), *output = op->output;

      bury (live, o);
      if (lives_for_ever (output))
        continue;
      if (heir && heir->last_op == o)
        {
          offsets[output->index] = offsets[heir->index];
          extend (live, offsets[heir->index], output->last_op);
        }
      else
        offsets[output->index] = place (live, tensor_bytes (self, output), output->last_op);
    }
  for (guint i = 0; i < program->tensors->len; i++)
    end = MAX (end, offsets[i] + tensor_bytes (self, program->tensors->pdata[i]));
  return end;
}

static gboolean
allocate (ComputeCpuProgram *self, GError **error)
{
  ComputeProgram *program = self->program;
  g_autofree gsize *offsets = g_new0 (gsize, program->tensors->len);
  gsize bytes;

  self->buffers = g_new0 (gpointer, program->tensors->len);
  bytes = plan (self, offsets);
  self->arena = aligned_alloc (ALIGNMENT, MAX (bytes, ALIGNMENT));
  if (!self->arena)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_OUT_OF_MEMORY,
                   "There is not enough memory to run “%s” (%" G_GSIZE_FORMAT " bytes)", program->name, bytes);
      return FALSE;
    }
  memset (self->arena, 0, bytes);
  for (guint i = 0; i < program->tensors->len; i++)
    self->buffers[i] = self->arena + offsets[i];
  return TRUE;
}

static void
fill_constants (ComputeCpuProgram *self)
{
  for (guint i = 0; i < self->program->tensors->len; i++)
    {
      const ComputeTensor *tensor = self->program->tensors->pdata[i];

      if (tensor->role == COMPUTE_TENSOR_CONSTANT)
        compute_weight_read (tensor->table, 0, (gsize) tensor->rows * tensor->columns, self->buffers[i]);
    }
}

static guint
thread_count (void)
{
  const char *text = g_getenv ("EIDETIC_THREADS");
  guint64 wanted = text ? g_ascii_strtoull (text, NULL, 10) : 0;

  return wanted > 0 && wanted <= 1024 ? (guint) wanted : g_get_num_processors ();
}

/* oneDNN makes no bf16 of f32, so a product of the stream itself stays f32. */
static void
choose_types (ComputeCpuProgram *self)
{
  ComputeProgram *program = self->program;

  self->half = g_new0 (gboolean, program->tensors->len);
  for (guint o = 0; self->bf16 && o < program->ops->len; o++)
    {
      const ComputeOp *op = program->ops->pdata[o];
      const ComputeTensor *output = op->output;

      self->half[output->index] = output->role == COMPUTE_TENSOR_RESULT && !output->stream && (op->kind != COMPUTE_OP_MATMUL || self->half[op->input->index]);
    }
}

static gboolean
prepare_products (ComputeCpuProgram *self, GError **error)
{
  ComputeProgram *program = self->program;

  self->products = g_new0 (GPtrArray *, program->ops->len);
  for (guint o = 0; o < program->ops->len; o++)
    {
      const ComputeOp *op = program->ops->pdata[o];

      if (op->kind == COMPUTE_OP_MATMUL && !compute_cpu_matmul_prepare (self, op, o, program->capacity, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
compute_cpu_prepare (ComputeProgram *program, GError **error)
{
  ComputeCpuDevice *device = program->weights->device->backend_state;
  ComputeCpuProgram *self = g_new0 (ComputeCpuProgram, 1);

  self->program = program;
  self->engine = device->engine;
  self->bf16 = device->bf16 && program->weights->precision == COMPUTE_PRECISION_FAST;
  self->threads = thread_count ();
  self->n_vectors = program->weights->list->len;
  self->vectors = g_new0 (float *, self->n_vectors);
  omp_set_num_threads (self->threads);
  choose_types (self);
  if (compute_cpu_check (dnnl_stream_create (&self->stream, self->engine, dnnl_stream_default_flags), "open a stream", error) && allocate (self, error))
    {
      fill_constants (self);
      if (prepare_products (self, error))
        {
          program->backend_state = self;
          return TRUE;
        }
    }
  compute_cpu_program_free (self);
  return FALSE;
}

void
compute_cpu_program_free (gpointer state)
{
  ComputeCpuProgram *self = state;

  for (guint o = 0; self->products && o < self->program->ops->len; o++)
    g_clear_pointer (&self->products[o], g_ptr_array_unref);
  for (guint i = 0; i < self->n_vectors; i++)
    g_free (self->vectors[i]);
  g_free (self->products);
  g_free (self->vectors);
  g_free (self->half);
  g_free (self->buffers);
  free (self->arena);
  dnnl_stream_destroy (self->stream);
  g_free (self);
}

void
compute_cpu_write (ComputeProgram *program, ComputeTensor *input, const void *data, guint items)
{
  ComputeCpuProgram *self = program->backend_state;
  gsize item = compute_type_size (input->type) * input->rows * input->columns;

  memcpy (self->buffers[input->index], data, item * items);
}

void
compute_cpu_read (ComputeProgram *program, ComputeTensor *output, float *data, guint items)
{
  ComputeCpuProgram *self = program->backend_state;

  memcpy (data, self->buffers[output->index], sizeof (float) * output->rows * output->columns * compute_cpu_items (output, items));
}

static gboolean
run_op (ComputeCpuProgram *self, const ComputeOp *op, guint index, guint items, GError **error)
{
  typedef void (*Run) (ComputeCpuProgram *, const ComputeOp *, guint);
  static const Run run[COMPUTE_OP_KINDS] = {
    [COMPUTE_OP_PATCHES] = compute_cpu_patches,
    [COMPUTE_OP_EMBED] = compute_cpu_embed,
    [COMPUTE_OP_SEQUENCE] = compute_cpu_sequence,
    [COMPUTE_OP_LAYERNORM] = compute_cpu_layernorm,
    [COMPUTE_OP_ATTENTION] = compute_cpu_attention,
    [COMPUTE_OP_SELECT] = compute_cpu_select,
    [COMPUTE_OP_APPEND] = compute_cpu_append,
    [COMPUTE_OP_NORMALIZE] = compute_cpu_normalize,
  };

  if (op->kind == COMPUTE_OP_MATMUL)
    return compute_cpu_matmul (self, op, index, items, error);
  run[op->kind](self, op, items);
  return TRUE;
}

gboolean
compute_cpu_run (ComputeProgram *program, guint items, GError **error)
{
  ComputeCpuProgram *self = program->backend_state;

  omp_set_num_threads (self->threads); /* belongs to the calling thread, so it is set at each run */
  for (guint o = 0; o < program->ops->len; o++)
    if (!run_op (self, program->ops->pdata[o], o, items, error))
      return FALSE;
  return TRUE;
}
