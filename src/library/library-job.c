/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-job.h"

#include <string.h>

#include "library-engine-private.h"

/* How long an owner that cannot be reached is taken to be on its way up or down, and how often it is tried. */
#define PATIENCE (5 * G_TIME_SPAN_SECOND)
#define PAUSE (G_TIME_SPAN_SECOND / 50)

static const LibraryJobKind *const kinds[] = {
  &library_job_choice,
  &library_job_folders,
  &library_job_index,
  &library_job_list,
  &library_job_problems,
  &library_job_search,
  &library_job_status,
  &library_job_summary,
  &library_job_thumbnail,
  &library_job_use_model,
};

const LibraryJobKind *
library_job_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i]->name, name) == 0)
      return kinds[i];
  return NULL;
}

/* ---- on the job's thread ---- */

/* NULL with *vanished: there is no owner to ask, now; the error says so. */
static gpointer
ask_owner (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, gboolean *reached, gboolean *vanished, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryClient) client = library_engine_open_client (engine, cancellable, error);
  g_autoptr (GVariant) reply = NULL;

  *reached = client != NULL;
  *vanished = client == NULL && !g_cancellable_is_cancelled (cancellable);
  if (client == NULL)
    return NULL;
  reply = library_client_call (client, kind, &engine->options, request, vanished, cancellable, error);
  return reply != NULL ? kind->unpack_reply (reply) : NULL;
}

static gboolean
wait_for_owner (gint64 since, GCancellable *cancellable)
{
  g_usleep (PAUSE);
  return g_get_monotonic_time () - since < PATIENCE && !g_cancellable_is_cancelled (cancellable);
}

gpointer
library_job_run (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GError **error)
{
  gint64 since = g_get_monotonic_time ();
  gboolean reached, vanished;

  for (;;)
    {
      g_autoptr (GError) busy = NULL;
      g_autoptr (GError) local = NULL;
      g_autoptr (LibraryStore) store = library_engine_open_store (engine, &busy);
      gpointer reply;

      if (store != NULL)
        return kind->run (engine, request, cancellable, error);
      if (!g_error_matches (busy, LIBRARY_ERROR, LIBRARY_ERROR_BUSY))
        {
          g_propagate_error (error, g_steal_pointer (&busy));
          return NULL;
        }
      reply = ask_owner (kind, engine, request, &reached, &vanished, cancellable, &local);
      if (reply != NULL)
        return reply;
      if (!vanished)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      if (reached)
        since = g_get_monotonic_time ();
      if (!wait_for_owner (since, cancellable))
        {
          if (!g_cancellable_set_error_if_cancelled (cancellable, error))
            g_propagate_error (error, g_steal_pointer (&busy));
          return NULL;
        }
    }
}

/* ---- on the caller's context ---- */

typedef struct
{
  const LibraryJobKind *kind;
  gpointer request;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  job->kind->free_request (job->request);
  g_free (job);
}

static void
job_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;
  gpointer reply = library_job_run (job->kind, source, job->request, cancellable, &error);

  if (reply != NULL)
    g_task_return_pointer (task, reply, job->kind->free_reply);
  else
    g_task_return_error (task, error);
}

void
library_job_start (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (engine, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->request = request;
  g_task_set_source_tag (task, (gpointer) kind);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, job_thread);
}

void
library_job_begin (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  if (kind->start != NULL)
    kind->start (engine, request, cancellable, callback, user_data);
  else
    library_job_start (kind, engine, request, cancellable, callback, user_data);
}

gpointer
library_job_finish (const LibraryJobKind *kind, LibraryEngine *engine, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, engine), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) kind), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
