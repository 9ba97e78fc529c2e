/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-decoder.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A thread that has been at one file for so long no longer counts as one … */
#define STUCK (2 * G_TIME_SPAN_SECOND)
/* … and is stood in for by another, as long as there are at most so many too many. */
#define MOST_SPARE 6u

typedef struct
{
  LibraryDecoder *decoder;
  GThread *thread;
  gint64 since; /* when its file was begun; 0: it has none */
  gboolean ended;
} Thread;

struct _LibraryDecoder
{
  LibraryDecodedFunc func;
  gpointer data;
  guint wanted; /* threads that are not stuck */
  GMutex mutex; /* guards what follows */
  GCond cond;
  GQueue jobs;
  gboolean ending, held;
  GPtrArray *threads; /* of Thread */
};

LibraryDecodeJob *
library_decode_job_new (const char *path, const ImageRequest *request, GCancellable *cancellable, gpointer data)
{
  LibraryDecodeJob *job = g_new0 (LibraryDecodeJob, 1);

  job->path = g_strdup (path);
  job->request = *request;
  job->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  job->data = data;
  return job;
}

void
library_decode_job_free (LibraryDecodeJob *job)
{
  g_free (job->path);
  g_clear_object (&job->cancellable);
  image_reply_clear (&job->reply);
  g_clear_error (&job->error);
  g_free (job);
}

/* A BMP file of 2 x 2 pixels. */
static const guint8 sound_picture[] = {
  'B',
  'M',
  70,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  54,
  0,
  0,
  0,
  40,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  1,
  0,
  24,
  0,
  0,
  0,
  0,
  0,
  16,
  0,
  0,
  0,
  19,
  11,
  0,
  0,
  19,
  11,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  255,
  0,
  0,
  0,
  255,
  0,
  0,
  0,
  0,
  0,
  255,
  255,
  255,
  255,
  0,
  0,
};

gboolean
library_decoder_check_worker (ImageWorker *worker, GCancellable *cancellable, GError **error)
{
  ImageRequest request = { .tensor = { .side = 2 } };
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) local = NULL;
  int fd = memfd_create ("eidetic-check", MFD_CLOEXEC);
  gboolean ok = fd >= 0 && write (fd, sound_picture, sizeof sound_picture) == (gssize) sizeof sound_picture;

  if (!ok)
    g_set_error_literal (&local, IMAGE_ERROR, IMAGE_ERROR_WORKER, _ ("There is no memory for a test picture"));
  else
    ok = image_worker_decode (worker, fd, &request, &reply, cancellable, &local);
  if (fd >= 0)
    close (fd);
  if (ok)
    return TRUE;
  if (g_error_matches (local, IMAGE_ERROR, IMAGE_ERROR_WORKER) || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, _ ("The picture decoder does not work: %s"), local->message);
  return FALSE;
}

static gboolean
is_fatal_to_worker (const GError *error)
{
  return g_error_matches (error, IMAGE_ERROR, IMAGE_ERROR_CRASHED) || g_error_matches (error, IMAGE_ERROR, IMAGE_ERROR_WORKER);
}

/* Is it this file, or no file at all, that the decoder cannot do? */
static void
blame (LibraryDecodeJob *job, ImageWorker *worker)
{
  g_autoptr (GError) broken = NULL;

  if (!g_error_matches (job->error, IMAGE_ERROR, IMAGE_ERROR_WORKER))
    return;
  if (library_decoder_check_worker (worker, job->cancellable, &broken))
    {
      g_autofree char *message = g_strdup (job->error->message);

      g_clear_error (&job->error);
      g_set_error_literal (&job->error, IMAGE_ERROR, IMAGE_ERROR_CRASHED, message);
    }
  else
    {
      g_clear_error (&job->error);
      job->error = g_steal_pointer (&broken);
    }
}

static void
decode (LibraryDecodeJob *job, ImageWorker *worker, int fd)
{
  if (image_worker_decode (worker, fd, &job->request, &job->reply, job->cancellable, &job->error))
    return;
  if (is_fatal_to_worker (job->error))
    {
      ImageRequest again = job->request;

      again.metadata &= !g_error_matches (job->error, IMAGE_ERROR, IMAGE_ERROR_CRASHED); /* may have been what crashed */
      g_clear_error (&job->error);
      if (!image_worker_decode (worker, fd, &again, &job->reply, job->cancellable, &job->error))
        blame (job, worker);
    }
}

void
library_decode_job_run (LibraryDecodeJob *job, ImageWorker *worker)
{
  LibraryIdentity after;
  struct stat status;
  int fd;

  if (g_cancellable_set_error_if_cancelled (job->cancellable, &job->error))
    return;
  fd = library_file_open_picture (job->path, &job->error);
  if (fd < 0)
    return;
  if (fstat (fd, &status) == 0)
    library_identity_from_stat (&job->identity, &status);
  decode (job, worker, fd);
  close (fd);
  if (job->error != NULL || !library_file_identify (job->path, &after) || library_identity_equal (&after, &job->identity))
    return;
  image_reply_clear (&job->reply);
  g_set_error_literal (&job->error, IMAGE_ERROR, IMAGE_ERROR_CHANGED, _ ("The file was changed while it was read"));
}

/* ---- threads; with the mutex held ---- */

static guint
count_working (LibraryDecoder *self)
{
  gint64 now = g_get_monotonic_time ();
  guint working = 0;

  for (guint i = 0; i < self->threads->len; i++)
    {
      const Thread *thread = g_ptr_array_index (self->threads, i);

      working += !thread->ended && (thread->since == 0 || now - thread->since < STUCK);
    }
  return working;
}

/* The next job, or NULL when the thread is to end: all are, or this one was only standing in for others. */
static LibraryDecodeJob *
wait_for_job (LibraryDecoder *self)
{
  while (!self->ending && (self->held || g_queue_is_empty (&self->jobs)) && count_working (self) <= self->wanted)
    g_cond_wait (&self->cond, &self->mutex);
  return self->ending || count_working (self) > self->wanted ? NULL : g_queue_pop_head (&self->jobs);
}

static gpointer
decode_all (gpointer data)
{
  Thread *self = data;
  LibraryDecoder *decoder = self->decoder;
  g_autoptr (ImageWorker) worker = image_worker_new ();
  LibraryDecodeJob *job;

  g_mutex_lock (&decoder->mutex);
  while ((job = wait_for_job (decoder)) != NULL)
    {
      self->since = g_get_monotonic_time ();
      g_mutex_unlock (&decoder->mutex);
      if (job->alone)
        {
          g_autoptr (ImageWorker) own = image_worker_new ();

          library_decode_job_run (job, own);
        }
      else
        library_decode_job_run (job, worker);
      decoder->func (job, decoder->data);
      g_mutex_lock (&decoder->mutex);
      self->since = 0;
    }
  self->ended = TRUE;
  g_mutex_unlock (&decoder->mutex);
  return NULL;
}

static void
add_thread (LibraryDecoder *self)
{
  Thread *thread = g_new0 (Thread, 1);

  thread->decoder = self;
  g_ptr_array_add (self->threads, thread);
  thread->thread = g_thread_new ("decode", decode_all, thread);
}

static void
join (gpointer data)
{
  Thread *thread = data;

  g_thread_join (thread->thread);
  g_free (thread);
}

/* ---- */

static guint
usual_threads (void)
{
  const char *wish = g_getenv ("EIDETIC_THREADS");
  guint64 count = wish != NULL ? g_ascii_strtoull (wish, NULL, 10) : 0;

  return count > 0 ? (guint) MIN (count, 64) : g_get_num_processors ();
}

LibraryDecoder *
library_decoder_new (guint threads, LibraryDecodedFunc func, gpointer data)
{
  LibraryDecoder *self = g_new0 (LibraryDecoder, 1);

  self->func = func;
  self->data = data;
  self->wanted = threads != 0 ? threads : usual_threads ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->jobs);
  self->threads = g_ptr_array_new_with_free_func (join);
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->wanted; i++)
    add_thread (self);
  g_mutex_unlock (&self->mutex);
  return self;
}

void
library_decoder_free (LibraryDecoder *self)
{
  LibraryDecodeJob *job;

  g_mutex_lock (&self->mutex);
  self->ending = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_ptr_array_unref (self->threads);
  while ((job = g_queue_pop_head (&self->jobs)) != NULL)
    {
      g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Decoding was cancelled"));
      self->func (job, self->data);
    }
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

guint
library_decoder_get_threads (LibraryDecoder *self)
{
  return self->wanted;
}

void
library_decoder_push (LibraryDecoder *self, LibraryDecodeJob *job)
{
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->jobs, job);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
library_decoder_set_held (LibraryDecoder *self, gboolean held)
{
  g_mutex_lock (&self->mutex);
  if (self->held && !held)
    g_cond_broadcast (&self->cond);
  self->held = held;
  g_mutex_unlock (&self->mutex);
}

void
library_decoder_tend (LibraryDecoder *self)
{
  g_autoptr (GPtrArray) ended = g_ptr_array_new_with_free_func (join); /* after the mutex was let go */
  guint working;

  g_mutex_lock (&self->mutex);
  for (guint i = self->threads->len; i > 0; i--)
    if (((Thread *) g_ptr_array_index (self->threads, i - 1))->ended)
      g_ptr_array_add (ended, g_ptr_array_steal_index_fast (self->threads, i - 1));
  working = count_working (self);
  if (working > self->wanted)
    g_cond_broadcast (&self->cond);
  for (; working < self->wanted && self->threads->len < self->wanted + MOST_SPARE; working++)
    add_thread (self);
  g_mutex_unlock (&self->mutex);
}
