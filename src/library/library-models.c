/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-models.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

char *
library_data_directory (void)
{
  const char *directory = g_getenv ("EIDETIC_DATA_DIR");

  return g_strdup (directory != NULL && *directory != '\0' ? directory : EIDETIC_DATA_DIR);
}

char *
library_models_get_bundled (void)
{
  g_autofree char *data = library_data_directory ();
  g_autofree char *path = g_build_filename (data, "demo-model", "pack", NULL);

  return g_canonicalize_filename (path, NULL);
}

char *
library_models_get_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "eidetic", "models", NULL);
}

static gboolean
has_configuration (const char *path)
{
  g_autofree char *file = g_build_filename (path, "open_clip_config.json", NULL);

  return g_file_test (file, G_FILE_TEST_EXISTS);
}

char *
library_models_resolve (const char *name_or_path, GError **error)
{
  g_autofree char *folder = library_models_get_folder ();
  g_autofree char *own = NULL;

  g_return_val_if_fail (name_or_path != NULL, NULL);

  if (strcmp (name_or_path, LIBRARY_DEMO_MODEL) == 0)
    return library_models_get_bundled ();
  if (strchr (name_or_path, '/') != NULL || has_configuration (name_or_path))
    return g_canonicalize_filename (name_or_path, NULL);
  own = g_build_filename (folder, name_or_path, NULL);
  if (*name_or_path != '\0' && *name_or_path != '.' && g_file_test (own, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&own);
  g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_MODEL,
               _ ("There is no model “%s”: it is neither “%s”, nor a folder in “%s”, nor a path"), name_or_path, LIBRARY_DEMO_MODEL, folder);
  return NULL;
}

char *
library_models_get_name (const char *path)
{
  g_autofree char *bundled = library_models_get_bundled ();
  g_autofree char *base = NULL;

  if (strcmp (path, bundled) == 0)
    return g_strdup (LIBRARY_DEMO_MODEL);
  base = g_path_get_basename (path);
  return g_filename_display_name (base);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
library_models_list (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = library_models_get_folder ();
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) own = g_ptr_array_new ();
  const char *name;

  g_ptr_array_add (paths, library_models_get_bundled ());
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (name[0] != '.' && g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (own, g_steal_pointer (&path));
    }
  g_ptr_array_sort (own, compare_names);
  for (guint i = 0; i < own->len; i++)
    g_ptr_array_add (paths, g_ptr_array_index (own, i));
  return paths;
}

gboolean
library_models_take_error (GError **error, GError *taken)
{
  if (taken != NULL && taken->domain == MODEL_ERROR)
    {
      g_set_error_literal (error, LIBRARY_ERROR, LIBRARY_ERROR_MODEL, taken->message);
      g_error_free (taken);
    }
  else
    g_propagate_error (error, taken);
  return FALSE;
}

/* ---- fingerprints ---- */

/* Changes with the name, size or time of any file of the folder. */
static void
get_state (const char *path, guint64 state[2])
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *name;
  XXH128_hash_t hash;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);
      struct stat status;

      if (stat (file, &status) == 0 && S_ISREG (status.st_mode))
        g_string_append_printf (text, "%s/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT ".%ld/", (const char *) g_ptr_array_index (names, i),
                                (gint64) status.st_size, (gint64) status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    }
  hash = XXH3_128bits (text->str, text->len);
  state[0] = hash.high64;
  state[1] = hash.low64;
}

typedef struct
{
  const char *path;
  guint64 state[2];
  const char *fingerprint;
} Remember;

static char *
recall (LibraryStore *store, const Remember *wanted, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);
  LibraryKey key = library_key_path (wanted->path);
  g_autofree char *fingerprint = NULL;
  g_autofree char *path = NULL;
  LibraryReader reader;
  guint64 state[2];

  if (txn == NULL || !library_txn_get_record (txn, LIBRARY_TABLE_MODELS, &key, LIBRARY_RECORD_MODEL, &reader))
    return NULL;
  state[0] = library_read_u64 (&reader);
  state[1] = library_read_u64 (&reader);
  fingerprint = library_read_text (&reader, 64);
  path = library_read_text (&reader, LIBRARY_MAX_PATH_BYTES);
  if (!library_read_end (&reader) || strcmp (path, wanted->path) != 0 || memcmp (state, wanted->state, sizeof state) != 0)
    return NULL;
  return g_steal_pointer (&fingerprint);
}

static gboolean
remember (LibraryTxn *txn, gpointer data, GError **error)
{
  const Remember *found = data;
  LibraryKey key = library_key_path (found->path);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_MODEL);

  library_put_u64 (record, found->state[0]);
  library_put_u64 (record, found->state[1]);
  library_put_text (record, found->fingerprint);
  library_put_text (record, found->path);
  library_txn_put_record (txn, LIBRARY_TABLE_MODELS, &key, record);
  return TRUE;
}

char *
library_models_get_fingerprint (LibraryStore *store, const ModelInfo *info, GError **error)
{
  Remember found = { .path = info->path };
  g_autoptr (GError) local = NULL;
  char *fingerprint;

  get_state (info->path, found.state);
  fingerprint = recall (store, &found, &local);
  if (fingerprint != NULL)
    return fingerprint;
  g_clear_error (&local);
  fingerprint = model_info_fingerprint (info, &local);
  if (fingerprint == NULL)
    {
      library_models_take_error (error, g_steal_pointer (&local));
      return NULL;
    }
  found.fingerprint = fingerprint;
  /* A store that cannot take it now does no harm: it is computed again. */
  if (!library_store_write (store, remember, &found, &local))
    g_debug ("The fingerprint of “%s” is not remembered: %s", info->path, local->message);
  return fingerprint;
}
