/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-photos.h"

#include "library-problem.h"

static gboolean
collect_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);

  if (photo != NULL && !(photo->flags & LIBRARY_PHOTO_GONE))
    g_ptr_array_add (data, library_photo_from_record (photo));
  return TRUE;
}

static int
compare_dates (gconstpointer a, gconstpointer b)
{
  const LibraryPhoto *x = *(const LibraryPhoto *const *) a;
  const LibraryPhoto *y = *(const LibraryPhoto *const *) b;

  if (x->taken != y->taken)
    return x->taken > y->taken ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

static GPtrArray *
list_photos (LibraryTxn *txn)
{
  GPtrArray *photos = g_ptr_array_new_with_free_func ((GDestroyNotify) library_photo_free);

  library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, collect_photo, photos);
  g_ptr_array_sort (photos, compare_dates);
  return photos;
}

static GPtrArray *
list_problems (LibraryTxn *txn)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_free);
  g_autoptr (GPtrArray) records = library_problem_list (txn);

  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (problems, library_problem_from_record (g_ptr_array_index (records, i)));
  return problems;
}

/* Runs one of the two lists of above in a transaction. */
static void
list_in_thread (GTask *task, GPtrArray *(*list) (LibraryTxn *) )
{
  GError *error = NULL;
  g_autoptr (LibraryStore) store = library_engine_open_store (g_task_get_source_object (task), &error);
  g_autoptr (LibraryTxn) txn = store != NULL ? library_txn_begin (store, &error) : NULL;
  g_autoptr (GPtrArray) items = txn != NULL ? list (txn) : NULL;

  if (items != NULL && library_txn_check (txn, &error))
    g_task_return_pointer (task, g_steal_pointer (&items), (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  list_in_thread (task, list_photos);
}

static void
problems_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  list_in_thread (task, list_problems);
}

void
library_engine_list_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  g_task_set_source_tag (task, library_engine_list_async);
  g_task_run_in_thread (task, list_thread);
}

GPtrArray *
library_engine_list_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_list_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
library_engine_problems_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  g_task_set_source_tag (task, library_engine_problems_async);
  g_task_run_in_thread (task, problems_thread);
}

GPtrArray *
library_engine_problems_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_problems_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
delete_problems (LibraryTxn *txn, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) problems = library_problem_list (txn);

  for (guint i = 0; i < problems->len; i++)
    library_problem_delete (txn, ((LibraryProblemRecord *) g_ptr_array_index (problems, i))->path);
  return library_txn_check (txn, error);
}

gboolean
library_engine_forget_problems (LibraryEngine *self, GError **error)
{
  g_autoptr (LibraryStore) store = NULL;

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self), FALSE);

  store = library_engine_open_store (self, error);
  return store != NULL && library_store_write (store, delete_problems, NULL, error);
}
