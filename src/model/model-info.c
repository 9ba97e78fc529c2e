/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-info.h"

#include "model-config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <xxhash.h>

#define WEIGHTS "open_clip_model.safetensors"

void
model_info_free (ModelInfo *info)
{
  if (!info)
    return;
  g_free (info->name);
  g_free (info->path);
  g_free (info->kind);
  g_free (info->resize);
  g_free (info->filter);
  g_free (info->licence);
  g_free (info);
}

/* The "license:" line of a model card's front matter. */
static char *
find_licence (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "README.md", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  g_auto (GStrv) lines = NULL;
  char head[4096];
  gsize length = 0;

  if (!stream || !g_input_stream_read_all (G_INPUT_STREAM (stream), head, sizeof head - 1, &length, NULL, NULL))
    return NULL;
  head[length] = 0;
  if (!g_str_has_prefix (head, "---"))
    return NULL;
  lines = g_strsplit (head + 3, "\n", -1);
  for (guint i = 1; lines[i] && !g_str_has_prefix (lines[i], "---"); i++)
    if (g_str_has_prefix (lines[i], "license:") && g_utf8_validate (lines[i], -1, NULL))
      return g_strstrip (g_strdup (lines[i] + strlen ("license:")));
  return NULL;
}

static gboolean
check_file (const char *folder, const char *name, gint64 *size, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *shown = g_filename_display_name (path);
  GStatBuf status;

  if (g_stat (path, &status) == 0 && S_ISREG (status.st_mode))
    {
      *size = status.st_size;
      return TRUE;
    }
  g_set_error (error, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL, "There is no %s; a model folder has open_clip_config.json, " WEIGHTS ", vocab.json and merges.txt", shown);
  return FALSE;
}

ModelInfo *
model_info_load (const char *folder, GError **error)
{
  g_autoptr (ModelInfo) info = g_new0 (ModelInfo, 1);
  g_autoptr (ModelConfig) config = NULL;
  gint64 ignored;

  g_return_val_if_fail (folder, NULL);
  config = model_config_load (folder, error);
  if (!config)
    return NULL;
  info->path = g_canonicalize_filename (folder, NULL);
  info->name = g_path_get_basename (info->path);
  if (!check_file (info->path, WEIGHTS, &info->size, error) || !check_file (info->path, "vocab.json", &ignored, error) || !check_file (info->path, "merges.txt", &ignored, error))
    return NULL;
  info->kind = g_strdup (config->coca ? "coca" : "clip");
  info->dim = config->dim;
  info->image_side = config->image_side;
  info->context = config->context;
  info->resize = g_strdup (config->resize);
  info->filter = g_strdup (config->filter);
  info->fill = config->fill;
  info->licence = find_licence (info->path);
  return g_steal_pointer (&info);
}

/* Read in pieces, not mapped: a file that shrinks meanwhile is an error, not a crash. */
static gboolean
hash_file (XXH3_state_t *state, const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree guint8 *block = g_malloc (1 << 20);
  guint64 total = 0, stored;
  gssize n = 0;

  if (!stream)
    return FALSE;
  while ((n = g_input_stream_read (G_INPUT_STREAM (stream), block, 1 << 20, NULL, error)) > 0)
    {
      XXH3_128bits_update (state, block, n);
      total += n;
    }
  stored = GUINT64_TO_LE (total);
  XXH3_128bits_update (state, &stored, sizeof stored);
  return n == 0;
}

char *
model_info_fingerprint (const ModelInfo *info, GError **error)
{
  static const char *const files[] = { WEIGHTS, "open_clip_config.json", "vocab.json", "merges.txt" };
  XXH3_state_t *state;
  XXH128_hash_t hash;
  gboolean done = TRUE;

  g_return_val_if_fail (info, NULL);
  state = XXH3_createState ();
  XXH3_128bits_reset (state);
  for (gsize i = 0; done && i < G_N_ELEMENTS (files); i++)
    done = hash_file (state, info->path, files[i], error);
  hash = XXH3_128bits_digest (state);
  XXH3_freeState (state);
  return done ? g_strdup_printf ("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", (guint64) hash.high64, (guint64) hash.low64) : NULL;
}
