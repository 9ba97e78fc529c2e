/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-weights.h"

#include "model-safetensors.h"

#include <string.h>

struct _ModelWeights
{
  ModelSafetensors *file;
  ComputeWeights *compute;
  GError *error;
};

ModelWeights *
model_weights_open (const char *folder, ComputeDevice *device, ComputePrecision precision, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "open_clip_model.safetensors", NULL);
  ModelSafetensors *file = model_safetensors_open (path, error);
  ModelWeights *weights;

  if (!file)
    return NULL;
  weights = g_new0 (ModelWeights, 1);
  weights->file = file;
  weights->compute = compute_weights_new (device, precision);
  return weights;
}

void
model_weights_free (ModelWeights *weights)
{
  if (!weights)
    return;
  g_clear_error (&weights->error);
  compute_weights_unref (weights->compute);
  model_safetensors_free (weights->file);
  g_free (weights);
}

ComputeWeights *
model_weights_get_compute (ModelWeights *weights)
{
  return weights->compute;
}

gboolean
model_weights_has (ModelWeights *weights, const char *name)
{
  return model_safetensors_find (weights->file, name) != NULL;
}

static char *
describe_shape (const guint64 *shape, guint rank)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i ? ", " : "", shape[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static gboolean
same_shape (const ModelSafetensor *tensor, const guint64 *shape, guint rank)
{
  return tensor->rank == rank && !memcmp (tensor->shape, shape, rank * sizeof *shape);
}

static const ModelSafetensor *
find (ModelWeights *weights, const char *name, const guint64 *shape, guint rank)
{
  const ModelSafetensor *tensor = model_safetensors_find (weights->file, name);
  g_autofree char *shown = g_filename_display_name (model_safetensors_get_path (weights->file));

  if (weights->error)
    return NULL;
  if (!tensor)
    g_set_error (&weights->error, MODEL_ERROR, MODEL_ERROR_DAMAGED, "%s lacks the tensor “%s” that its configuration calls for", shown, name);
  else if (!tensor->usable)
    g_set_error (&weights->error, MODEL_ERROR, MODEL_ERROR_UNSUPPORTED, "%s has the tensor “%s” in a type other than F32, F16 and BF16", shown, name);
  else if (!same_shape (tensor, shape, rank))
    {
      g_autofree char *has = describe_shape (tensor->shape, tensor->rank), *wants = describe_shape (shape, rank);

      g_set_error (&weights->error, MODEL_ERROR, MODEL_ERROR_DAMAGED,
                   "%s has the tensor “%s” as %s, and its configuration calls for %s", shown, name, has, wants);
    }
  return weights->error ? NULL : tensor;
}

/* `first` and `count` in elements. */
static GBytes *
slice (ModelWeights *weights, const ModelSafetensor *tensor, gsize first, gsize count)
{
  g_autoptr (GBytes) whole = model_safetensors_get_bytes (weights->file, tensor);
  gsize size = compute_type_size (tensor->type);

  return g_bytes_new_from_bytes (whole, first * size, count * size);
}

ComputeWeight *
model_weights_matrix (ModelWeights *weights, const char *name, guint outputs, guint inputs, gboolean transposed)
{
  guint64 shape[2] = { transposed ? inputs : outputs, transposed ? outputs : inputs };
  const ModelSafetensor *tensor = find (weights, name, shape, 2);
  g_autoptr (GBytes) data = NULL;

  if (!tensor)
    return NULL;
  data = model_safetensors_get_bytes (weights->file, tensor);
  return compute_weights_add_matrix (weights->compute, name, tensor->type, outputs, inputs, transposed, data);
}

ComputeWeight *
model_weights_matrix_rows (ModelWeights *weights, const char *name, guint total, guint first, guint outputs, guint inputs)
{
  guint64 shape[2] = { total, inputs };
  const ModelSafetensor *tensor = find (weights, name, shape, 2);
  g_autoptr (GBytes) data = NULL;

  if (!tensor)
    return NULL;
  data = slice (weights, tensor, (gsize) first * inputs, (gsize) outputs * inputs);
  return compute_weights_add_matrix (weights->compute, name, tensor->type, outputs, inputs, FALSE, data);
}

ComputeWeight *
model_weights_convolution (ModelWeights *weights, const char *name, guint outputs, guint channels, guint side)
{
  guint64 shape[4] = { outputs, channels, side, side };
  const ModelSafetensor *tensor = find (weights, name, shape, 4);
  g_autoptr (GBytes) data = NULL;

  if (!tensor)
    return NULL;
  data = model_safetensors_get_bytes (weights->file, tensor);
  return compute_weights_add_matrix (weights->compute, name, tensor->type, outputs, channels * side * side, FALSE, data);
}

ComputeWeight *
model_weights_vector_part (ModelWeights *weights, const char *name, guint total, guint first, guint length)
{
  guint64 shape[1] = { total };
  const ModelSafetensor *tensor = find (weights, name, shape, 1);
  g_autoptr (GBytes) data = NULL;

  if (!tensor)
    return NULL;
  data = slice (weights, tensor, first, length);
  return compute_weights_add_vector (weights->compute, name, tensor->type, length, data);
}

ComputeWeight *
model_weights_vector (ModelWeights *weights, const char *name, guint length)
{
  return model_weights_vector_part (weights, name, length, 0, length);
}

ComputeWeight *
model_weights_table (ModelWeights *weights, const char *name, guint rows, guint columns)
{
  return model_weights_table_part (weights, name, rows, rows, FALSE, columns);
}

ComputeWeight *
model_weights_table_part (ModelWeights *weights, const char *name, guint total, guint rows, gboolean last, guint columns)
{
  guint64 shape[2] = { total, columns };
  const ModelSafetensor *tensor = find (weights, name, shape, 2);
  g_autoptr (GBytes) head = NULL;
  g_autoptr (GBytes) tail = NULL;
  g_autoptr (GBytes) data = NULL;
  GByteArray *both;

  if (!tensor)
    return NULL;
  head = slice (weights, tensor, 0, (gsize) rows * columns);
  if (!last)
    return compute_weights_add_table (weights->compute, name, tensor->type, rows, columns, head);
  tail = slice (weights, tensor, (gsize) (total - 1) * columns, columns);
  both = g_byte_array_new ();
  g_byte_array_append (both, g_bytes_get_data (head, NULL), g_bytes_get_size (head));
  g_byte_array_append (both, g_bytes_get_data (tail, NULL), g_bytes_get_size (tail));
  data = g_byte_array_free_to_bytes (both);
  return compute_weights_add_table (weights->compute, name, tensor->type, rows + 1, columns, data);
}

gboolean
model_weights_check (ModelWeights *weights, GError **error)
{
  if (weights->error && error)
    *error = g_error_copy (weights->error);
  return weights->error == NULL;
}
