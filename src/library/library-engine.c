/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-engine-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define THUMBNAIL_MEMORY ((gsize) 32 * 1024 * 1024)

enum
{
  PHOTOS_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LibraryEngine, library_engine, G_TYPE_OBJECT)

static void
library_engine_dispose (GObject *object)
{
  LibraryEngine *self = LIBRARY_ENGINE (object);
  LibraryService *service;
  LibraryClient *client;

  g_mutex_lock (&self->store_mutex);
  service = g_steal_pointer (&self->service);
  client = g_steal_pointer (&self->client);
  g_mutex_unlock (&self->store_mutex);
  if (service != NULL)
    library_service_leave (service, self);
  if (client != NULL)
    {
      library_client_mute (client);
      library_client_unref (client);
    }
  G_OBJECT_CLASS (library_engine_parent_class)->dispose (object);
}

static void
library_engine_finalize (GObject *object)
{
  LibraryEngine *self = LIBRARY_ENGINE (object);

  if (self->thumbnail_pool != NULL)
    g_thread_pool_free (self->thumbnail_pool, FALSE, TRUE);
  g_clear_pointer (&self->thumbnail_workers, g_async_queue_unref);
  g_clear_pointer (&self->thumbnails, library_thumbnails_free);
  g_clear_pointer (&self->worker, image_worker_free);
  g_clear_pointer (&self->clips, library_clips_free);
  g_clear_pointer (&self->store, library_store_unref);
  g_main_context_unref (self->context);
  g_clear_pointer (&self->pace, library_pace_unref);
  g_free (self->options.directory);
  g_free (self->options.model);
  g_free (self->options.device);
  g_mutex_clear (&self->store_mutex);
  g_mutex_clear (&self->worker_mutex);
  g_mutex_clear (&self->thumbnail_mutex);
  G_OBJECT_CLASS (library_engine_parent_class)->finalize (object);
}

static void
library_engine_class_init (LibraryEngineClass *class)
{
  G_OBJECT_CLASS (class)->dispose = library_engine_dispose;
  G_OBJECT_CLASS (class)->finalize = library_engine_finalize;

  signals[PHOTOS_CHANGED] = g_signal_new ("photos-changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
library_engine_init (LibraryEngine *self)
{
  self->options.precision = -1;
  self->context = g_main_context_ref_thread_default ();
  self->pace = library_pace_new ();
  g_mutex_init (&self->store_mutex);
  g_mutex_init (&self->worker_mutex);
  g_mutex_init (&self->thumbnail_mutex);
  self->thumbnails = library_thumbnails_new (THUMBNAIL_MEMORY);
}

LibraryEngine *
library_engine_new (const LibraryOptions *options)
{
  LibraryEngine *self = g_object_new (LIBRARY_TYPE_ENGINE, NULL);

  if (options == NULL)
    {
      self->clips = library_clips_new (NULL);
      return self;
    }
  self->options.directory = g_strdup (options->directory);
  /* Whole, because it may be another process that looks for it. */
  self->options.model = options->model != NULL && g_file_test (options->model, G_FILE_TEST_IS_DIR) ? g_canonicalize_filename (options->model, NULL)
                                                                                                   : g_strdup (options->model);
  self->options.device = g_strdup (options->device != NULL ? options->device : g_getenv ("EIDETIC_DEVICE"));
  self->options.precision = options->precision;
  self->clips = library_clips_new (self->options.device);
  return self;
}

LibraryEngine *
library_engine_new_guest (LibraryStore *store, const LibraryOptions *options)
{
  LibraryEngine *self = library_engine_new (options);

  self->options.directory = g_strdup (library_store_get_directory (store));
  self->store = library_store_ref (store);
  return self;
}

/* ---- the library, owned or not ---- */

LibraryStore *
library_engine_open_store (LibraryEngine *self, GError **error)
{
  LibraryStore *store;

  g_mutex_lock (&self->store_mutex);
  if (self->store == NULL)
    {
      self->store = library_store_open (self->options.directory, 0, error);
      if (self->store != NULL)
        self->service = library_service_join (self->store, self);
    }
  store = self->store != NULL ? library_store_ref (self->store) : NULL;
  g_mutex_unlock (&self->store_mutex);
  return store;
}

LibraryClient *
library_engine_open_client (LibraryEngine *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *directory = library_store_resolve_directory (self->options.directory);
  LibraryClient *client;

  g_mutex_lock (&self->store_mutex);
  if (self->client != NULL && library_client_is_closed (self->client))
    g_clear_pointer (&self->client, library_client_unref);
  if (self->client == NULL)
    self->client = library_client_new (directory, (LibraryClientFunc) library_engine_say_changed, self, cancellable, error);
  client = self->client != NULL ? library_client_ref (self->client) : NULL;
  g_mutex_unlock (&self->store_mutex);
  return client;
}

static void
weak_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gboolean
emit_changed (gpointer data)
{
  g_autoptr (LibraryEngine) self = g_weak_ref_get (data);

  if (self != NULL)
    g_signal_emit (self, signals[PHOTOS_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* News are no reason to keep an engine, and the library that it owns. */
void
library_engine_say_changed (LibraryEngine *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_changed, weak, weak_free);
  g_source_attach (source, self->context);
}

void
library_engine_announce_change (LibraryEngine *self)
{
  g_mutex_lock (&self->store_mutex);
  if (self->service != NULL)
    library_service_announce (self->service);
  else
    library_engine_say_changed (self);
  g_mutex_unlock (&self->store_mutex);
}

void
library_engine_close (LibraryEngine *self)
{
  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  if (self->service != NULL)
    library_service_close (self->service);
}

GVariant *
library_engine_pack_nothing (gconstpointer nothing)
{
  return g_variant_new_boolean (TRUE);
}

gpointer
library_engine_unpack_nothing (GVariant *variant)
{
  return LIBRARY_NOTHING;
}

void
library_engine_free_nothing (gpointer nothing)
{
}

GVariant *
library_engine_pack_text (gconstpointer text)
{
  return g_variant_new_take_string (g_utf8_make_valid (text, -1));
}

gpointer
library_engine_unpack_text (GVariant *variant)
{
  return g_variant_dup_string (variant, NULL);
}

ModelPrecision
library_engine_choose_precision (LibraryEngine *self, ModelPrecision usual)
{
  if (self->options.precision < 0)
    return usual;
  return self->options.precision == 0 ? MODEL_PRECISION_EXACT : MODEL_PRECISION_FAST;
}

void
library_engine_get_tensor_spec (const ModelInfo *info, gboolean reduced, ImageTensorSpec *spec)
{
  *spec = (ImageTensorSpec){ .side = info->image_side, .fill = info->fill, .reduced = reduced };
  spec->mode = g_strcmp0 (info->resize, "squash") == 0 ? IMAGE_RESIZE_SQUASH : g_strcmp0 (info->resize, "longest") == 0 ? IMAGE_RESIZE_LONGEST
                                                                                                                        : IMAGE_RESIZE_SHORTEST;
  spec->filter = g_strcmp0 (info->filter, "bilinear") == 0 ? IMAGE_FILTER_BILINEAR : IMAGE_FILTER_BICUBIC;
}

/* ---- single pictures ---- */

char *
library_engine_get_path (GFile *file, GError **error)
{
  char *path = g_file_get_path (file);

  if (path == NULL)
    {
      g_autofree char *name = g_file_get_parse_name (file);

      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE, _ ("“%s” is not on this machine"), name);
    }
  return path;
}

gboolean
library_engine_take_error (GError **error, GError *taken, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  if (taken->domain == MODEL_ERROR)
    return library_models_take_error (error, taken);
  if (g_error_matches (taken, IMAGE_ERROR, IMAGE_ERROR_GONE))
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE, _ ("There is no file “%s”"), name);
  else if (taken->domain == IMAGE_ERROR)
    {
      g_propagate_prefixed_error (error, taken, "“%s”: ", name);
      return FALSE;
    }
  else
    {
      g_propagate_error (error, taken);
      return FALSE;
    }
  g_error_free (taken);
  return FALSE;
}

static void
run_job (LibraryEngine *self, LibraryDecodeJob *job)
{
  g_mutex_lock (&self->worker_mutex);
  if (self->worker == NULL)
    self->worker = image_worker_new ();
  library_decode_job_run (job, self->worker);
  g_mutex_unlock (&self->worker_mutex);
}

gboolean
library_engine_embed_file (LibraryEngine *self, ModelClip *clip, const char *path, float *out, LibraryIdentity *identity, guint64 hash[2], GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryDecodeJob) job = NULL;
  g_autoptr (GError) local = NULL;
  ImageRequest request = { 0 };

  library_engine_get_tensor_spec (model_clip_get_info (clip), FALSE, &request.tensor);
  job = library_decode_job_new (path, &request, cancellable, NULL);
  run_job (self, job);
  if (job->error != NULL)
    return library_engine_take_error (error, g_steal_pointer (&job->error), path);
  *identity = job->identity;
  memcpy (hash, job->reply.hash, sizeof job->reply.hash);
  if (!model_clip_embed_images (clip, g_bytes_get_data (job->reply.tensor, NULL), 1, out, cancellable, &local))
    return library_engine_take_error (error, g_steal_pointer (&local), path);
  return TRUE;
}

GFile *
library_engine_get_samples (LibraryEngine *self)
{
  g_autofree char *data = library_data_directory ();

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self), NULL);

  return g_file_new_build_filename (data, "samples", NULL);
}
