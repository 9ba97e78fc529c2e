/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-thumbnail.h"

#include "library-shared-cache.h"

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

/* The photograph if its file is still the one that was indexed.  (transfer full) */
static LibraryPhotoRecord *
find_photo (LibraryEngine *self, const Request *request)
{
  g_autoptr (LibraryStore) store = NULL;
  g_autoptr (LibraryTxn) txn = NULL;
  g_autoptr (LibraryPhotoRecord) photo = NULL;
  LibraryIdentity now;

  if (request->id == 0 || !library_file_identify (request->path, &now))
    return NULL;
  store = library_engine_open_store (self, NULL);
  txn = store != NULL ? library_txn_begin (store, NULL) : NULL;
  photo = txn != NULL ? library_photo_get (txn, request->id) : NULL;
  return photo != NULL && library_identity_equal_in_place (&photo->identity, &now) ? g_steal_pointer (&photo) : NULL;
}

/* From our own files, or from those that the programs of the desktop share. */
static GBytes *
find_made (LibraryEngine *self, const LibraryPhotoRecord *photo, guint side, GCancellable *cancellable)
{
  GBytes *jpeg = library_thumbnails_get (self->thumbnails, photo->hash, side);
  ImageWorker *worker;

  if (jpeg != NULL)
    return jpeg;
  worker = g_async_queue_pop (self->thumbnail_workers);
  jpeg = library_shared_cache_get (worker, photo, side, cancellable);
  g_async_queue_push (self->thumbnail_workers, worker);
  if (jpeg != NULL)
    library_thumbnails_put (self->thumbnails, photo->hash, side, jpeg);
  return jpeg;
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

static gpointer
run_thumbnail (LibraryEngine *self, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autoptr (LibraryPhotoRecord) photo = find_photo (self, request);
  GBytes *jpeg = photo != NULL ? find_made (self, photo, request->side, cancellable) : NULL;

  return jpeg != NULL ? jpeg : make (self, request, cancellable, error);
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

  if (!g_cancellable_set_error_if_cancelled (cancellable, &request->error))
    request->jpeg = library_job_run (&library_job_thumbnail, self, request, cancellable, &request->error);
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

static void
start (LibraryEngine *self, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, (gpointer) &library_job_thumbnail);
  g_task_set_task_data (task, request, request_free);
  push (self, task);
}

/* Those that are made while indexing do for less as well. */
static guint
choose_side (guint side)
{
  if (side <= LIBRARY_THUMBNAIL_SMALL)
    return LIBRARY_THUMBNAIL_SMALL;
  return side <= LIBRARY_THUMBNAIL_LARGE ? LIBRARY_THUMBNAIL_LARGE : MIN (side, GREATEST_SIDE);
}

static Request *
request_new (LibraryPhotoId id, char *path, guint side)
{
  Request *request = g_new0 (Request, 1);

  request->id = id;
  request->path = path;
  request->side = choose_side (side);
  request->asked = g_get_monotonic_time ();
  return request;
}

static GVariant *
pack_request (gconstpointer data)
{
  const Request *request = data;

  return g_variant_new ("(t^ayu)", request->id, request->path, request->side);
}

static gpointer
unpack_request (GVariant *variant)
{
  LibraryPhotoId id;
  char *path;
  guint side;

  g_variant_get (variant, "(t^ayu)", &id, &path, &side);
  return request_new (id, path, side);
}

static GVariant *
pack_reply (gconstpointer jpeg)
{
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, (GBytes *) jpeg, TRUE);
}

static gpointer
unpack_reply (GVariant *variant)
{
  return g_variant_get_data_as_bytes (variant);
}

const LibraryJobKind library_job_thumbnail = {
  .name = "thumbnail",
  .request_type = "(tayu)",
  .reply_type = "ay",
  .pack_request = pack_request,
  .unpack_request = unpack_request,
  .free_request = request_free,
  .pack_reply = pack_reply,
  .unpack_reply = unpack_reply,
  .free_reply = (GDestroyNotify) g_bytes_unref,
  .run = run_thumbnail,
  .start = start,
};

void
library_engine_thumbnail_async (LibraryEngine *self, const LibraryPhoto *photo, guint side, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;
  char *path;

  g_return_if_fail (LIBRARY_IS_ENGINE (self) && photo != NULL);

  path = library_engine_get_path (photo->file, &error);
  if (path != NULL)
    library_job_begin (&library_job_thumbnail, self, request_new (photo->id, path, side), cancellable, callback, user_data);
  else
    g_task_report_error (self, callback, user_data, (gpointer) &library_job_thumbnail, error);
}

GBytes *
library_engine_thumbnail_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_thumbnail, self, result, error);
}
