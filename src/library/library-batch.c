/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-batch.h"

#include <string.h>

typedef struct
{
  LibraryPhotoRecord *photo;
  LibraryPhotoId id; /* before writing */
  LibraryChange change;
  guint16 *halves;
  LibraryPhotoId copy_from;
} Write;

struct _LibraryBatch
{
  LibraryStore *store;
  LibrarySpace space;
  GPtrArray *writes;
  GPtrArray *problems;
  GPtrArray *solved;   /* paths */
  GPtrArray *attempts; /* in the order they came; one without strikes and not begun is one to be forgotten */
};

static void
write_free (gpointer data)
{
  Write *write = data;

  library_photo_record_free (write->photo);
  g_free (write->halves);
  g_free (write);
}

LibraryBatch *
library_batch_new (LibraryStore *store, const LibrarySpace *space)
{
  LibraryBatch *self = g_new0 (LibraryBatch, 1);

  self->store = library_store_ref (store);
  self->space = *space;
  self->writes = g_ptr_array_new_with_free_func (write_free);
  self->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_record_free);
  self->solved = g_ptr_array_new_with_free_func (g_free);
  self->attempts = g_ptr_array_new_with_free_func ((GDestroyNotify) library_attempt_free);
  return self;
}

void
library_batch_free (LibraryBatch *self)
{
  g_ptr_array_unref (self->writes);
  g_ptr_array_unref (self->problems);
  g_ptr_array_unref (self->solved);
  g_ptr_array_unref (self->attempts);
  library_store_unref (self->store);
  g_free (self);
}

void
library_batch_add_photo (LibraryBatch *self, LibraryPhotoRecord *photo, LibraryChange change, guint16 *halves, LibraryPhotoId copy_from)
{
  Write *write = g_new0 (Write, 1);

  write->photo = photo;
  write->id = photo->id;
  write->change = change;
  write->halves = halves;
  write->copy_from = copy_from;
  g_ptr_array_add (self->writes, write);
}

void
library_batch_add_problem (LibraryBatch *self, LibraryProblemRecord *problem)
{
  g_ptr_array_add (self->problems, problem);
}

void
library_batch_drop_problem (LibraryBatch *self, const char *path)
{
  g_ptr_array_add (self->solved, g_strdup (path));
}

void
library_batch_put_attempt (LibraryBatch *self, const LibraryAttempt *attempt)
{
  g_ptr_array_add (self->attempts, library_attempt_copy (attempt));
}

void
library_batch_drop_attempt (LibraryBatch *self, const char *path)
{
  LibraryAttempt nothing = { .path = (char *) path };

  library_batch_put_attempt (self, &nothing);
}

guint
library_batch_get_pending (LibraryBatch *self)
{
  return self->writes->len + self->problems->len + self->solved->len;
}

/* The embedding that a write brings, or NULL. */
static const guint16 *
get_halves (LibraryTxn *txn, const LibrarySpace *space, const Write *write, guint16 *buffer)
{
  if (write->halves != NULL)
    return write->halves;
  if (write->copy_from != 0 && library_space_get_halves (txn, space, write->copy_from, buffer))
    return buffer;
  return NULL;
}

static void
write_photo (LibraryTxn *txn, Write *write)
{
  LibraryPhotoRecord *photo = write->photo;

  /* This may be the second time, after the map grew. */
  photo->id = write->id;
  if (write->change & LIBRARY_CHANGE_GONE)
    photo->flags |= LIBRARY_PHOTO_GONE;
  else
    photo->flags &= ~(guint32) LIBRARY_PHOTO_GONE;
  library_photo_put (txn, photo);
  if (write->change & LIBRARY_CHANGE_CONTENT)
    library_spaces_forget (txn, photo->id);
  else if (write->change & (LIBRARY_CHANGE_GONE | LIBRARY_CHANGE_RETURN))
    library_spaces_set_visible (txn, photo->id, !(write->change & LIBRARY_CHANGE_GONE));
}

static void
write_attempts (LibraryTxn *txn, LibraryBatch *self)
{
  for (guint i = 0; i < self->attempts->len; i++)
    {
      const LibraryAttempt *attempt = g_ptr_array_index (self->attempts, i);

      if (attempt->begun || attempt->strikes > 0)
        library_attempt_put (txn, attempt);
      else
        library_attempt_delete (txn, attempt->path);
    }
}

static gboolean
flush (LibraryTxn *txn, gpointer data, GError **error)
{
  LibraryBatch *self = data;
  LibrarySpace space = self->space;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (LibraryPhotoId));
  g_autoptr (GByteArray) rows = g_byte_array_new ();
  g_autofree guint16 *buffer = g_new0 (guint16, space.dim);

  library_space_find (txn, &space);
  for (guint i = 0; i < self->writes->len; i++)
    {
      Write *write = g_ptr_array_index (self->writes, i);
      const guint16 *halves;

      write_photo (txn, write);
      halves = get_halves (txn, &space, write, buffer);
      if (halves == NULL)
        continue;
      g_array_append_val (ids, write->photo->id);
      g_byte_array_append (rows, (const guint8 *) halves, space.dim * sizeof (guint16));
    }
  if (ids->len > 0)
    library_space_put_many (txn, &space, (const LibraryPhotoId *) (gpointer) ids->data, (const guint16 *) (gpointer) rows->data, ids->len);
  for (guint i = 0; i < self->solved->len; i++)
    library_problem_delete (txn, g_ptr_array_index (self->solved, i));
  for (guint i = 0; i < self->problems->len; i++)
    library_problem_put (txn, g_ptr_array_index (self->problems, i));
  write_attempts (txn, self);
  return TRUE;
}

gboolean
library_batch_flush (LibraryBatch *self, LibraryBatchFunc written, gpointer data, GError **error)
{
  if (library_batch_get_pending (self) + self->attempts->len == 0)
    return TRUE;
  if (!library_store_write (self->store, flush, self, error))
    return FALSE;
  for (guint i = 0; written != NULL && i < self->writes->len; i++)
    written (((Write *) g_ptr_array_index (self->writes, i))->photo, data);
  g_ptr_array_set_size (self->writes, 0);
  g_ptr_array_set_size (self->problems, 0);
  g_ptr_array_set_size (self->solved, 0);
  g_ptr_array_set_size (self->attempts, 0);
  return TRUE;
}
