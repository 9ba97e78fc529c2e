/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-index.h"

#include "library-folders.h"
#include "library-indexer.h"

/* Progress is told at least this often, in milliseconds, whatever the run is doing. */
#define TICK 500

/* One run: the thread writes, the caller's context reads. */
typedef struct
{
  GTask *task;
  GPtrArray *folders; /* of GFile, or NULL */
  LibraryProgressFunc progress_func;
  LibraryProblemFunc problem_func;
  gpointer data;
  GSource *ticker;
  gint64 start;
  GMutex mutex; /* guards what follows */
  LibraryProgress progress;
  GPtrArray *problems; /* of LibraryProblem: not told yet */
  gboolean changed;
  gboolean told;  /* an idle is under way */
  gboolean ended; /* the thread is done; error is NULL if it succeeded */
  GError *error;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_clear_pointer (&run->folders, g_ptr_array_unref);
  g_ptr_array_unref (run->problems);
  g_clear_error (&run->error);
  g_mutex_clear (&run->mutex);
  g_free (run);
}

/* ---- on the caller's context ---- */

static void
tell (Run *run)
{
  g_autoptr (GPtrArray) problems = NULL;
  LibraryProgress progress;
  gboolean changed;

  g_mutex_lock (&run->mutex);
  problems = run->problems;
  run->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_free);
  progress = run->progress;
  changed = run->changed;
  run->changed = run->told = FALSE;
  g_mutex_unlock (&run->mutex);
  for (guint i = 0; run->problem_func != NULL && i < problems->len; i++)
    run->problem_func (g_ptr_array_index (problems, i), run->data);
  progress.seconds = (double) (g_get_monotonic_time () - run->start) / G_TIME_SPAN_SECOND;
  if (run->progress_func != NULL)
    run->progress_func (&progress, run->data);
  if (changed)
    g_signal_emit_by_name (g_task_get_source_object (run->task), "photos-changed");
}

static gboolean
tell_in_idle (gpointer task)
{
  Run *run = g_task_get_task_data (task);

  /* After the end there is nobody to tell. */
  if (run->ticker != NULL)
    tell (run);
  return G_SOURCE_REMOVE;
}

static gboolean
tell_in_tick (gpointer task)
{
  tell (g_task_get_task_data (task));
  return G_SOURCE_CONTINUE;
}

static gboolean
end_in_idle (gpointer data)
{
  GTask *task = data;
  Run *run = g_task_get_task_data (task);

  tell (run);
  g_source_destroy (run->ticker);
  g_clear_pointer (&run->ticker, g_source_unref);
  if (run->error != NULL)
    g_task_return_error (task, g_steal_pointer (&run->error));
  else
    g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
invoke_idle (GTask *task, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* ---- on the run's thread ---- */

/* With the mutex held: one idle for whatever happens until it runs. */
static void
tell_soon (Run *run)
{
  if (!run->told)
    {
      run->told = TRUE;
      invoke_idle (run->task, tell_in_idle);
    }
}

static void
take_progress (const LibraryProgress *progress, gboolean changed, gpointer data)
{
  Run *run = data;

  g_mutex_lock (&run->mutex);
  run->progress = *progress;
  run->changed |= changed;
  tell_soon (run);
  g_mutex_unlock (&run->mutex);
}

static void
take_problem (const LibraryProblemRecord *problem, gpointer data)
{
  Run *run = data;

  g_mutex_lock (&run->mutex);
  g_ptr_array_add (run->problems, library_problem_from_record (problem));
  tell_soon (run);
  g_mutex_unlock (&run->mutex);
}

static gboolean
embed (const guint8 *pixels, gsize n, float *out, gpointer clip, GCancellable *cancellable, GError **error)
{
  return model_clip_embed_images (clip, pixels, n, out, cancellable, error);
}

static gboolean
index_folders (Run *run, LibraryStore *store, GPtrArray *folders, ModelClip *clip, const char *fingerprint, GError **error)
{
  LibraryEngine *self = g_task_get_source_object (run->task);
  const ModelInfo *info = model_clip_get_info (clip);
  gboolean fast = model_clip_get_precision (clip) == MODEL_PRECISION_FAST;
  g_autofree char *models = library_models_get_folder ();
  const char *skip[] = { library_store_get_directory (store), library_thumbnails_get_folder (self->thumbnails), models, NULL };
  LibraryEncoder encoder = {
    .fingerprint = fingerprint,
    .class = fast ? LIBRARY_CLASS_FAST : LIBRARY_CLASS_EXACT,
    .dim = info->dim,
    .batch = MAX (model_clip_get_batch (clip), 1),
    .embed = embed,
    .data = clip,
  };
  LibraryIndexerJob job = { store, folders, &encoder, skip, FALSE, take_progress, take_problem, run };
  g_autoptr (GError) local = NULL;
  LibraryProgress progress;

  library_engine_get_tensor_spec (info, fast, &encoder.tensor);
  if (library_indexer_run (&job, &progress, g_task_get_cancellable (run->task), &local))
    return TRUE;
  return library_models_take_error (error, g_steal_pointer (&local));
}

static gboolean
run_locked (Run *run, LibraryStore *store, GError **error)
{
  LibraryEngine *self = g_task_get_source_object (run->task);
  g_autofree char *fingerprint = NULL;
  g_autoptr (ModelClip) clip = NULL;
  g_autoptr (GPtrArray) folders = NULL;

  clip = library_engine_open_clip (self, library_engine_choose_precision (self, MODEL_PRECISION_FAST), &fingerprint, error);
  if (clip == NULL)
    return FALSE;
  folders = run->folders != NULL ? library_folders_add (store, run->folders, error) : library_folders_get_all (store, error);
  return folders != NULL && index_folders (run, store, folders, clip, fingerprint, error);
}

static gboolean
run_index (Run *run, GError **error)
{
  LibraryEngine *self = g_task_get_source_object (run->task);
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);
  gboolean ok;

  if (store == NULL || !library_store_lock_writer (store, g_task_get_cancellable (run->task), error))
    return FALSE;
  ok = run_locked (run, store, error);
  /* Only tidiness: what it could not do is done after the next run. */
  if (ok && library_spaces_compact (store, g_task_get_cancellable (run->task), NULL))
    library_store_shrink (store, NULL);
  library_store_unlock_writer (store);
  return ok;
}

static gpointer
index_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;

  run_index (run, &error);
  g_mutex_lock (&run->mutex);
  run->error = error;
  g_mutex_unlock (&run->mutex);
  invoke_idle (task, end_in_idle);
  return NULL;
}

/* ---- the pair ---- */

/* With a free function of its own, whatever the caller's array has. */
static GPtrArray *
copy_files (GPtrArray *files)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < files->len; i++)
    g_ptr_array_add (copy, g_object_ref (g_ptr_array_index (files, i)));
  return copy;
}

void
library_engine_index_async (LibraryEngine *self,
                            GPtrArray *folders,
                            LibraryProgressFunc progress,
                            LibraryProblemFunc problem,
                            gpointer data,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Run *run = g_new0 (Run, 1);

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  g_task_set_source_tag (task, library_engine_index_async);
  /* The last progress is worth having, cancelled or not. */
  g_task_set_check_cancellable (task, FALSE);
  g_mutex_init (&run->mutex);
  run->task = task;
  run->folders = folders != NULL ? copy_files (folders) : NULL;
  run->progress_func = progress;
  run->problem_func = problem;
  run->data = data;
  run->start = g_get_monotonic_time ();
  run->progress.scanning = TRUE;
  run->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_free);
  g_task_set_task_data (task, run, run_free);
  run->ticker = g_timeout_source_new (TICK);
  g_source_set_callback (run->ticker, tell_in_tick, task, NULL);
  g_source_attach (run->ticker, g_task_get_context (task));
  g_thread_unref (g_thread_new ("index", index_thread, g_object_ref (task)));
}

gboolean
library_engine_index_finish (LibraryEngine *self, GAsyncResult *result, LibraryProgress *progress, GError **error)
{
  Run *run;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_index_async), FALSE);

  run = g_task_get_task_data (G_TASK (result));
  if (progress != NULL)
    *progress = run->progress;
  return g_task_propagate_boolean (G_TASK (result), error);
}
