/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products by oneDNN's inner product, on weights packed once per layout and shared by all programs. */
#include "compute-cpu-private.h"

#include <string.h>

#define PRODUCTS_KEPT 8 /* row counts an operation keeps primitives for */

typedef struct
{
  const ComputeWeight *weight;
  dnnl_memory_desc_t layout;
  dnnl_memory_t memory;
} Packed;

static void
packed_free (gpointer data)
{
  Packed *packed = data;

  dnnl_memory_destroy (packed->memory);
  g_free (packed);
}

void
compute_cpu_packed_free (gpointer weights_state)
{
  g_ptr_array_unref (weights_state);
}

void
compute_cpu_product_free (gpointer data)
{
  ComputeCpuProduct *product = data;

  dnnl_primitive_destroy (product->primitive);
  dnnl_memory_destroy (product->source);
  dnnl_memory_destroy (product->result);
  dnnl_memory_destroy (product->bias);
  g_free (product);
}

/* The caller holds the weights' lock. */
static Packed *
find_packed (ComputeWeights *weights, const ComputeWeight *weight, const dnnl_memory_desc_t *layout)
{
  GPtrArray *list = weights->backend_state;

  for (guint i = 0; list && i < list->len; i++)
    {
      Packed *packed = list->pdata[i];

      if (packed->weight == weight && (!layout || dnnl_memory_desc_equal (&packed->layout, layout)))
        return packed;
    }
  return NULL;
}

static gboolean
reorder (ComputeCpuProgram *self, dnnl_memory_t from, dnnl_memory_t to, const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b, GError **error)
{
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };
  gboolean done;

  done = compute_cpu_check (dnnl_reorder_primitive_desc_create (&description, a, self->engine, b, self->engine, NULL), "pack weights", error) && compute_cpu_check (dnnl_primitive_create (&primitive, description), "pack weights", error) && compute_cpu_check (dnnl_primitive_execute (primitive, self->stream, 2, args), "pack weights", error) && compute_cpu_check (dnnl_stream_wait (self->stream), "pack weights", error);
  dnnl_primitive_destroy (primitive);
  dnnl_primitive_desc_destroy (description);
  return done;
}

/* Packs a matrix into `layout`.  The caller holds the weights' lock. */
static Packed *
pack (ComputeCpuProgram *self, const ComputeWeight *weight, const dnnl_memory_desc_t *layout, GError **error)
{
  ComputeWeights *weights = self->program->weights;
  gsize n = (gsize) weight->rows * weight->columns;
  g_autofree float *plain = g_try_new (float, n);
  dnnl_memory_desc_t plain_layout;
  dnnl_memory_t plain_memory = NULL;
  dnnl_dims_t dims = { weight->rows, weight->columns };
  dnnl_dims_t strides = { weight->transposed ? 1 : weight->columns, weight->transposed ? weight->rows : 1 };
  Packed *packed;

  if (!plain)
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_OUT_OF_MEMORY, "There is not enough memory for the weights “%s”", weight->name);
      return NULL;
    }
  compute_weight_read (weight, 0, n, plain);
  if (!compute_cpu_check (dnnl_memory_desc_init_by_strides (&plain_layout, 2, dims, dnnl_f32, strides), "describe weights", error) || !compute_cpu_check (dnnl_memory_create (&plain_memory, &plain_layout, self->engine, plain), "map weights", error))
    return NULL;
  packed = g_new0 (Packed, 1);
  packed->weight = weight;
  packed->layout = *layout;
  if (!compute_cpu_check (dnnl_memory_create (&packed->memory, layout, self->engine, DNNL_MEMORY_ALLOCATE), "hold weights", error) || !reorder (self, plain_memory, packed->memory, &plain_layout, layout, error))
    g_clear_pointer (&packed, packed_free);
  dnnl_memory_destroy (plain_memory);
  if (!packed)
    return NULL;
  if (!weights->backend_state)
    weights->backend_state = g_ptr_array_new_with_free_func (packed_free);
  g_ptr_array_add (weights->backend_state, packed);
  return packed;
}

static dnnl_status_t
set_post_op (dnnl_post_ops_t post, const ComputeMatmul *matmul)
{
  switch (matmul->activation)
    {
    case COMPUTE_ACTIVATION_GELU:
      return dnnl_post_ops_append_eltwise (post, 1.0f, dnnl_eltwise_gelu_erf, 0.0f, 0.0f);
    case COMPUTE_ACTIVATION_QUICK_GELU:
      return dnnl_post_ops_append_eltwise (post, 1.0f, dnnl_eltwise_swish, 1.702f, 0.0f);
    case COMPUTE_ACTIVATION_NONE:
    default:
      return matmul->residual ? dnnl_post_ops_append_sum (post, 1.0f) : dnnl_success;
    }
}

static gboolean
describe (ComputeCpuProgram *self, const ComputeOp *op, gint64 rows, const dnnl_memory_desc_t *fixed, dnnl_primitive_desc_t *description, GError **error)
{
  const ComputeWeight *matrix = op->matmul.matrix;
  dnnl_dims_t source_dims = { rows, matrix->columns }, weight_dims = { matrix->rows, matrix->columns };
  dnnl_dims_t result_dims = { rows, matrix->rows }, bias_dims = { matrix->rows };
  gboolean half = self->half[op->input->index];
  dnnl_memory_desc_t source, weights, bias, result;
  dnnl_inner_product_desc_t product;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t post = NULL;
  dnnl_status_t status;

  dnnl_memory_desc_init_by_tag (&source, 2, source_dims, half ? dnnl_bf16 : dnnl_f32, dnnl_ab);
  dnnl_memory_desc_init_by_tag (&weights, 2, weight_dims, half ? dnnl_bf16 : dnnl_f32, dnnl_format_tag_any);
  dnnl_memory_desc_init_by_tag (&result, 2, result_dims, self->half[op->output->index] ? dnnl_bf16 : dnnl_f32, dnnl_ab);
  dnnl_memory_desc_init_by_tag (&bias, 1, bias_dims, dnnl_f32, dnnl_a);
  status = dnnl_inner_product_forward_desc_init (&product, dnnl_forward_inference, &source, fixed ? fixed : &weights, op->matmul.bias ? &bias : NULL, &result);
  if (status == dnnl_success)
    status = dnnl_primitive_attr_create (&attr);
  if (status == dnnl_success)
    status = dnnl_post_ops_create (&post);
  if (status == dnnl_success)
    status = set_post_op (post, &op->matmul);
  if (status == dnnl_success)
    status = dnnl_primitive_attr_set_post_ops (attr, post);
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create (description, &product, attr, self->engine, NULL);
  dnnl_post_ops_destroy (post);
  dnnl_primitive_attr_destroy (attr);
  return compute_cpu_check (status, "plan a matrix product", error);
}

/* The layout that the weights already have is tried first: other row counts would like others, at the price of a
 * second copy of the weights. */
static Packed *
plan (ComputeCpuProgram *self, const ComputeOp *op, gint64 rows, dnnl_primitive_desc_t *description, GError **error)
{
  ComputeWeights *weights = self->program->weights;
  const ComputeWeight *matrix = op->matmul.matrix;
  Packed *packed;
  const dnnl_memory_desc_t *layout;

  packed = find_packed (weights, matrix, NULL);
  if (packed && describe (self, op, rows, &packed->layout, description, NULL))
    return packed;
  if (!describe (self, op, rows, NULL, description, error))
    return NULL;
  layout = dnnl_primitive_desc_query_md (*description, dnnl_query_weights_md, 0);
  packed = find_packed (weights, matrix, layout);
  return packed ? packed : pack (self, matrix, layout, error);
}

static ComputeCpuProduct *
make_product (ComputeCpuProgram *self, const ComputeOp *op, gint64 rows, GError **error)
{
  ComputeCpuProduct *product = g_new0 (ComputeCpuProduct, 1);
  dnnl_primitive_desc_t description = NULL;
  Packed *packed;
  gboolean done = FALSE;

  g_mutex_lock (&self->program->weights->lock);
  packed = plan (self, op, rows, &description, error);
  g_mutex_unlock (&self->program->weights->lock);
  product->rows = rows;
  if (packed)
    {
      const dnnl_memory_desc_t *source = dnnl_primitive_desc_query_md (description, dnnl_query_src_md, 0);
      const dnnl_memory_desc_t *result = dnnl_primitive_desc_query_md (description, dnnl_query_dst_md, 0);
      const dnnl_memory_desc_t *bias = dnnl_primitive_desc_query_md (description, dnnl_query_weights_md, 1);

      product->weights = packed->memory;
      done = compute_cpu_check (dnnl_primitive_create (&product->primitive, description), "make a matrix product", error) && compute_cpu_check (dnnl_memory_create (&product->source, source, self->engine, self->buffers[op->input->index]), "map a tensor", error) && compute_cpu_check (dnnl_memory_create (&product->result, result, self->engine, self->buffers[op->output->index]), "map a tensor", error) && (!op->matmul.bias || compute_cpu_check (dnnl_memory_create (&product->bias, bias, self->engine, (void *) compute_cpu_vector (self, op->matmul.bias)), "map a bias", error));
    }
  dnnl_primitive_desc_destroy (description);
  if (!done)
    g_clear_pointer (&product, compute_cpu_product_free);
  return product;
}

static ComputeCpuProduct *
get_product (ComputeCpuProgram *self, const ComputeOp *op, guint op_index, guint items, GError **error)
{
  gint64 rows = (gint64) compute_cpu_items (op->input, items) * op->input->rows;
  GPtrArray *kept = self->products[op_index];
  ComputeCpuProduct *product;

  for (guint i = 0; kept && i < kept->len; i++)
    if (((ComputeCpuProduct *) kept->pdata[i])->rows == rows)
      return kept->pdata[i];
  product = make_product (self, op, rows, error);
  if (!product)
    return NULL;
  if (!kept)
    kept = self->products[op_index] = g_ptr_array_new_with_free_func (compute_cpu_product_free);
  if (kept->len == PRODUCTS_KEPT) /* the first is the full batch: worth keeping */
    g_ptr_array_remove_index (kept, 1);
  g_ptr_array_add (kept, product);
  return product;
}

gboolean
compute_cpu_matmul_prepare (ComputeCpuProgram *self, const ComputeOp *op, guint op_index, guint items, GError **error)
{
  return get_product (self, op, op_index, items, error) != NULL;
}

/* An activation comes before the residual, and oneDNN fuses either well, so both together take a pass of their own. */
static void
add_residual (ComputeCpuProgram *self, const ComputeOp *op, gsize rows)
{
  guint columns = op->output->columns;
  g_autofree float *a = g_new (float, columns);
  g_autofree float *b = g_new (float, columns);

  for (gsize row = 0; row < rows; row++)
    {
      const float *x = compute_cpu_row (self, op->output, row, a), *y = compute_cpu_row (self, op->matmul.residual, row, b);

      for (guint i = 0; i < columns; i++)
        a[i] = x[i] + y[i];
      compute_cpu_store_row (self, op->output, row, a);
    }
}

static void
copy_residual (ComputeCpuProgram *self, const ComputeOp *op, gsize rows)
{
  g_autofree float *scratch = g_new (float, op->output->columns);

  if (self->buffers[op->output->index] == self->buffers[op->matmul.residual->index])
    return;
  for (gsize row = 0; row < rows; row++)
    compute_cpu_store_row (self, op->output, row, compute_cpu_row (self, op->matmul.residual, row, scratch));
}

gboolean
compute_cpu_matmul (ComputeCpuProgram *self, const ComputeOp *op, guint op_index, guint items, GError **error)
{
  ComputeCpuProduct *product = get_product (self, op, op_index, items, error);
  gboolean fused = op->matmul.residual && op->matmul.activation == COMPUTE_ACTIVATION_NONE;
  dnnl_exec_arg_t args[4];
  int n = 0;

  if (!product)
    return FALSE;
  if (fused)
    copy_residual (self, op, product->rows);
  args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_SRC, product->source };
  args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_WEIGHTS, product->weights };
  args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_DST, product->result };
  if (product->bias)
    args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_BIAS, product->bias };
  if (!compute_cpu_check (dnnl_primitive_execute (product->primitive, self->stream, n, args), "run a matrix product", error) || !compute_cpu_check (dnnl_stream_wait (self->stream), "run a matrix product", error))
    return FALSE;
  if (op->matmul.residual && !fused)
    add_residual (self, op, product->rows);
  return TRUE;
}
