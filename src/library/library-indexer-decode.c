/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-indexer-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A file that ends the whole process, and with it whoever could have told, is known by its mark: what is given to the decoder
 * is written down before, in the transaction of the batch that made room for it, and crossed out in the one that has its
 * result. */

static LibraryAttempt *
find_struck (LibraryIndexer *self, const LibraryFound *found)
{
  LibraryAttempt *attempt = g_hash_table_lookup (self->struck, found->path);

  return attempt != NULL && library_identity_equal_in_place (&attempt->identity, &found->identity) ? attempt : NULL;
}

/* It had its chances. */
static void
give_up (LibraryIndexer *self, const LibraryFound *found, const LibraryAttempt *attempt)
{
  LibraryProblemRecord *before = g_new0 (LibraryProblemRecord, 1);

  before->attempts = attempt->strikes - 1;
  library_batch_drop_attempt (self->batch, found->path);
  library_indexer_fail (self, found->path, &found->identity, image_error_to_reason (IMAGE_ERROR_CRASHED),
                        _ ("Eidetic itself ended while reading this file, every time it was tried"), before);
  g_hash_table_remove (self->struck, found->path);
}

/* The small one costs next to nothing.  The large one only where the embedding needs about as many pixels: the tiny model is
 * content with an eighth of a large JPEG, and decoding more of it would take half as long again. */
static void
ask_for_thumbnails (ImageRequest *request)
{
  request->thumbnails[0] = LIBRARY_THUMBNAIL_SMALL;
  if (!request->tensor.reduced || request->tensor.side * 8 / 3 >= LIBRARY_THUMBNAIL_LARGE)
    request->thumbnails[1] = LIBRARY_THUMBNAIL_LARGE;
}

static void
make_ready (LibraryIndexer *self, const LibraryFound *found, LibraryVerdict *verdict)
{
  ImageRequest request = { .tensor = self->job->encoder->tensor, .metadata = TRUE };
  LibraryOrigin *origin = g_new0 (LibraryOrigin, 1);
  LibraryDecodeJob *job;

  if (self->job->thumbnails != NULL)
    ask_for_thumbnails (&request);
  job = library_decode_job_new (found->path, &request, self->cancellable, origin);
  origin->root = found->root;
  origin->identity = found->identity;
  origin->replaced = g_steal_pointer (&verdict->photo);
  origin->problem = g_steal_pointer (&verdict->problem);
  /* A photograph that moved is taken now; one that is replaced only when its successor can be read. */
  if (origin->replaced != NULL && strcmp (origin->replaced->path, found->path) != 0)
    library_indexer_mark_seen (self, origin->replaced->id);
  job->alone = self->alone;
  g_queue_push_tail (&self->ready, job);
  if (self->job->pace != NULL)
    library_pace_spend (self->job->pace, 1);
}

gboolean
library_indexer_decode (LibraryIndexer *self, LibraryFound *found, LibraryVerdict *verdict)
{
  LibraryAttempt *attempt = find_struck (self, found);

  if (attempt != NULL && attempt->strikes >= LIBRARY_ATTEMPT_STRIKES)
    {
      give_up (self, found, attempt);
      return FALSE;
    }
  if (attempt != NULL && !self->alone)
    {
      g_queue_push_tail (&self->suspects, found);
      return TRUE;
    }
  make_ready (self, found, verdict);
  return FALSE;
}

/* ---- marks ---- */

static void
mark (LibraryIndexer *self, const LibraryDecodeJob *job)
{
  const LibraryOrigin *origin = job->data;
  const LibraryAttempt *before = g_hash_table_lookup (self->struck, job->path);
  LibraryAttempt *attempt = g_new0 (LibraryAttempt, 1);

  attempt->identity = origin->identity;
  attempt->strikes = before != NULL && library_identity_equal_in_place (&before->identity, &origin->identity) ? before->strikes : 0;
  attempt->begun = TRUE;
  attempt->path = g_strdup (job->path);
  library_batch_put_attempt (self->batch, attempt);
  g_hash_table_replace (self->begun, attempt->path, attempt);
}

void
library_indexer_begin_ready (LibraryIndexer *self, GPtrArray *begun)
{
  gboolean paused = self->job->pace != NULL && library_pace_get_state (self->job->pace) != LIBRARY_INDEX_RUNNING;
  /* At the end of a run there is neither a decoder nor anything ready. */
  guint most = paused || self->decoder == NULL ? 0 : 2 * self->job->encoder->batch + 2 * library_decoder_get_threads (self->decoder);

  while (!g_queue_is_empty (&self->ready) && self->decoding + self->decoded->len + begun->len < most)
    {
      LibraryDecodeJob *job = g_queue_pop_head (&self->ready);

      mark (self, job);
      g_ptr_array_add (begun, job);
    }
}

void
library_indexer_start (LibraryIndexer *self, GPtrArray *begun)
{
  for (guint i = 0; i < begun->len; i++)
    library_decoder_push (self->decoder, g_steal_pointer (&begun->pdata[i]));
  self->decoding += begun->len;
  g_ptr_array_set_free_func (begun, NULL);
}

static gboolean
write_marks (LibraryIndexer *self, GError **error)
{
  g_autoptr (GPtrArray) begun = g_ptr_array_new_with_free_func ((GDestroyNotify) library_indexer_free_job);

  library_indexer_begin_ready (self, begun);
  if (begun->len == 0)
    return TRUE;
  return library_indexer_write (self, begun, error);
}

gboolean
library_indexer_feed (LibraryIndexer *self, GError **error)
{
  gboolean dry = self->decoding <= library_decoder_get_threads (self->decoder);

  return !dry || g_queue_is_empty (&self->ready) || write_marks (self, error);
}

void
library_indexer_end_attempt (LibraryIndexer *self, const char *path)
{
  if (g_hash_table_remove (self->begun, path))
    library_batch_drop_attempt (self->batch, path);
  g_hash_table_remove (self->struck, path);
}

void
library_indexer_end_attempts (LibraryIndexer *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->begun);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LibraryAttempt *attempt = value;

      attempt->begun = FALSE;
      library_batch_put_attempt (self->batch, attempt);
    }
  g_hash_table_remove_all (self->begun);
}
