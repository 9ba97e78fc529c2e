/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-indexer-flush.h"

#include <math.h>
#include <string.h>

#include "library-half.h"
#include "model.h"

/* A decoded picture that needs an embedding of its own, and the row where that comes. */
typedef struct
{
  LibraryDecodeJob *job;
  LibraryPhotoRecord *photo;
  guint change;
  guint row;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  g_clear_pointer (&pending->photo, library_photo_record_free);
  g_free (pending);
}

static void
complete_record (LibraryPhotoRecord *photo, const ImageReply *reply)
{
  static const ImageMetadata nothing = { 0 };
  const ImageMetadata *metadata = reply->metadata != NULL ? reply->metadata : &nothing;

  photo->width = reply->width;
  photo->height = reply->height;
  photo->taken = reply->taken;
  g_free (photo->format);
  photo->format = g_strdup (reply->format);
  library_photo_record_set_file_words (photo, metadata->title, metadata->camera, (const char *const *) metadata->keywords, metadata->rating);
  library_photo_record_set_file_caption (photo, metadata->caption, metadata->caption_is_alt_text);
}

/* What is to be done about each decoded picture; those that need encoding come back. */
static GPtrArray *
decide (LibraryIndexer *self, GError **error)
{
  g_autoptr (GPtrArray) wanted = g_ptr_array_new_with_free_func (pending_free);
  g_autoptr (LibraryTxn) txn = library_txn_begin (self->job->store, error);

  if (txn == NULL)
    return NULL;
  for (guint i = 0; i < self->decoded->len; i++)
    {
      LibraryDecodeJob *job = g_ptr_array_index (self->decoded, i);
      LibraryOrigin *origin = job->data;
      g_auto (LibraryVerdict) verdict = { 0 };

      library_reconcile_content (txn, &self->reconcile, job->path, origin->root, &job->identity, job->reply.hash, origin->replaced, &verdict);
      complete_record (verdict.photo, &job->reply);
      if (verdict.kind == LIBRARY_VERDICT_ENCODE)
        {
          Pending *pending = g_new0 (Pending, 1);

          pending->job = job;
          pending->photo = g_steal_pointer (&verdict.photo);
          pending->change = verdict.change;
          g_ptr_array_add (wanted, pending);
          continue;
        }
      verdict.problem = g_steal_pointer (&origin->problem);
      library_indexer_apply (self, &verdict);
    }
  return library_txn_check (txn, error) ? g_steal_pointer (&wanted) : NULL;
}

/* Gives equal contents one row; the pixels of all rows one after the other. */
static guint
gather_pixels (LibraryIndexer *self, GPtrArray *wanted, GByteArray *pixels)
{
  g_autoptr (GHashTable) rows = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  guint count = 0;

  for (guint i = 0; i < wanted->len; i++)
    {
      Pending *pending = g_ptr_array_index (wanted, i);
      GBytes *hash = g_bytes_new (pending->photo->hash, sizeof pending->photo->hash);
      gpointer row;

      if (g_hash_table_lookup_extended (rows, hash, NULL, &row))
        {
          pending->row = GPOINTER_TO_UINT (row);
          g_bytes_unref (hash);
          continue;
        }
      pending->row = count++;
      g_hash_table_insert (rows, hash, GUINT_TO_POINTER (pending->row));
      g_byte_array_append (pixels, g_bytes_get_data (pending->job->reply.tensor, NULL), (guint) g_bytes_get_size (pending->job->reply.tensor));
    }
  return count;
}

static gboolean
is_sound (const float *row, guint dim)
{
  double squares = 0;

  for (guint i = 0; i < dim; i++)
    squares += (double) row[i] * row[i];
  return isfinite (squares) && fabs (squares - 1) < 0.01;
}

/* One by one, after all together failed.  FALSE if not a single one succeeds: then it is not the pictures. */
static gboolean
encode_singly (LibraryIndexer *self, const guint8 *pixels, guint count, float *out, gboolean *sound, GError **error)
{
  const LibraryEncoder *encoder = self->job->encoder;
  gsize picture = (gsize) encoder->tensor.side * encoder->tensor.side * 3;
  guint good = 0;

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (GError) local = NULL;
      float *row = out + (gsize) i * encoder->dim;

      sound[i] = encoder->embed (pixels + i * picture, 1, row, encoder->data, self->cancellable, &local) && is_sound (row, encoder->dim);
      good += sound[i];
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED) || (local != NULL && good == 0 && i + 1 == count))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

/* FALSE only if the run cannot go on; sound[i] tells about each picture. */
static gboolean
encode (LibraryIndexer *self, const guint8 *pixels, guint count, float *out, gboolean *sound, GError **error)
{
  const LibraryEncoder *encoder = self->job->encoder;
  g_autoptr (GError) local = NULL;
  gboolean all;

  if (encoder->embed (pixels, count, out, encoder->data, self->cancellable, &local))
    {
      for (guint i = 0; i < count; i++)
        sound[i] = is_sound (out + (gsize) i * encoder->dim, encoder->dim);
      return TRUE;
    }
  all = g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !g_error_matches (local, MODEL_ERROR, MODEL_ERROR_FAILED) || count == 1;
  if (all && count == 1 && self->progress->indexed > 0 && g_error_matches (local, MODEL_ERROR, MODEL_ERROR_FAILED))
    {
      sound[0] = FALSE;
      return TRUE;
    }
  if (all)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return encode_singly (self, pixels, count, out, sound, error);
}

static void
add_encoded (LibraryIndexer *self, Pending *pending, const float *out, const gboolean *sound)
{
  guint dim = self->job->encoder->dim;
  LibraryOrigin *origin = pending->job->data;
  LibraryPhotoRecord *photo = pending->photo;
  guint16 *halves;

  if (!sound[pending->row])
    {
      library_indexer_fail (self, photo->path, &photo->identity, "model-refused", "The model gave no usable embedding for this picture",
                            g_steal_pointer (&origin->problem));
      return;
    }
  if (origin->problem != NULL)
    library_batch_drop_problem (self->batch, photo->path);
  if (photo->id != 0)
    library_id_set_add (self->reconcile.seen, photo->id);
  halves = g_new (guint16, dim);
  library_half_from_floats (out + (gsize) pending->row * dim, halves, dim);
  library_batch_add_photo (self->batch, g_steal_pointer (&pending->photo), pending->change, halves, 0);
  self->pending.indexed++;
}

static gboolean
encode_decoded (LibraryIndexer *self, GError **error)
{
  g_autoptr (GPtrArray) wanted = decide (self, error);
  g_autoptr (GByteArray) pixels = g_byte_array_new ();
  g_autofree float *out = NULL;
  g_autofree gboolean *sound = NULL;
  guint count;

  if (wanted == NULL)
    return FALSE;
  count = gather_pixels (self, wanted, pixels);
  if (count == 0)
    return TRUE;
  out = g_new (float, (gsize) count * self->job->encoder->dim);
  sound = g_new0 (gboolean, count);
  if (!encode (self, pixels->data, count, out, sound, error))
    return FALSE;
  for (guint i = 0; i < wanted->len; i++)
    add_encoded (self, g_ptr_array_index (wanted, i), out, sound);
  return TRUE;
}

static void
note_written (const LibraryPhotoRecord *photo, gpointer data)
{
  LibraryIndexer *self = data;

  if (!(photo->flags & LIBRARY_PHOTO_GONE))
    library_id_set_add (self->reconcile.seen, photo->id);
}

/* What was decoded is either written now or lost to the run; the files were not at fault in either case. */
static void
end_decoded (LibraryIndexer *self)
{
  for (guint i = 0; i < self->decoded->len; i++)
    library_indexer_end_attempt (self, ((LibraryDecodeJob *) g_ptr_array_index (self->decoded, i))->path);
  g_ptr_array_set_size (self->decoded, 0);
}

gboolean
library_indexer_write (LibraryIndexer *self, GPtrArray *begun, GError **error)
{
  gboolean changed = library_batch_get_pending (self->batch) > 0;

  if (!library_batch_flush (self->batch, note_written, self, error))
    return FALSE;
  library_store_release_pages (self->job->store);
  self->progress->indexed += self->pending.indexed;
  self->progress->moved += self->pending.moved;
  self->progress->unchanged += self->pending.unchanged;
  self->pending = (LibraryProgress){ 0 };
  library_indexer_start (self, begun);
  library_indexer_report (self, changed);
  return TRUE;
}

gboolean
library_indexer_flush (LibraryIndexer *self, GError **error)
{
  g_autoptr (GPtrArray) begun = g_ptr_array_new_with_free_func ((GDestroyNotify) library_indexer_free_job);
  g_autoptr (GError) local = NULL;
  gboolean ok = self->decoded->len == 0 || encode_decoded (self, &local);

  end_decoded (self);
  if (ok)
    library_indexer_begin_ready (self, begun);
  /* What needed no encoding is kept even if encoding failed. */
  ok = library_indexer_write (self, begun, local == NULL ? &local : NULL) && ok;
  self->written = g_get_monotonic_time ();
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}
