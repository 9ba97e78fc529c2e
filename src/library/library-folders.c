/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-folders.h"

#include <glib/gi18n-lib.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "library-file.h"
#include "library-photo.h"

void
library_root_free (LibraryRoot *root)
{
  g_free (root->path);
  g_free (root);
}

void
library_folder_free (LibraryFolder *folder)
{
  g_free (folder->path);
  g_free (folder);
}

/* FALSE as well if that cannot be told. */
static gboolean
is_empty (const char *path)
{
  DIR *folder = opendir (path);
  struct dirent *entry;
  gboolean empty = folder != NULL;

  while (empty && (entry = readdir (folder)) != NULL)
    empty = strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0;
  if (folder != NULL)
    closedir (folder);
  return empty;
}

static LibraryFolder *
folder_new (guint32 root, const char *path)
{
  LibraryFolder *folder = g_new0 (LibraryFolder, 1);

  folder->root = root;
  folder->path = g_strdup (path);
  return folder;
}

static gboolean
collect (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_autoptr (LibraryRoot) root = g_new0 (LibraryRoot, 1);
  LibraryReader reader = { 0 };

  if (key->length == sizeof (guint32) && library_record_open (value, length, LIBRARY_RECORD_ROOT, key, &reader))
    {
      root->id = library_get_be32 (key->bytes);
      library_read_u32 (&reader);
      root->device = library_read_u64 (&reader);
      root->inode = library_read_u64 (&reader);
      root->path = library_read_text (&reader, LIBRARY_MAX_PATH_BYTES);
    }
  if (root->path != NULL && library_read_end (&reader) && root->path[0] == '/')
    g_ptr_array_add (data, g_steal_pointer (&root));
  else
    library_txn_report_damage (txn, LIBRARY_TABLE_ROOTS);
  return TRUE;
}

GPtrArray *
library_folders_list (LibraryTxn *txn)
{
  GPtrArray *roots = g_ptr_array_new_with_free_func ((GDestroyNotify) library_root_free);

  library_txn_walk (txn, LIBRARY_TABLE_ROOTS, NULL, 0, collect, roots);
  return roots;
}

static void
put_root (LibraryTxn *txn, const LibraryRoot *root)
{
  LibraryKey key = library_key_u32 (root->id);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_ROOT);

  library_put_u32 (record, 0);
  library_put_u64 (record, root->device);
  library_put_u64 (record, root->inode);
  library_put_text (record, root->path);
  library_txn_put_record (txn, LIBRARY_TABLE_ROOTS, &key, record);
}

static gboolean
get_folder (GFile *file, char **path, struct stat *status, GError **error)
{
  g_autofree char *name = g_file_get_parse_name (file);

  *path = g_file_get_path (file);
  if (*path == NULL)
    {
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE, _ ("“%s” is not on this machine; only local folders can be added"), name);
      return FALSE;
    }
  if (library_file_stat (*path, status) != 0)
    {
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE, _ ("The folder “%s” cannot be added: %s"), name, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISDIR (status->st_mode))
    {
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE, _ ("“%s” is not a folder; add the folder that it lies in"), name);
      return FALSE;
    }
  return TRUE;
}

/* The root that a folder is, lies in, or was before it was moved. */
static LibraryRoot *
find_root (GPtrArray *roots, const char *path, const struct stat *status)
{
  for (guint i = 0; i < roots->len; i++)
    {
      LibraryRoot *root = g_ptr_array_index (roots, i);

      if (library_path_is_within (path, root->path))
        return root;
    }
  for (guint i = 0; i < roots->len; i++)
    {
      LibraryRoot *root = g_ptr_array_index (roots, i);
      struct stat old;

      if (root->device == status->st_dev && root->inode == status->st_ino && library_file_stat (root->path, &old) != 0 && errno == ENOENT)
        return root;
    }
  return NULL;
}

/* A folder of a root that is away cannot be asked what it is. */
static LibraryRoot *
find_away (GPtrArray *roots, const char *path)
{
  for (guint i = 0; path != NULL && i < roots->len; i++)
    {
      LibraryRoot *root = g_ptr_array_index (roots, i);

      if (library_path_is_within (path, root->path) && library_folder_is_missing (path) && library_folder_is_offline (root->path))
        return root;
    }
  return NULL;
}

typedef struct
{
  GPtrArray *files;
  GPtrArray *folders;
} Adding;

static gboolean
add_one (LibraryTxn *txn, GPtrArray *roots, GFile *file, GPtrArray *folders, GError **error)
{
  g_autofree char *path = g_file_get_path (file);
  LibraryRoot *root = find_away (roots, path);
  struct stat status;

  if (root != NULL)
    {
      g_ptr_array_add (folders, folder_new (root->id, path));
      return TRUE;
    }
  g_clear_pointer (&path, g_free);
  if (!get_folder (file, &path, &status, error))
    return FALSE;
  root = find_root (roots, path, &status);
  if (root == NULL)
    {
      root = g_new0 (LibraryRoot, 1);
      root->id = (guint32) library_txn_next_number (txn, "last-root");
      g_ptr_array_add (roots, root);
    }
  if (root->path == NULL || !library_path_is_within (path, root->path) || strcmp (path, root->path) == 0)
    {
      g_free (root->path);
      root->path = g_strdup (path);
      root->device = status.st_dev;
      root->inode = status.st_ino;
      put_root (txn, root);
    }
  g_ptr_array_add (folders, folder_new (root->id, path));
  return TRUE;
}

static gboolean
add (LibraryTxn *txn, gpointer data, GError **error)
{
  Adding *adding = data;
  g_autoptr (GPtrArray) roots = library_folders_list (txn);

  g_ptr_array_set_size (adding->folders, 0);
  for (guint i = 0; i < adding->files->len; i++)
    if (!add_one (txn, roots, g_ptr_array_index (adding->files, i), adding->folders, error))
      return FALSE;
  return TRUE;
}

GPtrArray *
library_folders_add (LibraryStore *store, GPtrArray *files, GError **error)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func ((GDestroyNotify) library_folder_free);
  Adding adding = { files, folders };

  return library_store_write (store, add, &adding, error) ? g_steal_pointer (&folders) : NULL;
}

GPtrArray *
library_folders_get_all (LibraryStore *store, GError **error)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func ((GDestroyNotify) library_folder_free);
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);
  g_autoptr (GPtrArray) roots = NULL;

  if (txn == NULL)
    return NULL;
  roots = library_folders_list (txn);
  for (guint i = 0; i < roots->len; i++)
    {
      LibraryRoot *root = g_ptr_array_index (roots, i);

      g_ptr_array_add (folders, folder_new (root->id, root->path));
    }
  return library_txn_check (txn, error) ? g_steal_pointer (&folders) : NULL;
}

/* ---- for the front ends ---- */

void
library_folder_state_free (LibraryFolderState *state)
{
  g_clear_object (&state->file);
  g_free (state);
}

/* Flags and root are what a record begins with, in every version. */
static gboolean
count_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  GHashTable *counts = data;
  LibraryReader reader;
  guint32 flags;
  gpointer root;

  if (!library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO, &reader) &&
      !library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO_1, &reader))
    return TRUE;
  flags = library_read_u32 (&reader);
  root = GUINT_TO_POINTER (library_read_u32 (&reader));
  if (!(flags & LIBRARY_PHOTO_GONE))
    g_hash_table_insert (counts, root, GSIZE_TO_POINTER (GPOINTER_TO_SIZE (g_hash_table_lookup (counts, root)) + 1));
  return TRUE;
}

GPtrArray *
library_folders_get_states (LibraryStore *store, GError **error)
{
  GPtrArray *states = NULL;
  g_autoptr (GPtrArray) roots = NULL;
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);

  if (txn == NULL)
    return NULL;
  roots = library_folders_list (txn);
  library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, count_photo, counts);
  if (!library_txn_check (txn, error))
    return NULL;
  g_clear_pointer (&txn, library_txn_end); /* the file systems may take their time */
  states = g_ptr_array_new_with_free_func ((GDestroyNotify) library_folder_state_free);
  for (guint i = 0; i < roots->len; i++)
    {
      const LibraryRoot *root = g_ptr_array_index (roots, i);
      LibraryFolderState *state = g_new0 (LibraryFolderState, 1);

      state->file = g_file_new_for_path (root->path);
      state->photos = GPOINTER_TO_SIZE (g_hash_table_lookup (counts, GUINT_TO_POINTER (root->id)));
      /* One that was always empty has nothing that could be away. */
      state->away = library_folder_is_missing (root->path) || (state->photos > 0 && is_empty (root->path));
      g_ptr_array_add (states, state);
    }
  return states;
}

gboolean
library_folder_is_missing (const char *path)
{
  struct stat status;

  return library_file_stat (path, &status) != 0 && errno != EACCES && errno != EPERM && errno != EINTR;
}

gboolean
library_folder_is_offline (const char *path)
{
  DIR *folder = opendir (path);

  if (folder == NULL)
    return TRUE;
  closedir (folder);
  return is_empty (path);
}
