/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-indexer-remove.h"

#include <errno.h>

#include "library-folders.h"

/* Photographs looked at in one read transaction. */
#define PIECE 4096u

typedef struct
{
  LibraryIndexer *indexer;
  GPtrArray *folders; /* paths that were scanned and are there */
  GPtrArray *missed;  /* of LibraryPhotoRecord: known, but not found */
  guint looked;
  LibraryKey next;
} Search;

static gboolean
is_in_folders (GPtrArray *folders, const char *path)
{
  for (guint i = 0; i < folders->len; i++)
    if (library_path_is_within (path, g_ptr_array_index (folders, i)))
      return TRUE;
  return FALSE;
}

static gboolean
look_at_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Search *search = data;
  g_autoptr (LibraryPhotoRecord) photo = NULL;

  search->next = *key;
  if (search->looked++ == PIECE)
    return FALSE;
  photo = library_photo_from_value (txn, key, value, length);
  if (photo != NULL && !(photo->flags & LIBRARY_PHOTO_GONE) && is_in_folders (search->folders, photo->path) &&
      !library_id_set_contains (search->indexer->reconcile.seen, photo->id))
    g_ptr_array_add (search->missed, g_steal_pointer (&photo));
  return TRUE;
}

static GPtrArray *
get_scanned_folders (LibraryIndexer *self)
{
  GPtrArray *folders = g_ptr_array_new ();

  for (guint i = 0; i < self->folders->len; i++)
    {
      const LibraryFolder *folder = g_ptr_array_index (self->folders, i);

      if (!library_folder_is_offline (folder->path))
        g_ptr_array_add (folders, folder->path);
    }
  return folders;
}

/* Asks the file system without a transaction open: that may take its time. */
static void
hide_gone (LibraryIndexer *self, GPtrArray *missed)
{
  for (guint i = 0; i < missed->len; i++)
    {
      LibraryPhotoRecord *photo = g_ptr_array_index (missed, i);

      if (library_reconcile_is_gone (&self->reconcile, photo))
        library_batch_add_photo (self->batch, g_steal_pointer (&missed->pdata[i]), LIBRARY_CHANGE_GONE, NULL, 0);
    }
}

static void
free_record (gpointer record)
{
  if (record != NULL)
    library_photo_record_free (record);
}

static gboolean
remove_photos (LibraryIndexer *self, GPtrArray *folders, GError **error)
{
  Search search = { .indexer = self, .folders = folders, .looked = PIECE + 1 };

  search.next = library_key_u64 (0);
  while (search.looked > PIECE)
    {
      g_autoptr (GPtrArray) missed = g_ptr_array_new_with_free_func (free_record);
      g_autoptr (LibraryTxn) txn = library_txn_begin (self->job->store, error);
      LibraryKey from = search.next;
      gboolean ok;

      if (txn == NULL)
        return FALSE;
      search.missed = missed;
      search.looked = 0;
      library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, &from, 0, look_at_photo, &search);
      ok = library_txn_check (txn, error);
      g_clear_pointer (&txn, library_txn_end);
      library_store_release_pages (self->job->store);
      if (!ok || g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      hide_gone (self, missed);
      if (!library_indexer_flush (self, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
remove_problems (LibraryIndexer *self, GPtrArray *folders, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (self->job->store, error);
  g_autoptr (GPtrArray) problems = NULL;

  if (txn == NULL)
    return FALSE;
  problems = library_problem_list (txn);
  g_clear_pointer (&txn, library_txn_end);
  for (guint i = 0; i < problems->len; i++)
    {
      const LibraryProblemRecord *problem = g_ptr_array_index (problems, i);
      LibraryIdentity now;

      if (is_in_folders (folders, problem->path) && !g_hash_table_contains (self->failed, problem->path) &&
          !library_file_identify (problem->path, &now) && (errno == ENOENT || errno == ENOTDIR))
        library_batch_drop_problem (self->batch, problem->path);
    }
  return library_indexer_flush (self, error);
}

gboolean
library_indexer_remove_gone (LibraryIndexer *self, GError **error)
{
  g_autoptr (GPtrArray) folders = get_scanned_folders (self);

  return remove_photos (self, folders, error) && remove_problems (self, folders, error);
}
