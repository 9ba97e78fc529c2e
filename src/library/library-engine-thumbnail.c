/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-thumbnail.h"

#define LEAST_SIDE 16u
#define GREATEST_SIDE 2048u
#define THREADS 2u

typedef struct
{
  LibraryPhotoId id;
  char *path;
  guint side;
  gint64 asked; /* when */
  GBytes *jpeg; /* the result, or */
  GError *error;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->path);
  g_clear_pointer (&request->jpeg, g_bytes_unref);
  g_clear_error (&request->error);
  g_free (request);
}

/* ---- on the caller's context ---- */

static gboolean
return_in_idle (gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);

  if (request->error != NULL)
    g_task_return_error (task, g_steal_pointer (&request->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&request->jpeg), (GDestroyNotify) g_bytes_unref);
  return G_SOURCE_REMOVE;
}

/* ---- on a thread of the pool ---- */

/* The content of the photograph if its file is still the one that was indexed. */
static gboolean
find_content (LibraryEngine *self, const Request *request, guint64 hash[2])
{
  g_autoptr (LibraryStore) store = NULL;
  g_autoptr (LibraryTxn) txn = NULL;
  g_autoptr (LibraryPhotoRecord) photo = NULL;
  LibraryIdentity now;

  if (request->id == 0 || !library_file_identify (request->path, &now))
    return FALSE;
  store = library_engine_open_store (self, NULL);
  txn = store != NULL ? library_txn_begin (store, NULL) : NULL;
  photo = txn != NULL ? library_photo_get (txn, request->id) : NULL;
  if (photo == NULL || !library_identity_equal_in_place (&photo->identity, &now))
    return FALSE;
  hash[0] = photo->hash[0];
  hash[1] = photo->hash[1];
  return TRUE;
}

static GBytes *
make (LibraryEngine *self, const Request *request, GCancellable *cancellable, GError **error)
{
  ImageRequest wanted = { .thumbnails = { request->side } };
  g_autoptr (LibraryDecodeJob) job = library_decode_job_new (request->path, &wanted, cancellable, NULL);
  ImageWorker *worker = g_async_queue_pop (self->thumbnail_workers);

  library_decode_job_run (job, worker);
  g_async_queue_push (self->thumbnail_workers, worker);
  if (job->error != NULL)
    {
      library_engine_take_error (error, g_steal_pointer (&job->error), request->path);
      return NULL;
    }
  library_thumbnails_put (self->thumbnails, job->reply.hash, request->side, job->reply.thumbnails[0]);
  return g_bytes_ref (job->reply.thumbnails[0]);
}

/* The task goes back to its context whatever comes of it: were its last reference dropped here, the engine might end, and
 * wait for this very thread. */
static void
serve (gpointer data, gpointer engine)
{
  LibraryEngine *self = engine;
  GTask *task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  Request *request = g_task_get_task_data (task);
  g_autoptr (GSource) source = g_idle_source_new ();
  guint64 hash[2];

  if (!g_cancellable_set_error_if_cancelled (cancellable, &request->error))
    {
      if (find_content (self, request, hash))
        request->jpeg = library_thumbnails_get (self->thumbnails, hash, request->side);
      if (request->jpeg == NULL)
        request->jpeg = make (self, request, cancellable, &request->error);
    }
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, return_in_idle, task, g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* The tile that was asked for last is most likely the one being looked at. */
static int
compare_requests (gconstpointer a, gconstpointer b, gpointer data)
{
  const Request *x = g_task_get_task_data (G_TASK (a));
  const Request *y = g_task_get_task_data (G_TASK (b));

  return x->asked > y->asked ? -1 : x->asked < y->asked;
}

static void
push (LibraryEngine *self, GTask *task)
{
  g_mutex_lock (&self->thumbnail_mutex);
  if (self->thumbnail_pool == NULL)
    {
      self->thumbnail_workers = g_async_queue_new_full ((GDestroyNotify) image_worker_free);
      for (guint i = 0; i < THREADS; i++)
        g_async_queue_push (self->thumbnail_workers, image_worker_new ());
      self->thumbnail_pool = g_thread_pool_new (serve, self, THREADS, FALSE, NULL);
      g_thread_pool_set_sort_function (self->thumbnail_pool, compare_requests, NULL);
    }
  g_thread_pool_push (self->thumbnail_pool, task, NULL);
  g_mutex_unlock (&self->thumbnail_mutex);
}

void
library_engine_thumbnail_async (LibraryEngine *self, const LibraryPhoto *photo, guint side, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Request *request;
  GError *error = NULL;

  g_return_if_fail (LIBRARY_IS_ENGINE (self) && photo != NULL);

  request = g_new0 (Request, 1);
  request->id = photo->id;
  request->asked = g_get_monotonic_time ();
  request->side = CLAMP (side, LEAST_SIDE, GREATEST_SIDE);
  request->path = library_engine_get_path (photo->file, &error);
  g_task_set_source_tag (task, library_engine_thumbnail_async);
  g_task_set_task_data (task, request, request_free);
  if (request->path == NULL)
    g_task_return_error (task, error);
  else
    push (self, g_object_ref (task));
}

GBytes *
library_engine_thumbnail_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_thumbnail_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
