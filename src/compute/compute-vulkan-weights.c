/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-weights.h"
#include "compute-vulkan-half.h"
#include "compute-vulkan-upload.h"

#include <string.h>

struct _ComputeVulkanWeights
{
  ComputeVulkanDevice *device;
  ComputeVulkanArena arena;
  GHashTable *packed;          /* ComputeWeight -> ComputeVulkanWeight */
  GPtrArray *fresh;            /* keys that are not on the device yet */
  ComputeVulkanUpload *upload; /* between begin() and end() */
};

static guint
round_up (guint n, guint multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

ComputeVulkanWeights *
compute_vulkan_weights_begin (ComputeWeights *weights, GError **error)
{
  ComputeVulkanDevice *device = weights->device->backend_state;
  ComputeVulkanWeights *self;

  g_mutex_lock (&weights->lock);
  self = weights->backend_state;
  if (!self)
    {
      weights->backend_state = self = g_new0 (ComputeVulkanWeights, 1);
      self->device = device;
      compute_vulkan_arena_init (&self->arena, device);
      self->packed = g_hash_table_new_full (NULL, NULL, NULL, g_free);
      self->fresh = g_ptr_array_new ();
    }
  self->upload = compute_vulkan_upload_new (device, error);
  if (self->upload)
    return self;
  g_mutex_unlock (&weights->lock);
  return NULL;
}

gboolean
compute_vulkan_weights_end (ComputeVulkanWeights *self, ComputeWeights *weights, gboolean keep, GError **error)
{
  gboolean good = keep && compute_vulkan_upload_flush (self->upload, error);

  /* A failed submission may leave nothing or part of it there: the next program packs again. */
  for (guint i = 0; !good && i < self->fresh->len; i++)
    g_hash_table_remove (self->packed, self->fresh->pdata[i]);
  g_ptr_array_set_size (self->fresh, 0);
  g_clear_pointer (&self->upload, compute_vulkan_upload_free);
  g_mutex_unlock (&weights->lock);
  return good;
}

void
compute_vulkan_weights_free (gpointer weights_state)
{
  ComputeVulkanWeights *self = weights_state;

  compute_vulkan_arena_clear (&self->arena);
  g_hash_table_unref (self->packed);
  g_ptr_array_unref (self->fresh);
  g_free (self);
}

/* Columns first … first + panel of the matrix, as depth x panel values; what lies outside is zero. */
static void
read_panel (const ComputeWeight *weight, guint first, guint panel, float *rows, float *out)
{
  gsize inputs = weight->columns, outputs = weight->rows;
  guint n = first < outputs ? MIN (panel, outputs - first) : 0;

  if (weight->transposed)
    {
      for (gsize k = 0; n && k < inputs; k++)
        compute_weight_read (weight, k * outputs + first, n, out + k * panel);
      return;
    }
  for (guint j = 0; j < n; j++)
    {
      compute_weight_read (weight, (first + j) * inputs, inputs, rows);
      for (gsize k = 0; k < inputs; k++)
        out[k * panel + j] = rows[k];
    }
}

static gboolean
pack_matrix (ComputeVulkanWeights *self, const ComputeWeight *weight, ComputeVulkanWeight *packed, GError **error)
{
  guint panel = self->device->traits.panel;
  guint columns = round_up (weight->rows, 2 * panel);
  gsize values = (gsize) packed->depth * panel, bytes = values * (weight->wide ? 4 : 2);
  g_autofree float *rows = g_new (float, weight->columns);
  g_autofree float *out = g_new0 (float, values);

  for (guint first = 0; first < columns; first += panel)
    {
      gpointer piece = compute_vulkan_upload_piece (self->upload, packed->slice.block, packed->slice.offset + first / panel * bytes, bytes, error);
      guint16 *halves = piece;

      if (!piece)
        return FALSE;
      if (first + panel > weight->rows)
        memset (out, 0, values * sizeof *out);
      read_panel (weight, first, panel, rows, out);
      if (weight->wide)
        memcpy (piece, out, bytes);
      else
        for (gsize i = 0; i < values; i++)
          halves[i] = compute_vulkan_half (out[i]);
    }
  return TRUE;
}

/* Tables and vectors: rows in f32, padded to `stride`. */
static gboolean
pack_rows (ComputeVulkanWeights *self, const ComputeWeight *weight, guint stride, const ComputeVulkanSlice *slice, GError **error)
{
  for (gsize row = 0; row < weight->rows; row++)
    {
      gsize bytes = stride * sizeof (float);
      float *piece = compute_vulkan_upload_piece (self->upload, slice->block, slice->offset + row * bytes, bytes, error);

      if (!piece)
        return FALSE;
      compute_weight_read (weight, row * weight->columns, weight->columns, piece);
      memset (piece + weight->columns, 0, (stride - weight->columns) * sizeof *piece);
    }
  return TRUE;
}

/* Sizes come from model files: nothing may overflow, no piece may exceed the staging block. */
static gboolean
check_sizes (ComputeVulkanWeights *self, const ComputeWeight *weight, gsize piece, gsize total, guint texel_size, GError **error)
{
  if (piece > compute_vulkan_upload_limit ())
    {
      g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED, "The weight “%s” (%u x %u) is too wide for Vulkan", weight->name, weight->rows, weight->columns);
      return FALSE;
    }
  return compute_vulkan_check_binding (self->device, weight->name, total, texel_size, error);
}

static gboolean
pack (ComputeVulkanWeights *self, const ComputeWeight *weight, ComputeVulkanWeight *packed, GError **error)
{
  const ComputeVulkanTraits *traits = &self->device->traits;
  gboolean matrix = weight->kind == COMPUTE_WEIGHT_MATRIX, half = matrix && !weight->wide;
  gsize stride = round_up (weight->columns, weight->kind == COMPUTE_WEIGHT_VECTOR ? 2 * traits->panel : 4);
  gsize piece = stride * sizeof (float), total = piece * weight->rows;

  if (weight->rows > G_MAXINT32 || weight->columns > G_MAXINT32)
    return check_sizes (self, weight, G_MAXSIZE, 0, 1, error);
  if (matrix)
    {
      packed->depth = round_up (weight->columns, traits->depth_multiple);
      piece = (gsize) packed->depth * traits->panel * (half ? 2 : 4);
      total = piece * (round_up (weight->rows, 2 * traits->panel) / traits->panel);
    }
  packed->format = half ? VK_FORMAT_R16G16B16A16_SFLOAT : VK_FORMAT_R32G32B32A32_SFLOAT;
  if (!check_sizes (self, weight, piece, total, half ? 8 : 16, error) ||
      !compute_vulkan_arena_alloc (&self->arena, total, weight->name, &packed->slice, error))
    return FALSE;
  return matrix ? pack_matrix (self, weight, packed, error) : pack_rows (self, weight, stride, &packed->slice, error);
}

const ComputeVulkanWeight *
compute_vulkan_weights_get (ComputeVulkanWeights *self, const ComputeWeight *weight, GError **error)
{
  ComputeVulkanWeight *packed = g_hash_table_lookup (self->packed, weight);

  if (packed)
    return packed;
  packed = g_new0 (ComputeVulkanWeight, 1);
  if (!pack (self, weight, packed, error))
    {
      g_free (packed);
      return NULL;
    }
  g_hash_table_insert (self->packed, (gpointer) weight, packed);
  g_ptr_array_add (self->fresh, (gpointer) weight);
  return packed;
}
