/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-reconcile.h"

#include <errno.h>
#include <string.h>

#include "library-batch.h"

void
library_verdict_clear (LibraryVerdict *verdict)
{
  g_clear_pointer (&verdict->photo, library_photo_record_free);
  g_clear_pointer (&verdict->problem, library_problem_record_free);
}

static gboolean
is_seen (const LibraryReconcile *run, const LibraryPhotoRecord *photo)
{
  return library_id_set_contains (run->seen, photo->id);
}

gboolean
library_reconcile_is_gone (const LibraryReconcile *run, const LibraryPhotoRecord *photo)
{
  LibraryIdentity now;

  if (photo->flags & LIBRARY_PHOTO_GONE)
    return TRUE;
  if (g_hash_table_contains (run->offline, GUINT_TO_POINTER (photo->root)))
    return FALSE;
  if (library_file_identify (photo->path, &now))
    return !library_identity_equal_in_place (&now, &photo->identity);
  return errno == ENOENT || errno == ENOTDIR;
}

/* May this photograph be taken from where it was? */
static gboolean
is_free (const LibraryReconcile *run, const LibraryPhotoRecord *photo, const char *path)
{
  return !is_seen (run, photo) && strcmp (photo->path, path) != 0 && library_reconcile_is_gone (run, photo);
}

/* The record as it is to be written for a file at `path`. */
static LibraryPhotoRecord *
place_record (const LibraryPhotoRecord *photo, const char *path, guint32 root, const LibraryIdentity *identity)
{
  LibraryPhotoRecord *copy = library_photo_record_copy (photo);

  g_free (copy->path);
  copy->path = g_strdup (path);
  copy->root = root;
  copy->identity = *identity;
  return copy;
}

static guint
change_of (const LibraryPhotoRecord *before)
{
  return before->flags & LIBRARY_PHOTO_GONE ? LIBRARY_CHANGE_RETURN : 0;
}

/* The content of `source` at a path where `replaced` (or nothing) was. */
static void
decide_copy (LibraryVerdict *verdict, const LibraryPhotoRecord *source, const LibraryPhotoRecord *replaced, const char *path, guint32 root, const LibraryIdentity *identity)
{
  verdict->kind = LIBRARY_VERDICT_COPY;
  verdict->photo = place_record (source, path, root, identity);
  verdict->photo->id = replaced != NULL ? replaced->id : 0;
  verdict->copy_from = source->id;
  verdict->change = replaced != NULL ? LIBRARY_CHANGE_CONTENT : 0;
  if (replaced != NULL)
    {
      g_free (verdict->photo->caption);
      verdict->photo->caption = g_strdup (replaced->caption);
      verdict->photo->caption_flags = replaced->caption_flags;
    }
}

static void
decide_move (LibraryVerdict *verdict, const LibraryPhotoRecord *photo, const char *path, guint32 root, const LibraryIdentity *identity)
{
  verdict->kind = strcmp (photo->path, path) == 0 ? LIBRARY_VERDICT_TOUCH : LIBRARY_VERDICT_MOVE;
  verdict->photo = place_record (photo, path, root, identity);
  verdict->change = change_of (photo);
}

/* The photograph that the path belongs to: the one in this very state, else one that is not gone. */
static LibraryPhotoRecord *
find_at_path (LibraryTxn *txn, const LibraryReconcile *run, const char *path, const LibraryIdentity *identity)
{
  g_autoptr (GPtrArray) photos = library_photo_find_path (txn, path);
  LibraryPhotoRecord *best = NULL;
  guint best_rank = 0;

  for (guint i = 0; i < photos->len; i++)
    {
      LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);
      guint rank = 1 + !(photo->flags & LIBRARY_PHOTO_GONE) + 2 * library_identity_equal_in_place (&photo->identity, identity);

      if (!is_seen (run, photo) && rank > best_rank)
        {
          best = photo;
          best_rank = rank;
        }
    }
  return best != NULL ? library_photo_record_copy (best) : NULL;
}

/* A photograph with this very inode, size and time: moved if its place is empty, else a second name of it. */
static gboolean
decide_by_inode (LibraryTxn *txn, const LibraryReconcile *run, const char *path, guint32 root, const LibraryIdentity *identity, const LibraryPhotoRecord *replaced, LibraryVerdict *verdict)
{
  g_autoptr (GPtrArray) photos = library_photo_find_inode (txn, identity->device, identity->inode);

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < photos->len; i++)
      {
        const LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);

        if (!library_identity_equal (&photo->identity, identity) || strcmp (photo->path, path) == 0)
          continue;
        if (pass == 0 && is_free (run, photo, path))
          {
            if (library_space_get (txn, &run->space, photo->id, NULL))
              decide_move (verdict, photo, path, root, identity);
            else
              {
                verdict->kind = LIBRARY_VERDICT_DECODE;
                verdict->photo = library_photo_record_copy (photo);
              }
            return TRUE;
          }
        if (pass == 1 && library_space_get (txn, &run->space, photo->id, NULL))
          {
            decide_copy (verdict, photo, replaced, path, root, identity);
            return TRUE;
          }
      }
  return FALSE;
}

void
library_reconcile_file (LibraryTxn *txn, const LibraryReconcile *run, const char *path, guint32 root, const LibraryIdentity *identity, gboolean last, LibraryVerdict *verdict)
{
  g_autoptr (LibraryPhotoRecord) here = find_at_path (txn, run, path, identity);

  *verdict = (LibraryVerdict){ 0 };
  if (here != NULL && library_identity_equal_in_place (&here->identity, identity) && library_space_get (txn, &run->space, here->id, NULL))
    {
      gboolean same = !(here->flags & LIBRARY_PHOTO_GONE) && here->identity.device == identity->device;

      decide_move (verdict, here, path, root, identity);
      if (same)
        verdict->kind = LIBRARY_VERDICT_UNCHANGED;
      return;
    }
  /* Another file took the place of a known one, which may turn up elsewhere: that shows at the end. */
  if (!last && here != NULL && here->identity.inode != identity->inode)
    {
      verdict->kind = LIBRARY_VERDICT_LATER;
      return;
    }
  verdict->problem = library_problem_get (txn, path);
  if (decide_by_inode (txn, run, path, root, identity, here, verdict))
    return;
  if (verdict->problem != NULL && !run->retry && library_identity_equal_in_place (&verdict->problem->identity, identity))
    {
      verdict->kind = LIBRARY_VERDICT_FAILED;
      return;
    }
  verdict->kind = LIBRARY_VERDICT_DECODE;
  verdict->photo = g_steal_pointer (&here);
}

void
library_reconcile_content (LibraryTxn *txn, const LibraryReconcile *run, const char *path, guint32 root, const LibraryIdentity *identity, const guint64 hash[2], const LibraryPhotoRecord *replaced, LibraryVerdict *verdict)
{
  g_autoptr (GPtrArray) photos = library_photo_find_hash (txn, hash);
  LibraryPhotoRecord *living = NULL;
  gboolean same = replaced != NULL && memcmp (replaced->hash, hash, sizeof replaced->hash) == 0;

  *verdict = (LibraryVerdict){ 0 };
  if (same && library_space_get (txn, &run->space, replaced->id, NULL))
    {
      decide_move (verdict, replaced, path, root, identity);
      return;
    }
  for (guint i = 0; i < photos->len; i++)
    {
      LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);

      if (!library_space_get (txn, &run->space, photo->id, NULL))
        continue;
      if (replaced == NULL && is_free (run, photo, path))
        {
          decide_move (verdict, photo, path, root, identity);
          return;
        }
      living = photo;
    }
  if (living != NULL)
    {
      decide_copy (verdict, living, replaced, path, root, identity);
      return;
    }
  verdict->kind = LIBRARY_VERDICT_ENCODE;
  verdict->photo = replaced != NULL ? place_record (replaced, path, root, identity) : g_new0 (LibraryPhotoRecord, 1);
  if (replaced == NULL)
    {
      verdict->photo->path = g_strdup (path);
      verdict->photo->root = root;
      verdict->photo->identity = *identity;
      verdict->photo->caption = g_strdup ("");
    }
  /* Embeddings of the same content in other spaces stay. */
  verdict->change = replaced == NULL ? 0 : same ? change_of (replaced)
                                                : LIBRARY_CHANGE_CONTENT;
  memcpy (verdict->photo->hash, hash, sizeof verdict->photo->hash);
}
