/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-index.h"

#include "library-folders.h"
#include "library-indexer.h"
#include "library-line.h"
#include "library-usual.h"
#include "library-wire.h"

/* Progress is told at least this often, in milliseconds, whatever the run is doing. */
#define TICK 500

/* One run: the thread writes, the caller's context reads. */
typedef struct
{
  GTask *task;
  GPtrArray *folders; /* of GFile, or NULL */
  LibraryIndexFlags flags;
  LibraryPace *pace;
  LibraryJobEventFunc listener; /* or NULL */
  gpointer listener_data;
  LibraryJobEventFunc send; /* to the owner of the library, if that is another process */
  gpointer send_data;
  LibraryProgressFunc progress_func;
  LibraryProblemFunc problem_func;
  gpointer data;
  GSource *ticker;
  gint64 start;
  GMutex mutex; /* guards what follows */
  LibraryProgress progress;
  GPtrArray *problems; /* of LibraryProblem: not told yet */
  gboolean changed;
  gboolean told;          /* an idle is under way */
  LibraryProgress *reply; /* how it ended, or */
  GError *error;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  g_clear_pointer (&run->folders, g_ptr_array_unref);
  g_ptr_array_unref (run->problems);
  g_clear_error (&run->error);
  g_clear_pointer (&run->reply, g_free);
  library_pace_unref (run->pace);
  g_mutex_clear (&run->mutex);
  g_free (run);
}

/* ---- on the caller's context ---- */

static void
tell_problem (Run *run, const LibraryProblem *problem)
{
  if (run->problem_func != NULL)
    run->problem_func (problem, run->data);
  if (run->listener != NULL)
    run->listener (library_wire_pack_problem (problem), run->listener_data);
}

static void
tell_progress (Run *run, const LibraryProgress *progress)
{
  if (run->progress_func != NULL)
    run->progress_func (progress, run->data);
  if (run->listener != NULL)
    run->listener (library_wire_pack_progress (progress), run->listener_data);
}

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
  for (guint i = 0; i < problems->len; i++)
    tell_problem (run, g_ptr_array_index (problems, i));
  progress.seconds = (double) (g_get_monotonic_time () - run->start) / G_TIME_SPAN_SECOND;
  tell_progress (run, &progress);
  if (changed)
    library_engine_announce_change (g_task_get_source_object (run->task));
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
  if (run->reply != NULL)
    g_task_return_pointer (task, g_steal_pointer (&run->reply), g_free);
  else
    g_task_return_error (task, g_steal_pointer (&run->error));
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

/* Takes the problem over. */
static void
add_problem (Run *run, LibraryProblem *problem)
{
  g_mutex_lock (&run->mutex);
  g_ptr_array_add (run->problems, problem);
  tell_soon (run);
  g_mutex_unlock (&run->mutex);
}

static void
take_problem (const LibraryProblemRecord *problem, gpointer data)
{
  add_problem (data, library_problem_from_record (problem));
}

/* From the process that does the run for this one; that photographs have changed it tells by itself. */
static void
take_event (GVariant *event, gpointer request)
{
  LibraryProgress progress;

  if (g_variant_is_of_type (event, G_VARIANT_TYPE (LIBRARY_WIRE_PROBLEM)))
    add_problem (request, library_wire_unpack_problem (event));
  else if (g_variant_is_of_type (event, G_VARIANT_TYPE (LIBRARY_WIRE_PROGRESS)))
    {
      library_wire_unpack_progress (event, &progress);
      take_progress (&progress, FALSE, request);
    }
}

static gboolean
embed (const guint8 *pixels, gsize n, float *out, gpointer clip, GCancellable *cancellable, GError **error)
{
  return model_clip_embed_images (clip, pixels, n, out, cancellable, error);
}

static gboolean
index_folders (LibraryEngine *self, Run *run, LibraryStore *store, GPtrArray *folders, ModelClip *clip, const char *fingerprint, LibraryProgress *progress, GCancellable *cancellable, GError **error)
{
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
  LibraryIndexerJob job = {
    .store = store,
    .folders = folders,
    .encoder = &encoder,
    .skip = skip,
    .retry = (run->flags & LIBRARY_INDEX_RETRY) != 0,
    .progress = take_progress,
    .problem = take_problem,
    .data = run,
    .pace = run->pace,
    .thumbnails = self->thumbnails,
  };
  g_autoptr (GError) local = NULL;

  library_engine_get_tensor_spec (info, fast, &encoder.tensor);
  if (library_indexer_run (&job, progress, cancellable, &local))
    return TRUE;
  return library_models_take_error (error, g_steal_pointer (&local));
}

static gboolean
run_in_turn (LibraryEngine *self, Run *run, LibraryStore *store, LibraryProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autofree char *fingerprint = NULL;
  g_autoptr (ModelClip) clip = NULL;
  g_autoptr (GPtrArray) folders = NULL;
  g_autoptr (GPtrArray) usual = NULL;

  clip = library_engine_open_clip (self, library_engine_choose_precision (self, MODEL_PRECISION_FAST), &fingerprint, error);
  if (clip == NULL)
    return FALSE;
  folders = run->folders != NULL ? library_folders_add (store, run->folders, error) : library_folders_get_all (store, error);
  if (folders == NULL || !index_folders (self, run, store, folders, clip, fingerprint, progress, cancellable, error))
    return FALSE;
  library_engine_confirm_model (self, fingerprint, model_clip_get_info (clip)->dim);
  /* Now, so that the first search need not. */
  if (progress->done <= LIBRARY_LINE_USUAL_MOST)
    usual = library_usual_get (store, clip, fingerprint, cancellable);
  return TRUE;
}

static gpointer
run_index (LibraryEngine *self, gpointer run, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);
  LibraryProgress progress = { 0 };
  gboolean ok;

  if (store == NULL || !library_store_lock_writer (store, cancellable, error))
    return NULL;
  ok = run_in_turn (self, run, store, &progress, cancellable, error);
  /* Only tidiness: what it could not do is done after the next run. */
  if (ok && library_spaces_compact (store, cancellable, NULL))
    library_store_shrink (store, NULL);
  library_store_unlock_writer (store);
  return ok ? g_memdup2 (&progress, sizeof progress) : NULL;
}

static gpointer
index_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;
  LibraryProgress *reply = library_job_run (&library_job_index, g_task_get_source_object (task), run, g_task_get_cancellable (task), &error);

  g_mutex_lock (&run->mutex);
  run->reply = reply;
  run->error = error;
  if (reply != NULL)
    run->progress = *reply;
  g_mutex_unlock (&run->mutex);
  invoke_idle (task, end_in_idle);
  return NULL;
}

LibraryPace *
library_engine_get_pace (LibraryEngine *self)
{
  g_return_val_if_fail (LIBRARY_IS_ENGINE (self), NULL);
  return self->pace;
}

/* ---- the pair ---- */

/* Takes over folders (or NULL) and pace. */
static Run *
run_new (GPtrArray *folders, LibraryIndexFlags flags, LibraryPace *pace)
{
  Run *run = g_new0 (Run, 1);

  g_mutex_init (&run->mutex);
  run->folders = folders;
  run->flags = flags;
  run->pace = pace;
  run->progress.scanning = TRUE;
  run->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_free);
  return run;
}

/* Takes the run over. */
static void
start (LibraryEngine *self, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Run *run = request;

  g_task_set_source_tag (task, (gpointer) &library_job_index);
  /* The last progress is worth having, cancelled or not. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, run, run_free);
  run->task = task;
  run->start = g_get_monotonic_time ();
  run->ticker = g_timeout_source_new (TICK);
  g_source_set_callback (run->ticker, tell_in_tick, task, NULL);
  g_source_attach (run->ticker, g_task_get_context (task));
  g_thread_unref (g_thread_new ("index", index_thread, g_object_ref (task)));
}

static void
listen (gpointer request, LibraryJobEventFunc func, gpointer data)
{
  Run *run = request;

  run->listener = func;
  run->listener_data = data;
}

/* ---- the pace, where another process does the run ---- */

static void
send_pace (const LibraryPaceSettings *settings, gpointer data)
{
  Run *run = data;

  run->send (library_wire_pack_pace (settings), run->send_data);
}

static void
watch (gpointer request, LibraryJobEventFunc send, gpointer data)
{
  Run *run = request;

  run->send = send;
  run->send_data = data;
  library_pace_watch (run->pace, send_pace, run);
}

static void
unwatch (gpointer request, gpointer data)
{
  library_pace_unwatch (((Run *) request)->pace, request);
}

static void
control (gpointer request, GVariant *change)
{
  LibraryPaceSettings settings;

  if (!g_variant_is_of_type (change, G_VARIANT_TYPE (LIBRARY_WIRE_PACE)))
    return;
  library_wire_unpack_pace (change, &settings);
  library_pace_set_settings (((Run *) request)->pace, &settings);
}

/* ---- the request ---- */

static GVariant *
pack_request (gconstpointer request)
{
  const Run *run = request;

  LibraryPaceSettings settings;

  library_pace_get_settings (run->pace, &settings);
  return g_variant_new ("(b@asu@" LIBRARY_WIRE_PACE ")", run->folders != NULL, library_wire_pack_files (run->folders), (guint32) run->flags,
                        library_wire_pack_pace (&settings));
}

static gpointer
unpack_request (GVariant *variant)
{
  g_autoptr (GVariant) files = NULL;
  g_autoptr (GVariant) pace = NULL;
  gboolean some;
  guint32 flags;
  Run *run;

  g_variant_get (variant, "(b@asu@" LIBRARY_WIRE_PACE ")", &some, &files, &flags, &pace);
  run = run_new (some ? library_wire_unpack_files (files) : NULL, flags, library_pace_new ());
  control (run, pace);
  return run;
}

static GVariant *
pack_reply (gconstpointer reply)
{
  return library_wire_pack_progress (reply);
}

static gpointer
unpack_reply (GVariant *variant)
{
  LibraryProgress *progress = g_new (LibraryProgress, 1);

  library_wire_unpack_progress (variant, progress);
  return progress;
}

const LibraryJobKind library_job_index = {
  .name = "index",
  .request_type = "(basu" LIBRARY_WIRE_PACE ")",
  .reply_type = LIBRARY_WIRE_PROGRESS,
  .event_type = "*",
  .pack_request = pack_request,
  .unpack_request = unpack_request,
  .free_request = run_free,
  .pack_reply = pack_reply,
  .unpack_reply = unpack_reply,
  .free_reply = g_free,
  .run = run_index,
  .take_event = take_event,
  .watch = watch,
  .unwatch = unwatch,
  .control = control,
  .start = start,
  .listen = listen,
};

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
                            LibraryIndexFlags flags,
                            LibraryProgressFunc progress,
                            LibraryProblemFunc problem,
                            gpointer data,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Run *run;

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  run = run_new (folders != NULL ? copy_files (folders) : NULL, flags, library_pace_ref (self->pace));
  run->progress_func = progress;
  run->problem_func = problem;
  run->data = data;
  library_job_begin (&library_job_index, self, run, cancellable, callback, user_data);
}

gboolean
library_engine_index_finish (LibraryEngine *self, GAsyncResult *result, LibraryProgress *progress, GError **error)
{
  g_autofree LibraryProgress *reply = library_job_finish (&library_job_index, self, result, error);

  if (progress != NULL)
    *progress = ((Run *) g_task_get_task_data (G_TASK (result)))->progress;
  return reply != NULL;
}
