/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-indexer-private.h"

#include <string.h>

#include "library-folders.h"

/* Files compared with the store in one read transaction. */
#define PIECE 256u
/* How long decoded pictures wait for a full batch, and how often something is reported, in microseconds. */
#define PATIENCE (2 * G_TIME_SPAN_SECOND)
#define TICK (G_TIME_SPAN_SECOND / 5)

/* To the run's thread: a file, a decoded picture, or (both NULL) the end of the scan. */
typedef struct
{
  LibraryFound *found;
  LibraryDecodeJob *decoded;
} Message;

static void
post (LibraryIndexer *self, LibraryFound *found, LibraryDecodeJob *decoded)
{
  Message *message = g_new (Message, 1);

  *message = (Message){ found, decoded };
  g_async_queue_push (self->inbox, message);
}

void
library_origin_free (LibraryOrigin *origin)
{
  g_clear_pointer (&origin->replaced, library_photo_record_free);
  g_clear_pointer (&origin->problem, library_problem_record_free);
  g_free (origin);
}

void
library_indexer_free_job (LibraryDecodeJob *job)
{
  library_origin_free (job->data);
  library_decode_job_free (job);
}

/* ---- the scanner's thread ---- */

static gboolean
take_file (LibraryFound *found, gpointer data)
{
  LibraryIndexer *self = data;
  gboolean go_on;

  g_mutex_lock (&self->mutex);
  while (self->ahead >= LIBRARY_INDEXER_AHEAD && !self->stopped)
    g_cond_wait (&self->cond, &self->mutex);
  go_on = !self->stopped;
  self->ahead += go_on;
  g_mutex_unlock (&self->mutex);
  if (go_on)
    post (self, found, NULL);
  else
    library_found_free (found);
  return go_on;
}

static gpointer
scan (gpointer data)
{
  LibraryIndexer *self = data;

  library_scanner_run (self->folders, self->job->skip, take_file, self);
  post (self, NULL, NULL);
  return NULL;
}

static gboolean
is_stopped (gpointer data)
{
  LibraryIndexer *self = data;
  gboolean stopped;

  g_mutex_lock (&self->mutex);
  stopped = self->stopped;
  g_mutex_unlock (&self->mutex);
  return stopped;
}

/* The scanner never runs far ahead; this one does, so that it is soon known how much there is to do. */
static gpointer
count (gpointer data)
{
  LibraryIndexer *self = data;
  guint64 pictures = library_scanner_count (self->folders, self->job->skip, is_stopped, self);

  g_atomic_int_set (&self->counted, (gint) MIN (pictures, G_MAXINT));
  return NULL;
}

static void
let_scanner_go_on (LibraryIndexer *self)
{
  g_mutex_lock (&self->mutex);
  self->ahead--;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
stop_scanner (LibraryIndexer *self)
{
  g_mutex_lock (&self->mutex);
  self->stopped = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->scanner);
  g_thread_join (self->counter);
}

/* Here and not on the run's thread: that has enough to do. */
static void
store_thumbnails (LibraryIndexer *self, LibraryDecodeJob *job)
{
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    if (self->job->thumbnails != NULL && job->reply.thumbnails[i] != NULL)
      {
        library_thumbnails_store (self->job->thumbnails, job->reply.hash, job->request.thumbnails[i], job->reply.thumbnails[i]);
        g_clear_pointer (&job->reply.thumbnails[i], g_bytes_unref);
      }
}

static void
take_decoded (LibraryDecodeJob *job, gpointer data)
{
  store_thumbnails (data, job);
  post (data, NULL, job);
}

/* ---- comparing ---- */

void
library_indexer_mark_seen (LibraryIndexer *self, LibraryPhotoId id)
{
  if (id != 0)
    library_id_set_add (self->reconcile.seen, id);
}

void
library_indexer_fail (LibraryIndexer *self, const char *path, const LibraryIdentity *identity, const char *reason, const char *detail, LibraryProblemRecord *before)
{
  LibraryProblemRecord *problem = g_new0 (LibraryProblemRecord, 1);

  problem->identity = *identity;
  problem->attempts = before != NULL ? before->attempts + 1 : 1;
  problem->path = g_strdup (path);
  problem->reason = g_strdup (reason);
  problem->detail = g_strdup (detail);
  g_clear_pointer (&before, library_problem_record_free);
  self->progress->failed++;
  g_hash_table_add (self->failed, g_strdup (path));
  if (self->job->problem != NULL)
    self->job->problem (problem, self->job->data);
  library_batch_add_problem (self->batch, problem);
}

void
library_indexer_apply (LibraryIndexer *self, LibraryVerdict *verdict)
{
  LibraryPhotoRecord *photo = verdict->photo;

  library_indexer_mark_seen (self, photo->id);
  if (verdict->problem != NULL)
    library_batch_drop_problem (self->batch, photo->path);
  if (verdict->kind == LIBRARY_VERDICT_UNCHANGED)
    {
      self->progress->unchanged++;
      return;
    }
  self->pending.unchanged += verdict->kind == LIBRARY_VERDICT_TOUCH;
  self->pending.moved += verdict->kind == LIBRARY_VERDICT_MOVE;
  self->pending.indexed += verdict->kind == LIBRARY_VERDICT_COPY;
  library_batch_add_photo (self->batch, g_steal_pointer (&verdict->photo), verdict->change, NULL, verdict->copy_from);
}

static void
repeat_failure (LibraryIndexer *self, const LibraryProblemRecord *problem)
{
  self->progress->failed++;
  g_hash_table_add (self->failed, g_strdup (problem->path));
  if (self->job->problem != NULL)
    self->job->problem (problem, self->job->data);
}

static void
compare_picture (LibraryIndexer *self, LibraryTxn *txn, LibraryFound *found)
{
  g_auto (LibraryVerdict) verdict = { 0 };

  library_reconcile_file (txn, &self->reconcile, found->path, found->root, &found->identity, self->last, &verdict);
  switch (verdict.kind)
    {
    case LIBRARY_VERDICT_LATER:
      g_queue_push_tail (&self->later, found);
      return;
    case LIBRARY_VERDICT_DECODE:
    case LIBRARY_VERDICT_ENCODE:
      if (library_indexer_decode (self, found, &verdict))
        return;
      break;
    case LIBRARY_VERDICT_FAILED:
      repeat_failure (self, verdict.problem);
      break;
    case LIBRARY_VERDICT_UNCHANGED:
    case LIBRARY_VERDICT_TOUCH:
    case LIBRARY_VERDICT_MOVE:
    case LIBRARY_VERDICT_COPY:
      library_indexer_apply (self, &verdict);
      break;
    }
  library_found_free (found);
}

static void
compare_file (LibraryIndexer *self, LibraryTxn *txn, LibraryFound *found)
{
  if (found->kind == LIBRARY_FOUND_PICTURE)
    {
      compare_picture (self, txn, found);
      return;
    }
  if (found->kind == LIBRARY_FOUND_OTHER)
    self->progress->ignored++;
  else
    library_indexer_fail (self, found->path, &found->identity, found->reason, found->detail, library_problem_get (txn, found->path));
  library_found_free (found);
}

static gboolean
is_held (LibraryIndexer *self)
{
  return self->job->pace != NULL && library_pace_get_delay (self->job->pace) > 0;
}

/* Enough to have the next batch ready when the one that is decoded is encoded and written. */
static gboolean
has_room (LibraryIndexer *self)
{
  guint under_way = g_queue_get_length (&self->ready) + self->decoding + self->decoded->len;

  return (self->alone ? under_way == 0 : under_way < 3 * self->job->encoder->batch + 2 * library_decoder_get_threads (self->decoder)) &&
         library_batch_get_pending (self->batch) < LIBRARY_INDEXER_CHANGES && !is_held (self);
}

static gboolean
compare_waiting (LibraryIndexer *self, GError **error)
{
  while (!g_queue_is_empty (&self->waiting) && has_room (self))
    {
      g_autoptr (LibraryTxn) txn = library_txn_begin (self->job->store, error);

      if (txn == NULL)
        return FALSE;
      for (guint i = 0; i < PIECE && !g_queue_is_empty (&self->waiting) && has_room (self); i++)
        {
          compare_file (self, txn, g_queue_pop_head (&self->waiting));
          if (!self->last)
            let_scanner_go_on (self);
        }
      if (!library_txn_check (txn, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- the run's thread ---- */

static gboolean
take_job (LibraryIndexer *self, LibraryDecodeJob *job, GError **error)
{
  LibraryOrigin *origin = job->data;

  self->decoding--;
  if (job->error == NULL)
    {
      g_ptr_array_add (self->decoded, job);
      return TRUE;
    }
  if (g_error_matches (job->error, IMAGE_ERROR, IMAGE_ERROR_WORKER))
    g_propagate_error (error, g_steal_pointer (&job->error));
  else if (job->error->domain == IMAGE_ERROR)
    {
      library_indexer_end_attempt (self, job->path);
      library_indexer_fail (self, job->path, &job->identity, image_error_to_reason ((ImageError) job->error->code), job->error->message, g_steal_pointer (&origin->problem));
    }
  library_indexer_free_job (job);
  return *error == NULL;
}

static gboolean
take_message (LibraryIndexer *self, Message *message, GError **error)
{
  gboolean ok = TRUE;

  if (message->decoded != NULL)
    ok = take_job (self, message->decoded, error);
  else if (message->found == NULL)
    self->scanning = FALSE;
  else
    {
      self->found += message->found->kind != LIBRARY_FOUND_OTHER;
      g_queue_push_tail (&self->waiting, message->found);
    }
  g_free (message);
  return ok;
}

/* Waits for a message, a tick long at most. */
static gboolean
take_messages (LibraryIndexer *self, GError **error)
{
  Message *message = g_async_queue_timeout_pop (self->inbox, TICK);

  for (; message != NULL; message = g_async_queue_try_pop (self->inbox))
    if (!take_message (self, message, error))
      return FALSE;
  return TRUE;
}

static gboolean
nothing_under_way (LibraryIndexer *self)
{
  return !self->scanning && g_queue_is_empty (&self->waiting) && g_queue_is_empty (&self->ready) && self->decoding == 0;
}

static gboolean
is_paused (LibraryIndexer *self)
{
  return self->job->pace != NULL && library_pace_get_state (self->job->pace) != LIBRARY_INDEX_RUNNING;
}

static gboolean
should_flush (LibraryIndexer *self)
{
  gboolean anything = self->decoded->len > 0 || library_batch_get_pending (self->batch) > 0;

  return self->decoded->len >= self->job->encoder->batch || library_batch_get_pending (self->batch) >= LIBRARY_INDEXER_CHANGES ||
         (anything && (nothing_under_way (self) || self->alone || is_paused (self) || g_get_monotonic_time () - self->written > PATIENCE));
}

/* The second round, over the files kept for later. */
static void
begin_last_round (LibraryIndexer *self)
{
  LibraryFound *found;

  self->last = TRUE;
  while ((found = g_queue_pop_head (&self->later)) != NULL)
    g_queue_push_tail (&self->waiting, found);
}

/* TRUE when there is more to be done after all that was under way. */
static gboolean
begin_more (LibraryIndexer *self)
{
  if (!self->last)
    begin_last_round (self);
  if (g_queue_is_empty (&self->waiting) && !g_queue_is_empty (&self->suspects))
    {
      self->alone = TRUE;
      g_queue_push_tail (&self->waiting, g_queue_pop_head (&self->suspects));
    }
  return !g_queue_is_empty (&self->waiting);
}

/* Waits until there is something to do. */
static gboolean
wait_a_little (LibraryIndexer *self, GError **error)
{
  gboolean paused = is_paused (self);

  library_decoder_set_held (self->decoder, paused);
  library_decoder_tend (self->decoder);
  if (!g_queue_is_empty (&self->waiting) && has_room (self))
    return TRUE;
  /* With nobody else to wait for, the pace is it. */
  if (is_held (self) && (self->decoding == 0 || paused) && g_async_queue_length (self->inbox) <= 0)
    {
      library_pace_wait (self->job->pace, TICK, self->cancellable);
      return TRUE;
    }
  return take_messages (self, error);
}

static gboolean
step (LibraryIndexer *self, GError **error)
{
  if (!wait_a_little (self, error) || !compare_waiting (self, error) || !library_indexer_feed (self, error))
    return FALSE;
  if (should_flush (self) && !library_indexer_flush (self, error))
    return FALSE;
  library_indexer_report (self, FALSE);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static gboolean
run_to_end (LibraryIndexer *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  while (step (self, &local))
    if (nothing_under_way (self) && !should_flush (self) && !begin_more (self))
      return library_indexer_remove_gone (self, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Ends the threads and throws away what they still had. */
static void
end_threads (LibraryIndexer *self)
{
  LibraryDecodeJob *job;
  LibraryFound *found;
  Message *message;

  stop_scanner (self);
  g_clear_pointer (&self->decoder, library_decoder_free);
  while ((message = g_async_queue_try_pop (self->inbox)) != NULL)
    {
      g_clear_pointer (&message->found, library_found_free);
      g_clear_pointer (&message->decoded, library_indexer_free_job);
      g_free (message);
    }
  while ((found = g_queue_pop_head (&self->waiting)) != NULL || (found = g_queue_pop_head (&self->later)) != NULL ||
         (found = g_queue_pop_head (&self->suspects)) != NULL)
    library_found_free (found);
  while ((job = g_queue_pop_head (&self->ready)) != NULL)
    library_indexer_free_job (job);
  g_ptr_array_set_size (self->decoded, 0);
}

/* After a failure or a cancellation: what is decided already costs nothing to keep. */
static void
keep_what_is_done (LibraryIndexer *self)
{
  g_autoptr (GError) local = NULL;

  library_indexer_end_attempts (self);
  if (!library_indexer_flush (self, &local))
    g_debug ("Not written after all: %s", local->message);
}

static GHashTable *
find_offline (GPtrArray *folders)
{
  GHashTable *offline = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < folders->len; i++)
    {
      const LibraryRoot *root = g_ptr_array_index (folders, i);

      if (library_folder_is_offline (root->path))
        g_hash_table_add (offline, GUINT_TO_POINTER (root->id));
    }
  return offline;
}

/* A folder of a volume that is away is no failure. */
static GPtrArray *
find_folders (LibraryIndexer *self)
{
  GPtrArray *folders = g_ptr_array_new ();

  for (guint i = 0; i < self->job->folders->len; i++)
    {
      LibraryFolder *folder = g_ptr_array_index (self->job->folders, i);

      if (!g_hash_table_contains (self->reconcile.offline, GUINT_TO_POINTER (folder->root)) || !library_folder_is_missing (folder->path))
        g_ptr_array_add (folders, folder);
    }
  return folders;
}

static gboolean
mend (LibraryTxn *txn, gpointer data, GError **error)
{
  library_space_mend (txn, data);
  return TRUE;
}

/* Photographs in a shard that cannot be read would count as indexed and never be found. */
static gboolean
find_space (LibraryIndexer *self, GError **error)
{
  const LibraryEncoder *encoder = self->job->encoder;
  LibrarySpace *space = &self->reconcile.space;
  LibraryTxn *txn = library_txn_begin (self->job->store, error);
  gboolean sound;

  if (txn == NULL)
    return FALSE;
  library_space_init (space, encoder->fingerprint, encoder->class, encoder->dim);
  sound = !library_space_find (txn, space) || library_space_is_sound (txn, space);
  library_txn_end (txn);
  return sound || library_store_write (self->job->store, mend, space, error);
}

static gboolean
indexer_init (LibraryIndexer *self, GError **error)
{
  g_autoptr (LibraryTxn) txn = NULL;
  g_autoptr (GPtrArray) roots = NULL;

  if (!find_space (self, error) || (self->struck = library_attempts_take_over (self->job->store, error)) == NULL)
    return FALSE;
  txn = library_txn_begin (self->job->store, error);
  if (txn == NULL)
    {
      g_hash_table_unref (self->struck);
      return FALSE;
    }
  roots = library_folders_list (txn);
  self->reconcile.seen = library_id_set_new ();
  self->reconcile.offline = find_offline (roots);
  self->reconcile.retry = self->job->retry;
  self->folders = find_folders (self);
  self->batch = library_batch_new (self->job->store, &self->reconcile.space);
  self->inbox = g_async_queue_new ();
  self->decoded = g_ptr_array_new_with_free_func ((GDestroyNotify) library_indexer_free_job);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->waiting);
  g_queue_init (&self->later);
  g_queue_init (&self->ready);
  g_queue_init (&self->suspects);
  self->begun = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) library_attempt_free);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return TRUE;
}

static void
indexer_clear (LibraryIndexer *self)
{
  library_id_set_free (self->reconcile.seen);
  g_hash_table_unref (self->reconcile.offline);
  g_ptr_array_unref (self->folders);
  g_hash_table_unref (self->failed);
  g_hash_table_unref (self->struck);
  g_hash_table_unref (self->begun);
  library_batch_free (self->batch);
  g_async_queue_unref (self->inbox);
  g_ptr_array_unref (self->decoded);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

gboolean
library_indexer_run (const LibraryIndexerJob *job, LibraryProgress *progress, GCancellable *cancellable, GError **error)
{
  LibraryIndexer self = { .job = job, .cancellable = cancellable, .progress = progress, .scanning = TRUE, .counted = -1 };
  gboolean ok;

  g_return_val_if_fail (job != NULL && job->encoder->dim > 0 && job->encoder->dim <= LIBRARY_MAX_DIM && job->encoder->batch > 0, FALSE);

  *progress = (LibraryProgress){ .scanning = TRUE, .seconds_left = -1 };
  self.start = self.written = self.reported = g_get_monotonic_time ();
  if (!indexer_init (&self, error))
    return FALSE;
  self.decoder = library_decoder_new (0, take_decoded, &self);
  self.counter = g_thread_new ("count", count, &self);
  self.scanner = g_thread_new ("scan", scan, &self);
  ok = run_to_end (&self, error);
  end_threads (&self);
  if (!ok)
    keep_what_is_done (&self);
  if (job->thumbnails != NULL && !g_cancellable_is_cancelled (cancellable))
    library_thumbnails_trim (job->thumbnails, G_TIME_SPAN_HOUR);
  library_indexer_report_end (&self);
  indexer_clear (&self);
  return ok;
}
