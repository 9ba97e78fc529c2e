/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-encode.h"

#include "library-wire.h"

typedef struct
{
  GFile *file;
  char *text;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_object (&request->file);
  g_free (request->text);
  g_free (request);
}

static gboolean
embed (LibraryEngine *self, ModelClip *clip, const Request *request, float *out, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) local = NULL;
  LibraryIdentity identity;
  guint64 hash[2];

  if (request->file != NULL)
    {
      path = library_engine_get_path (request->file, error);
      return path != NULL && library_engine_embed_file (self, clip, path, out, &identity, hash, cancellable, error);
    }
  if (model_clip_embed_texts (clip, (const char *const *) &request->text, 1, out, cancellable, &local))
    return TRUE;
  return library_models_take_error (error, g_steal_pointer (&local));
}

static void
embed_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LibraryEngine *self = source;
  g_autoptr (GArray) embedding = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (ModelClip) clip = NULL;
  GError *error = NULL;

  clip = library_engine_open_clip (self, library_engine_choose_precision (self, MODEL_PRECISION_EXACT), NULL, &error);
  if (clip != NULL)
    g_array_set_size (embedding, model_clip_get_info (clip)->dim);
  if (clip != NULL && embed (self, clip, data, (float *) (gpointer) embedding->data, cancellable, &error))
    g_task_return_pointer (task, g_steal_pointer (&embedding), (GDestroyNotify) g_array_unref);
  else
    g_task_return_error (task, error);
}

void
library_engine_embed_async (LibraryEngine *self, GFile *file, const char *text, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Request *request;

  g_return_if_fail (LIBRARY_IS_ENGINE (self) && (file != NULL) != (text != NULL));

  request = g_new0 (Request, 1);
  request->file = file != NULL ? g_object_ref (file) : NULL;
  request->text = g_strdup (text);
  g_task_set_source_tag (task, library_engine_embed_async);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, embed_thread);
}

GArray *
library_engine_embed_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_embed_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

GArray *
library_engine_tokenize (LibraryEngine *self, const char *text, GError **error)
{
  ModelPrecision precision;
  g_autoptr (ModelClip) clip = NULL;

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self) && text != NULL, NULL);

  /* The weights are mapped by this, but nothing is read of them: networks are built when they are used. */
  precision = library_engine_choose_precision (self, MODEL_PRECISION_EXACT);
  clip = library_engine_open_clip (self, precision, NULL, error);
  return clip != NULL ? model_tokenizer_encode (model_clip_get_tokenizer (clip), text) : NULL;
}

/* ---- what runs ---- */

void
library_status_free (LibraryStatus *status)
{
  g_free (status->model);
  g_free (status->model_path);
  g_free (status->device);
  g_free (status->device_name);
  g_free (status->notice);
  g_free (status);
}

static gpointer
get_status (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  g_autoptr (ModelClip) clip = library_engine_open_clip (self, library_engine_choose_precision (self, MODEL_PRECISION_EXACT), NULL, error);
  g_autoptr (LibraryStore) store = clip != NULL ? library_engine_open_store (self, error) : NULL;
  LibraryStatus *status;

  if (store == NULL)
    return NULL;
  status = g_new0 (LibraryStatus, 1);
  status->model_path = g_strdup (model_clip_get_info (clip)->path);
  status->model = library_models_get_name (status->model_path);
  status->device = g_strdup (model_clip_get_device_id (clip));
  status->device_name = g_strdup (model_clip_get_device_name (clip));
  status->demo = g_str_equal (status->model, LIBRARY_DEMO_MODEL);
  status->notice = g_strdup (library_store_get_notice (store));
  return status;
}

const LibraryJobKind library_job_status = {
  .name = "status",
  .request_type = "b",
  .reply_type = LIBRARY_WIRE_STATUS,
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = (gpointer) library_wire_pack_status,
  .unpack_reply = (gpointer) library_wire_unpack_status,
  .free_reply = (GDestroyNotify) library_status_free,
  .run = get_status,
};

void
library_engine_status_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  library_job_begin (&library_job_status, self, LIBRARY_NOTHING, cancellable, callback, user_data);
}

LibraryStatus *
library_engine_status_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_status, self, result, error);
}
