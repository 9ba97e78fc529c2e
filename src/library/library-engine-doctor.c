/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-engine-doctor.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "library-folders.h"

void
library_check_free (LibraryCheck *check)
{
  g_free (check->check);
  g_free (check->detail);
  g_free (check);
}

/* Takes over `what` and `detail`; with an error that is the detail. */
static void
add (GPtrArray *checks, char *what, char *detail, GError *error)
{
  LibraryCheck *check = g_new0 (LibraryCheck, 1);

  check->check = what;
  check->ok = error == NULL;
  check->detail = error != NULL ? g_strdup (error->message) : g_steal_pointer (&detail);
  g_free (detail);
  g_clear_error (&error);
  g_ptr_array_add (checks, check);
}

static void
check_devices (GPtrArray *checks)
{
  g_autoptr (GPtrArray) devices = model_device_list ();

  for (guint i = 0; i < devices->len; i++)
    {
      const ModelDevice *device = g_ptr_array_index (devices, i);
      GError *error = NULL;

      model_device_check (device->id, &error);
      add (checks, g_strdup_printf ("device %s", device->id),
           g_strdup_printf ("%s (%s) computes right%s%s", device->name, device->driver != NULL ? device->driver : "no driver",
                            device->software ? "; it is software, for tests only" : "", device->chosen ? "; chosen by “auto”" : ""),
           error);
    }
}

static gboolean
is_unit (const float *vector, guint dim)
{
  float squares = model_embedding_dot (vector, vector, dim);

  return isfinite (squares) && fabsf (squares - 1) < 0.01f;
}

/* One text and one grey picture through the model that is in use. */
static gboolean
try_model (LibraryEngine *self, ModelClip *clip, GCancellable *cancellable, GError **error)
{
  const ModelInfo *info = model_clip_get_info (clip);
  gsize size = (gsize) info->image_side * info->image_side * 3;
  g_autofree guint8 *pixels = g_malloc (size);
  g_autofree float *out = g_new (float, info->dim);
  const char *text = "a photo";

  memset (pixels, 128, size);
  if (!model_clip_embed_images (clip, pixels, 1, out, cancellable, error))
    return FALSE;
  if (is_unit (out, info->dim) && !model_clip_embed_texts (clip, &text, 1, out, cancellable, error))
    return FALSE;
  if (is_unit (out, info->dim))
    return TRUE;
  g_set_error_literal (error, LIBRARY_ERROR, LIBRARY_ERROR_MODEL, _ ("The model gives embeddings that are no numbers of length 1"));
  return FALSE;
}

static void
check_model (LibraryEngine *self, GPtrArray *checks, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autofree char *path = library_engine_find_model (self, &error);
  g_autofree char *name = path != NULL ? library_models_get_name (path) : g_strdup ("in use");
  g_autoptr (ModelClip) clip = path != NULL ? library_engine_open_clip (self, MODEL_PRECISION_EXACT, NULL, &error) : NULL;
  char *detail = NULL;

  if (clip != NULL && try_model (self, clip, cancellable, &error))
    detail = g_strdup_printf (_ ("“%s” runs on %s (%s)"), path, model_clip_get_device_id (clip), model_clip_get_device_name (clip));
  add (checks, g_strdup_printf ("model %s", name), detail, error);
}

static void
check_decoder (GPtrArray *checks, GCancellable *cancellable)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  GError *error = NULL;

  library_decoder_check_worker (worker, cancellable, &error);
  add (checks, g_strdup ("decoder"), g_strdup ("Pictures are decoded in a process of their own"), error);
}

typedef struct
{
  guint64 photos, gone;
} Count;

static gboolean
count_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Count *count = data;
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);

  count->photos += photo != NULL && !(photo->flags & LIBRARY_PHOTO_GONE);
  count->gone += photo != NULL && photo->flags & LIBRARY_PHOTO_GONE;
  return TRUE;
}

static char *
describe_library (LibraryStore *store, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);
  g_autoptr (GPtrArray) roots = NULL;
  Count count = { 0 };
  guint64 problems;

  if (txn == NULL)
    return NULL;
  roots = library_folders_list (txn);
  library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, count_photo, &count);
  problems = library_txn_count (txn, LIBRARY_TABLE_PROBLEMS);
  if (!library_txn_check (txn, error))
    return NULL;
  if (library_store_get_damaged (store) > 0)
    {
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE, _ ("The library in “%s” has %u damaged values; index again to make them anew"),
                   library_store_get_directory (store), library_store_get_damaged (store));
      return NULL;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT " photographs in %u folders, %" G_GUINT64_FORMAT " that are gone, %" G_GUINT64_FORMAT " files that could not be read, in “%s”",
                          count.photos, roots->len, count.gone, problems, library_store_get_directory (store));
}

static gpointer
get_summary (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);

  return store != NULL ? describe_library (store, error) : NULL;
}

/* A sentence about the library. */
const LibraryJobKind library_job_summary = {
  .name = "summary",
  .request_type = "b",
  .reply_type = "s",
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = library_engine_pack_text,
  .unpack_reply = library_engine_unpack_text,
  .free_reply = g_free,
  .run = get_summary,
};

static void
check_library (LibraryEngine *self, GPtrArray *checks, GCancellable *cancellable)
{
  GError *error = NULL;
  char *detail = library_job_run (&library_job_summary, self, LIBRARY_NOTHING, cancellable, &error);

  add (checks, g_strdup ("library"), detail, error);
}

static void
doctor_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPtrArray *checks = g_ptr_array_new_with_free_func ((GDestroyNotify) library_check_free);

  check_devices (checks);
  check_model (source, checks, cancellable);
  check_decoder (checks, cancellable);
  check_library (source, checks, cancellable);
  g_task_return_pointer (task, checks, (GDestroyNotify) g_ptr_array_unref);
}

void
library_engine_doctor_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  g_task_set_source_tag (task, library_engine_doctor_async);
  g_task_run_in_thread (task, doctor_thread);
}

GPtrArray *
library_engine_doctor_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_doctor_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
