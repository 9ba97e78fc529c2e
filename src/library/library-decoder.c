/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-decoder.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct _LibraryDecoder
{
  LibraryDecodedFunc func;
  gpointer data;
  GMutex mutex;
  GCond cond;
  GQueue jobs;
  gboolean ending;
  GPtrArray *threads;
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

static gpointer
decode_all (gpointer data)
{
  LibraryDecoder *self = data;
  g_autoptr (ImageWorker) worker = image_worker_new ();

  for (;;)
    {
      LibraryDecodeJob *job;

      g_mutex_lock (&self->mutex);
      while (!self->ending && g_queue_is_empty (&self->jobs))
        g_cond_wait (&self->cond, &self->mutex);
      job = self->ending ? NULL : g_queue_pop_head (&self->jobs);
      g_mutex_unlock (&self->mutex);
      if (job == NULL)
        return NULL;
      library_decode_job_run (job, worker);
      self->func (job, self->data);
    }
}

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
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->jobs);
  self->threads = g_ptr_array_new ();
  threads = threads != 0 ? threads : usual_threads ();
  for (guint i = 0; i < threads; i++)
    g_ptr_array_add (self->threads, g_thread_new ("decode", decode_all, self));
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
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
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
  return self->threads->len;
}

void
library_decoder_push (LibraryDecoder *self, LibraryDecodeJob *job)
{
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->jobs, job);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}
