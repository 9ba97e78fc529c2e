/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-photo.h"

#include <string.h>

/* More photographs with one content or inode than this are not looked at. */
#define MAX_FOUND 64

void
library_photo_record_free (LibraryPhotoRecord *record)
{
  g_free (record->format);
  g_free (record->path);
  g_free (record->caption);
  g_free (record);
}

void
library_photo_free (LibraryPhoto *photo)
{
  g_clear_object (&photo->file);
  g_free (photo->format);
  g_free (photo->caption);
  g_free (photo);
}

LibraryPhoto *
library_photo_copy (const LibraryPhoto *photo)
{
  LibraryPhoto *copy = g_memdup2 (photo, sizeof *photo);

  g_object_ref (copy->file);
  copy->format = g_strdup (photo->format);
  copy->caption = g_strdup (photo->caption);
  return copy;
}

GByteArray *
library_photo_record_encode (const LibraryPhotoRecord *photo)
{
  GByteArray *record = library_record_begin (LIBRARY_RECORD_PHOTO);

  library_put_u32 (record, photo->flags);
  library_put_u32 (record, photo->root);
  library_put_u64 (record, photo->identity.device);
  library_put_u64 (record, photo->identity.inode);
  library_put_u64 (record, (guint64) photo->identity.size);
  library_put_u64 (record, (guint64) photo->identity.mtime);
  library_put_u64 (record, photo->hash[0]);
  library_put_u64 (record, photo->hash[1]);
  library_put_u32 (record, photo->width);
  library_put_u32 (record, photo->height);
  library_put_u64 (record, (guint64) photo->taken);
  library_put_text (record, photo->format);
  library_put_text (record, photo->path);
  library_put_text (record, photo->caption);
  return record;
}

LibraryPhotoRecord *
library_photo_record_decode (LibraryPhotoId id, LibraryReader *reader)
{
  g_autoptr (LibraryPhotoRecord) photo = g_new0 (LibraryPhotoRecord, 1);

  photo->id = id;
  photo->flags = library_read_u32 (reader);
  photo->root = library_read_u32 (reader);
  photo->identity.device = library_read_u64 (reader);
  photo->identity.inode = library_read_u64 (reader);
  photo->identity.size = (gint64) library_read_u64 (reader);
  photo->identity.mtime = (gint64) library_read_u64 (reader);
  photo->hash[0] = library_read_u64 (reader);
  photo->hash[1] = library_read_u64 (reader);
  photo->width = library_read_u32 (reader);
  photo->height = library_read_u32 (reader);
  photo->taken = (gint64) library_read_u64 (reader);
  photo->format = library_read_text (reader, 64);
  photo->path = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  photo->caption = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  if (!library_read_end (reader) || photo->path[0] != '/')
    return NULL;
  return g_steal_pointer (&photo);
}

gint64
library_photo_record_get_date (const LibraryPhotoRecord *photo)
{
  return photo->taken != 0 ? photo->taken : photo->identity.mtime / 1000000000;
}

LibraryPhoto *
library_photo_from_record (const LibraryPhotoRecord *record)
{
  LibraryPhoto *photo = g_new0 (LibraryPhoto, 1);

  photo->id = record->id;
  photo->file = g_file_new_for_path (record->path);
  photo->width = record->width;
  photo->height = record->height;
  photo->taken = library_photo_record_get_date (record);
  photo->size = record->identity.size;
  photo->format = g_utf8_make_valid (record->format, -1);
  photo->caption = record->caption[0] != '\0' ? g_utf8_make_valid (record->caption, -1) : NULL;
  return photo;
}

LibraryPhotoRecord *
library_photo_from_value (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length)
{
  LibraryPhotoRecord *photo = NULL;
  LibraryReader reader;

  if (key->length == sizeof (guint64) && library_record_open (value, length, LIBRARY_RECORD_PHOTO, key, &reader))
    photo = library_photo_record_decode (library_get_be64 (key->bytes), &reader);
  if (photo == NULL)
    library_txn_report_damage (txn, LIBRARY_TABLE_PHOTOS);
  return photo;
}

LibraryPhotoRecord *
library_photo_get (LibraryTxn *txn, LibraryPhotoId id)
{
  LibraryKey key = library_key_u64 (id);
  const guint8 *value;
  gsize length;

  if (!library_txn_get (txn, LIBRARY_TABLE_PHOTOS, &key, &value, &length))
    return NULL;
  return library_photo_from_value (txn, &key, value, length);
}

/* The photographs that an index table names, if `matches` says that they are meant. */
static GPtrArray *
find (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, gboolean (*matches) (const LibraryPhotoRecord *, gconstpointer), gconstpointer wanted)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) library_photo_record_free);
  g_autoptr (GArray) ids = library_txn_get_ids (txn, table, key, MAX_FOUND);

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = library_photo_get (txn, g_array_index (ids, guint64, i));

      if (photo != NULL && matches (photo, wanted))
        g_ptr_array_add (found, g_steal_pointer (&photo));
    }
  return found;
}

static gboolean
has_path (const LibraryPhotoRecord *photo, gconstpointer wanted)
{
  return strcmp (photo->path, wanted) == 0;
}

static gboolean
has_inode (const LibraryPhotoRecord *photo, gconstpointer wanted)
{
  const guint64 *pair = wanted;

  return photo->identity.device == pair[0] && photo->identity.inode == pair[1];
}

static gboolean
has_hash (const LibraryPhotoRecord *photo, gconstpointer wanted)
{
  return memcmp (photo->hash, wanted, sizeof photo->hash) == 0;
}

GPtrArray *
library_photo_find_path (LibraryTxn *txn, const char *path)
{
  LibraryKey key = library_key_path (path);

  return find (txn, LIBRARY_TABLE_BY_PATH, &key, has_path, path);
}

GPtrArray *
library_photo_find_inode (LibraryTxn *txn, guint64 device, guint64 inode)
{
  guint64 pair[2] = { device, inode };
  LibraryKey key = library_key_pair (device, inode);

  return find (txn, LIBRARY_TABLE_BY_INODE, &key, has_inode, pair);
}

GPtrArray *
library_photo_find_hash (LibraryTxn *txn, const guint64 hash[2])
{
  LibraryKey key = library_key_hash (hash);

  return find (txn, LIBRARY_TABLE_BY_HASH, &key, has_hash, hash);
}

static void
link_photo (LibraryTxn *txn, const LibraryPhotoRecord *photo, void (*change) (LibraryTxn *, LibraryTable, const LibraryKey *, guint64))
{
  LibraryKey path = library_key_path (photo->path);
  LibraryKey inode = library_key_pair (photo->identity.device, photo->identity.inode);
  LibraryKey hash = library_key_hash (photo->hash);

  change (txn, LIBRARY_TABLE_BY_PATH, &path, photo->id);
  change (txn, LIBRARY_TABLE_BY_INODE, &inode, photo->id);
  change (txn, LIBRARY_TABLE_BY_HASH, &hash, photo->id);
}

/* Ids are never given twice, even if the counter was lost to damage. */
static LibraryPhotoId
new_id (LibraryTxn *txn)
{
  guint64 id = library_txn_next_number (txn, "last-photo");
  LibraryKey last;

  if (library_txn_get_last (txn, LIBRARY_TABLE_PHOTOS, &last) && last.length == sizeof (guint64) && library_get_be64 (last.bytes) >= id)
    {
      id = library_get_be64 (last.bytes) + 1;
      library_txn_set_meta (txn, "last-photo", id, NULL);
    }
  return id;
}

void
library_photo_put (LibraryTxn *txn, LibraryPhotoRecord *photo)
{
  g_autoptr (LibraryPhotoRecord) before = photo->id != 0 ? library_photo_get (txn, photo->id) : NULL;
  g_autoptr (GByteArray) record = NULL;
  LibraryKey key;

  if (photo->id == 0)
    photo->id = new_id (txn);
  if (before != NULL)
    link_photo (txn, before, library_txn_remove_id);
  key = library_key_u64 (photo->id);
  record = library_photo_record_encode (photo);
  library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, record);
  link_photo (txn, photo, library_txn_add_id);
}
