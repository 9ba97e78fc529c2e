/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-photos.h"

#include "library-problem.h"
#include "library-wire.h"

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

static gpointer
run_list (LibraryEngine *self, GPtrArray *(*list) (LibraryTxn *), GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);
  g_autoptr (LibraryTxn) txn = store != NULL ? library_txn_begin (store, error) : NULL;
  g_autoptr (GPtrArray) items = txn != NULL ? list (txn) : NULL;

  return items != NULL && library_txn_check (txn, error) ? g_steal_pointer (&items) : NULL;
}

static gpointer
run_list_photos (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  return run_list (self, list_photos, error);
}

static gpointer
run_list_problems (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  return run_list (self, list_problems, error);
}

const LibraryJobKind library_job_list = {
  .name = "list",
  .request_type = "b",
  .reply_type = LIBRARY_WIRE_PHOTOS,
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = (gpointer) library_wire_pack_photos,
  .unpack_reply = (gpointer) library_wire_unpack_photos,
  .free_reply = (GDestroyNotify) g_ptr_array_unref,
  .run = run_list_photos,
};

const LibraryJobKind library_job_problems = {
  .name = "problems",
  .request_type = "b",
  .reply_type = LIBRARY_WIRE_PROBLEMS,
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = (gpointer) library_wire_pack_problems,
  .unpack_reply = (gpointer) library_wire_unpack_problems,
  .free_reply = (GDestroyNotify) g_ptr_array_unref,
  .run = run_list_problems,
};

void
library_engine_list_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  library_job_begin (&library_job_list, self, LIBRARY_NOTHING, cancellable, callback, user_data);
}

GPtrArray *
library_engine_list_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_list, self, result, error);
}

void
library_engine_problems_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  library_job_begin (&library_job_problems, self, LIBRARY_NOTHING, cancellable, callback, user_data);
}

GPtrArray *
library_engine_problems_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_problems, self, result, error);
}
