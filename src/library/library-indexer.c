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

static void
free_job (LibraryDecodeJob *job)
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

  library_scanner_run (self->job->folders, self->job->skip, take_file, self);
  post (self, NULL, NULL);
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
}

static void
take_decoded (LibraryDecodeJob *job, gpointer data)
{
  post (data, NULL, job);
}

/* ---- comparing ---- */

void
library_indexer_report (LibraryIndexer *self, gboolean changed)
{
  LibraryProgress *progress = self->progress;

  progress->seconds = (double) (g_get_monotonic_time () - self->start) / G_TIME_SPAN_SECOND;
  progress->photos_per_second = progress->seconds > 0 ? (double) progress->indexed / progress->seconds : 0;
  progress->done = progress->indexed + progress->unchanged + progress->moved;
  if (self->job->progress != NULL)
    self->job->progress (progress, changed, self->job->data);
}

static void
mark_seen (LibraryIndexer *self, LibraryPhotoId id)
{
  if (id != 0)
    g_hash_table_add (self->reconcile.seen, g_memdup2 (&id, sizeof id));
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

  mark_seen (self, photo->id);
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
send_to_decoder (LibraryIndexer *self, const LibraryFound *found, LibraryVerdict *verdict)
{
  ImageRequest request = { .tensor = self->job->encoder->tensor };
  LibraryOrigin *origin = g_new0 (LibraryOrigin, 1);

  origin->root = found->root;
  origin->replaced = g_steal_pointer (&verdict->photo);
  origin->problem = g_steal_pointer (&verdict->problem);
  /* A photograph that moved is taken now; one that is replaced only when its successor can be read. */
  if (origin->replaced != NULL && strcmp (origin->replaced->path, found->path) != 0)
    mark_seen (self, origin->replaced->id);
  library_decoder_push (self->decoder, library_decode_job_new (found->path, &request, self->cancellable, origin));
  self->decoding++;
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
      send_to_decoder (self, found, &verdict);
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

/* Enough to keep the decoder busy while a batch is encoded. */
static gboolean
has_room (LibraryIndexer *self)
{
  return self->decoding + self->decoded->len < 2 * self->job->encoder->batch + 2 * library_decoder_get_threads (self->decoder) &&
         library_batch_get_pending (self->batch) < LIBRARY_INDEXER_CHANGES;
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
    library_indexer_fail (self, job->path, &job->identity, image_error_to_reason ((ImageError) job->error->code), job->error->message, g_steal_pointer (&origin->problem));
  free_job (job);
  return *error == NULL;
}

static gboolean
take_message (LibraryIndexer *self, Message *message, GError **error)
{
  gboolean ok = TRUE;

  if (message->decoded != NULL)
    ok = take_job (self, message->decoded, error);
  else if (message->found == NULL)
    self->progress->scanning = FALSE;
  else
    {
      self->progress->total += message->found->kind != LIBRARY_FOUND_OTHER;
      g_queue_push_tail (&self->waiting, message->found);
    }
  g_free (message);
  return ok;
}

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
  return !self->progress->scanning && g_queue_is_empty (&self->waiting) && self->decoding == 0;
}

static gboolean
should_flush (LibraryIndexer *self)
{
  gboolean anything = self->decoded->len > 0 || library_batch_get_pending (self->batch) > 0;

  return self->decoded->len >= self->job->encoder->batch || library_batch_get_pending (self->batch) >= LIBRARY_INDEXER_CHANGES ||
         (anything && (nothing_under_way (self) || g_get_monotonic_time () - self->written > PATIENCE));
}

/* TRUE when the second round, over the files kept for later, has begun. */
static gboolean
begin_last_round (LibraryIndexer *self)
{
  LibraryFound *found;

  if (self->last || g_queue_is_empty (&self->later))
    return FALSE;
  self->last = TRUE;
  while ((found = g_queue_pop_head (&self->later)) != NULL)
    g_queue_push_tail (&self->waiting, found);
  return TRUE;
}

static gboolean
run_to_end (LibraryIndexer *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok = TRUE;

  while (ok)
    {
      if (g_queue_is_empty (&self->waiting) || !has_room (self))
        ok = take_messages (self, &local);
      if (ok)
        ok = compare_waiting (self, &local);
      if (ok && should_flush (self))
        ok = library_indexer_flush (self, &local);
      library_indexer_report (self, FALSE);
      if (ok)
        ok = !g_cancellable_set_error_if_cancelled (self->cancellable, &local);
      if (ok && nothing_under_way (self) && !should_flush (self) && !begin_last_round (self))
        return library_indexer_remove_gone (self, error);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Ends the threads and throws away what they still had. */
static void
end_threads (LibraryIndexer *self)
{
  LibraryFound *found;
  Message *message;

  stop_scanner (self);
  library_decoder_free (self->decoder);
  while ((message = g_async_queue_try_pop (self->inbox)) != NULL)
    {
      g_clear_pointer (&message->found, library_found_free);
      g_clear_pointer (&message->decoded, free_job);
      g_free (message);
    }
  while ((found = g_queue_pop_head (&self->waiting)) != NULL || (found = g_queue_pop_head (&self->later)) != NULL)
    library_found_free (found);
  g_ptr_array_set_size (self->decoded, 0);
}

/* After a failure or a cancellation: what is decided already costs nothing to keep. */
static void
keep_what_is_done (LibraryIndexer *self)
{
  g_autoptr (GError) local = NULL;

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

  if (!find_space (self, error) || (txn = library_txn_begin (self->job->store, error)) == NULL)
    return FALSE;
  roots = library_folders_list (txn);
  self->reconcile.seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->reconcile.offline = find_offline (roots);
  self->reconcile.retry = self->job->retry;
  self->batch = library_batch_new (self->job->store, &self->reconcile.space);
  self->inbox = g_async_queue_new ();
  self->decoded = g_ptr_array_new_with_free_func ((GDestroyNotify) free_job);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->waiting);
  g_queue_init (&self->later);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return TRUE;
}

static void
indexer_clear (LibraryIndexer *self)
{
  g_hash_table_unref (self->reconcile.seen);
  g_hash_table_unref (self->reconcile.offline);
  g_hash_table_unref (self->failed);
  library_batch_free (self->batch);
  g_async_queue_unref (self->inbox);
  g_ptr_array_unref (self->decoded);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

gboolean
library_indexer_run (const LibraryIndexerJob *job, LibraryProgress *progress, GCancellable *cancellable, GError **error)
{
  LibraryIndexer self = { .job = job, .cancellable = cancellable, .progress = progress };
  gboolean ok;

  g_return_val_if_fail (job != NULL && job->encoder->dim > 0 && job->encoder->dim <= LIBRARY_MAX_DIM && job->encoder->batch > 0, FALSE);

  *progress = (LibraryProgress){ .scanning = TRUE };
  self.start = self.written = g_get_monotonic_time ();
  if (!indexer_init (&self, error))
    return FALSE;
  self.decoder = library_decoder_new (0, take_decoded, &self);
  self.scanner = g_thread_new ("scan", scan, &self);
  ok = run_to_end (&self, error);
  end_threads (&self);
  if (!ok)
    keep_what_is_done (&self);
  progress->scanning = FALSE;
  library_indexer_report (&self, FALSE);
  indexer_clear (&self);
  return ok;
}
