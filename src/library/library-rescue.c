/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-rescue.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library-check.h"
#include "library-pages.h"
#include "library-photo.h"
#include "library-space.h"
#include "library-store-private.h"

#define PATIENCE (30 * G_TIME_SPAN_SECOND)
#define PIECE_VALUES 1024u
#define PIECE_BYTES ((gsize) 8 << 20)

/* Folders within the library's: a file that is being made anew, and one that is complete and only has to take its place. */
#define BEGUN "rescue"
#define DONE "rescued"

/* ---- the new file ---- */

typedef struct
{
  LibraryTable table;
  LibraryKey key;
  GBytes *value;
} Entry;

typedef struct
{
  LibraryStore *store;
  GPtrArray *entries; /* read, not yet written */
  gsize bytes;
  GError *error;
} Rescue;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_bytes_unref (entry->value);
  g_free (entry);
}

/* Embeddings of one space that are to be put together. */
typedef struct
{
  LibrarySpace space;
  GArray *photos;   /* of LibraryPhotoId */
  GByteArray *rows; /* of halves */
  GArray *gone;     /* of LibraryPhotoId: among them, not to be seen */
} Rows;

static gboolean
has_id (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  LibrarySpace *space = data;
  guint32 id = space->id;

  if (library_get_be32 (key->bytes) != id || !library_space_from_value (key, value, length, space))
    space->id = 0;
  return FALSE;
}

static gboolean
find_space (LibraryTxn *txn, guint32 id, LibrarySpace *space)
{
  LibraryKey key = library_key_u32 (id);
  LibrarySpace found = { .id = id };

  library_txn_walk (txn, LIBRARY_TABLE_SPACES, &key, key.length, has_id, &found);
  *space = found;
  return found.id == id && found.dim != 0;
}

static void
flush_rows (LibraryTxn *txn, Rows *rows)
{
  if (rows->photos->len > 0)
    library_space_put_many (txn, &rows->space, (const LibraryPhotoId *) (gpointer) rows->photos->data,
                            (const guint16 *) (gpointer) rows->rows->data, rows->photos->len);
  for (guint i = 0; i < rows->gone->len; i++)
    library_spaces_set_visible (txn, g_array_index (rows->gone, LibraryPhotoId, i), FALSE);
  g_array_set_size (rows->photos, 0);
  g_array_set_size (rows->gone, 0);
  g_byte_array_set_size (rows->rows, 0);
}

static void
put_vector (LibraryTxn *txn, const Entry *entry, Rows *rows)
{
  g_autoptr (LibraryPhotoRecord) photo = NULL;
  const guint16 *halves;
  LibraryPhotoId id;
  gsize length;
  const guint8 *value = g_bytes_get_data (entry->value, &length);
  guint32 space;
  guint dim;

  if (!library_space_vector_from_value (&entry->key, value, length, &space, &id, &dim, &halves))
    return;
  if (space != rows->space.id)
    {
      flush_rows (txn, rows);
      find_space (txn, space, &rows->space);
    }
  photo = space == rows->space.id && dim == rows->space.dim ? library_photo_get (txn, id) : NULL;
  if (photo == NULL)
    return;
  g_array_append_val (rows->photos, id);
  g_byte_array_append (rows->rows, (const guint8 *) halves, dim * sizeof *halves);
  if (photo->flags & LIBRARY_PHOTO_GONE)
    g_array_append_val (rows->gone, id);
}

static void
put_entry (LibraryTxn *txn, const Entry *entry, Rows *rows)
{
  gsize length;
  const guint8 *value = g_bytes_get_data (entry->value, &length);
  g_autoptr (LibraryPhotoRecord) photo = NULL;
  LibrarySpace space;

  if (entry->table == LIBRARY_TABLE_VECTORS)
    put_vector (txn, entry, rows);
  else if (entry->table == LIBRARY_TABLE_PHOTOS)
    {
      photo = library_photo_from_value (txn, &entry->key, value, length);
      if (photo != NULL)
        library_photo_put (txn, photo);
    }
  else if (entry->table != LIBRARY_TABLE_SPACES)
    library_txn_put (txn, entry->table, &entry->key, value, length);
  else if (library_space_from_value (&entry->key, value, length, &space))
    library_space_put_empty (txn, &space);
}

static gboolean
put_entries (LibraryTxn *txn, gpointer data, GError **error)
{
  Rescue *self = data;
  g_autoptr (GArray) photos = g_array_new (FALSE, FALSE, sizeof (LibraryPhotoId));
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (LibraryPhotoId));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Rows rows = { { 0 }, photos, bytes, gone };

  for (guint i = 0; i < self->entries->len; i++)
    put_entry (txn, g_ptr_array_index (self->entries, i), &rows);
  flush_rows (txn, &rows);
  return TRUE;
}

static gboolean
flush (Rescue *self)
{
  gboolean ok = self->entries->len == 0 || library_store_write (self->store, put_entries, self, &self->error);

  g_ptr_array_set_size (self->entries, 0);
  self->bytes = 0;
  return ok;
}

/* Packed rows are made from the embeddings, so they need not be read. */
static gboolean
keep (LibraryTable table, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Rescue *self = data;
  Entry *entry;

  if (table == LIBRARY_TABLE_SHARDS)
    return TRUE;
  entry = g_new0 (Entry, 1);
  entry->table = table;
  entry->key = *key;
  entry->value = g_bytes_new (value, length);
  g_ptr_array_add (self->entries, entry);
  self->bytes += length;
  return (self->entries->len < PIECE_VALUES && self->bytes < PIECE_BYTES) || flush (self);
}

/* ---- folders ---- */

static gboolean
fail (GError **error, const char *directory)
{
  int code = errno;
  g_autofree char *name = g_filename_display_name (directory);

  g_set_error (error, LIBRARY_ERROR, code == ENOSPC || code == EDQUOT ? LIBRARY_ERROR_STORAGE_FULL : LIBRARY_ERROR_STORE,
               _ ("The library in “%s” is damaged and cannot be moved aside: %s"), name, g_strerror (code));
  return FALSE;
}

/* A folder that holds only files. */
static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_unlink (path) != 0)
        g_debug ("%s: %s", path, g_strerror (errno));
    }
  if (dir != NULL && g_rmdir (folder) != 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
}

/* Makes a folder for the damaged file.  (transfer full) */
static char *
make_aside (const char *directory, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "damaged-%Y%m%d-%H%M%S");

  for (guint i = 1; i < 1000; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup (date) : g_strdup_printf ("%s-%u", date, i);
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (mkdir (path, 0700) == 0)
        return g_steal_pointer (&path);
      if (errno != EEXIST)
        break;
    }
  fail (error, directory);
  return NULL;
}

static gboolean
move_aside (const char *directory, const char *file, char **aside, GError **error)
{
  g_autofree char *to = NULL;

  *aside = make_aside (directory, error);
  if (*aside == NULL)
    return FALSE;
  to = g_build_filename (*aside, "data.mdb", NULL);
  if (rename (file, to) == 0)
    {
      library_store_sync_folder (*aside);
      return TRUE;
    }
  fail (error, directory);
  g_rmdir (*aside);
  return FALSE;
}

/* Says once what happened. */
static void
set_notice (char **notice, const char *directory, const char *aside)
{
  g_autofree char *name = g_filename_display_name (directory);
  g_autofree char *aside_name = g_filename_display_name (aside);

  g_free (*notice);
  *notice = g_strdup_printf (_ ("The library in “%s” was damaged. It has been made anew with what could be read, and the damaged file is kept in “%s”. "
                                "Index again to fill in the rest; no photograph is lost by this"),
                             name, aside_name);
  g_message ("%s", *notice);
}

/* Puts a complete new file in its place, the damaged one aside.  Nothing to do is no error. */
static gboolean
finish (const char *directory, char **notice, GError **error)
{
  g_autofree char *aside = NULL;
  g_autofree char *file = g_build_filename (directory, "data.mdb", NULL);
  g_autofree char *done = g_build_filename (directory, DONE, NULL);
  g_autofree char *from = g_build_filename (done, "data.mdb", NULL);

  if (g_access (from, F_OK) == 0)
    {
      if (g_access (file, F_OK) == 0 && !move_aside (directory, file, &aside, error))
        return FALSE;
      if (rename (from, file) != 0)
        return fail (error, directory);
      library_store_sync_folder (directory);
      set_notice (notice, directory, aside != NULL ? aside : directory);
    }
  remove_folder (done);
  return TRUE;
}

/* ---- what is to be done ---- */

static gboolean
make_anew (const char *directory, const char *file, GError **error)
{
  g_autofree char *begun = g_build_filename (directory, BEGUN, NULL);
  g_autofree char *done = g_build_filename (directory, DONE, NULL);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  Rescue self = { .entries = entries };
  LibraryPages pages;
  gboolean ok;

  if (mkdir (begun, 0700) != 0)
    return fail (error, directory);
  self.store = library_store_open_apart (begun, &self.error);
  ok = self.store != NULL && library_pages_read (file, 0, keep, &self, &pages, &self.error) && self.error == NULL && flush (&self);
  g_clear_pointer (&self.store, library_store_close_apart);
  if (ok && rename (begun, done) == 0)
    return TRUE;
  if (ok)
    fail (&self.error, directory);
  remove_folder (begun);
  g_propagate_error (error, self.error);
  return FALSE;
}

/* Whether LMDB must not have the file. */
static gboolean
is_damaged (const char *file, gboolean unclean)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  LibraryPages pages;
  LibraryTail tail;
  gboolean sound;

  if (g_access (file, F_OK) != 0)
    return FALSE;
  sound = library_check_file (file, &tail, NULL);
  if (sound && !unclean && tail.first >= tail.end)
    return FALSE;
  library_check_restore (file, &tail);
  if (!library_pages_read (file, deadline, NULL, NULL, &pages, NULL))
    return FALSE;
  /* The disk was full when it was made. */
  if (pages.begun && g_unlink (file) == 0)
    return FALSE;
  g_debug ("%s: %" G_GUINT64_FORMAT " pages, %" G_GUINT64_FORMAT " sound values, %" G_GUINT64_FORMAT " bad ones; %s", file, pages.pages, pages.values,
           pages.bad, pages.damaged ? pages.what : "sound");
  return pages.damaged;
}

gboolean
library_rescue_if_damaged (const char *directory, gboolean unclean, char **notice, GError **error)
{
  g_autofree char *file = g_build_filename (directory, "data.mdb", NULL);
  g_autofree char *begun = g_build_filename (directory, BEGUN, NULL);
  g_autofree char *smaller = g_build_filename (directory, LIBRARY_STORE_SMALLER, NULL);

  g_unlink (smaller);
  remove_folder (begun);
  if (!finish (directory, notice, error))
    return FALSE;
  if (!is_damaged (file, unclean))
    return TRUE;
  return make_anew (directory, file, error) && finish (directory, notice, error);
}
