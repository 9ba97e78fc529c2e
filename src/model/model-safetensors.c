/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model-safetensors.h"

#include <glib/gi18n-lib.h>

#include "model-json.h"

#include <string.h>

struct _ModelSafetensors
{
  char *path;
  GBytes *bytes;       /* the whole file, mapped */
  gsize data;          /* where the tensors begin */
  GHashTable *tensors; /* name -> ModelSafetensor */
};

typedef struct
{
  const char *name;
  guint size;
  gboolean usable;
  ComputeType type;
} TypeName;

static const TypeName type_names[] = {
  { "F32", 4, TRUE, COMPUTE_F32 },
  { "F16", 2, TRUE, COMPUTE_F16 },
  { "BF16", 2, TRUE, COMPUTE_BF16 },
  { "F64", 8, FALSE, 0 },
  { "I64", 8, FALSE, 0 },
  { "U64", 8, FALSE, 0 },
  { "I32", 4, FALSE, 0 },
  { "U32", 4, FALSE, 0 },
  { "I16", 2, FALSE, 0 },
  { "U16", 2, FALSE, 0 },
  { "I8", 1, FALSE, 0 },
  { "U8", 1, FALSE, 0 },
  { "BOOL", 1, FALSE, 0 },
  { "F8_E4M3", 1, FALSE, 0 },
  { "F8_E5M2", 1, FALSE, 0 },
};

static void
tensor_free (gpointer data)
{
  ModelSafetensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor);
}

void
model_safetensors_free (ModelSafetensors *file)
{
  if (!file)
    return;
  g_clear_pointer (&file->tensors, g_hash_table_unref);
  g_clear_pointer (&file->bytes, g_bytes_unref);
  g_free (file->path);
  g_free (file);
}

static gboolean G_GNUC_PRINTF (3, 4)
  damaged (ModelSafetensors *file, GError **error, const char *format, ...)
{
  g_autofree char *shown = g_filename_display_name (file->path);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED, "%s is damaged: %s; get the file again", shown, what);
  return FALSE;
}

static gboolean
read_type (const ModelJson *json, const char **text, const TypeName **type)
{
  *text = json && json->type == MODEL_JSON_STRING ? json->string : NULL;
  for (gsize i = 0; *text && i < G_N_ELEMENTS (type_names); i++)
    if (g_str_equal (*text, type_names[i].name))
      {
        *type = &type_names[i];
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_counts (const ModelJson *json, guint most, guint64 *values, guint *n)
{
  if (!json || json->type != MODEL_JSON_ARRAY || json->values->len > most)
    return FALSE;
  for (guint i = 0; i < json->values->len; i++)
    {
      const ModelJson *value = json->values->pdata[i];

      if (!value->integral || value->integer < 0)
        return FALSE;
      values[i] = value->integer;
    }
  *n = json->values->len;
  return TRUE;
}

/* TRUE if shape x element size is exactly `bytes`. */
static gboolean
shape_fits (const ModelSafetensor *tensor, guint64 element, guint64 bytes)
{
  guint64 size = element;

  for (guint i = 0; i < tensor->rank; i++)
    if (__builtin_mul_overflow (size, tensor->shape[i], &size))
      return FALSE;
  return size == bytes;
}

static gboolean
read_tensor (ModelSafetensors *file, const ModelJson *json, GPtrArray *order, GError **error)
{
  ModelSafetensor *tensor = g_new0 (ModelSafetensor, 1);
  const TypeName *type = NULL;
  const char *type_text;
  guint64 range[2] = { 0, 0 };
  guint n = 0;

  tensor->name = g_strdup (json->key);
  g_hash_table_insert (file->tensors, tensor->name, tensor);
  g_ptr_array_add (order, tensor);
  if (!read_type (model_json_get (json, "dtype"), &type_text, &type))
    return damaged (file, error, "tensor “%s” has the unknown type “%s”", json->key, type_text ? type_text : "");
  if (!read_counts (model_json_get (json, "shape"), MODEL_SAFETENSORS_RANK, tensor->shape, &tensor->rank))
    return damaged (file, error, "tensor “%s” has no usable shape", json->key);
  if (!read_counts (model_json_get (json, "data_offsets"), 2, range, &n) || n != 2 || range[0] > range[1])
    return damaged (file, error, "tensor “%s” has no usable place", json->key);
  tensor->usable = type->usable;
  tensor->type = type->type;
  tensor->begin = range[0];
  tensor->end = range[1];
  if (!shape_fits (tensor, type->size, range[1] - range[0]))
    return damaged (file, error, "the shape of tensor “%s” disagrees with its size", json->key);
  return TRUE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const ModelSafetensor *x = *(ModelSafetensor *const *) a, *y = *(ModelSafetensor *const *) b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static gboolean
check_places (ModelSafetensors *file, GPtrArray *order, GError **error)
{
  guint64 at = 0, end = g_bytes_get_size (file->bytes) - file->data;

  g_ptr_array_sort (order, compare_places);
  for (guint i = 0; i < order->len; i++)
    {
      const ModelSafetensor *tensor = order->pdata[i];

      if (tensor->begin != at)
        return damaged (file, error, "tensor “%s” leaves a gap or overlaps another", tensor->name);
      at = tensor->end;
      if (at > end)
        return damaged (file, error, "it is cut off: tensor “%s” lies beyond its end", tensor->name);
    }
  return at == end ? TRUE : damaged (file, error, "there are %" G_GUINT64_FORMAT " bytes after the last tensor", end - at);
}

static gboolean
read_header (ModelSafetensors *file, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (file->bytes, &size);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  g_autoptr (ModelJson) json = NULL;
  g_autoptr (GError) reason = NULL;
  guint64 length;

  if (size < 10)
    return damaged (file, error, "it has only %" G_GSIZE_FORMAT " bytes", size);
  memcpy (&length, data, sizeof length);
  length = GUINT64_FROM_LE (length);
  if (length > MODEL_SAFETENSORS_HEADER)
    return damaged (file, error, "its header claims %" G_GUINT64_FORMAT " bytes", length);
  if (length > size - 8)
    return damaged (file, error, "it is cut off within its header");
  if (data[8] != '{')
    return damaged (file, error, "its header is none of a safetensors file");
  json = model_json_parse (data + 8, length, &reason);
  if (!json)
    return damaged (file, error, "in its header, %s", reason->message);
  if (json->values->len > MODEL_SAFETENSORS_TENSORS)
    return damaged (file, error, "it claims %u tensors", json->values->len);
  file->data = 8 + length;
  for (guint i = 0; i < json->values->len; i++)
    {
      const ModelJson *member = json->values->pdata[i];

      if (!g_str_equal (member->key, "__metadata__") && !read_tensor (file, member, order, error))
        return FALSE;
    }
  return check_places (file, order, error);
}

ModelSafetensors *
model_safetensors_open (const char *path, GError **error)
{
  g_autoptr (ModelSafetensors) file = g_new0 (ModelSafetensors, 1);
  g_autoptr (GMappedFile) mapping = NULL;
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (path, NULL);
  file->path = g_strdup (path);
  file->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tensor_free);
  mapping = g_mapped_file_new (path, FALSE, &reason);
  if (!mapping)
    {
      g_set_error (error, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL, _ ("The weights cannot be read: %s"), reason->message);
      return NULL;
    }
  file->bytes = g_mapped_file_get_bytes (mapping);
  if (!read_header (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

const char *
model_safetensors_get_path (ModelSafetensors *file)
{
  return file->path;
}

const ModelSafetensor *
model_safetensors_find (ModelSafetensors *file, const char *name)
{
  return g_hash_table_lookup (file->tensors, name);
}

GBytes *
model_safetensors_get_bytes (ModelSafetensors *file, const ModelSafetensor *tensor)
{
  return g_bytes_new_from_bytes (file->bytes, file->data + tensor->begin, tensor->end - tensor->begin);
}
