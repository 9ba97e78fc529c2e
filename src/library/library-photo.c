/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-photo.h"

#include <string.h>

/* Texts that a picture file gives are cut at this, and its list of keywords. */
#define MAX_WORDS 4096u
#define MAX_CAPTION 32768u
#define MAX_KEYWORDS 512u

/* More photographs with one content or inode than this are not looked at. */
#define MAX_FOUND 64

void
library_photo_record_free (LibraryPhotoRecord *record)
{
  g_free (record->format);
  g_free (record->path);
  g_free (record->caption);
  g_free (record->title);
  g_free (record->camera);
  g_strfreev (record->keywords);
  g_free (record);
}

LibraryPhotoRecord *
library_photo_record_copy (const LibraryPhotoRecord *record)
{
  LibraryPhotoRecord *copy = g_memdup2 (record, sizeof *record);

  copy->format = g_strdup (record->format);
  copy->path = g_strdup (record->path);
  copy->caption = g_strdup (record->caption);
  copy->title = g_strdup (record->title);
  copy->camera = g_strdup (record->camera);
  copy->keywords = g_strdupv (record->keywords);
  return copy;
}

void
library_photo_free (LibraryPhoto *photo)
{
  g_clear_object (&photo->file);
  g_free (photo->format);
  g_free (photo->caption);
  g_free (photo->camera);
  g_free (photo->title);
  g_strfreev (photo->keywords);
  g_free (photo);
}

LibraryPhoto *
library_photo_copy (const LibraryPhoto *photo)
{
  LibraryPhoto *copy = g_memdup2 (photo, sizeof *photo);

  g_object_ref (copy->file);
  copy->format = g_strdup (photo->format);
  copy->caption = g_strdup (photo->caption);
  copy->camera = g_strdup (photo->camera);
  copy->title = g_strdup (photo->title);
  copy->keywords = g_strdupv (photo->keywords);
  return copy;
}

static void
put_keywords (GByteArray *record, GStrv keywords)
{
  guint count = keywords != NULL ? g_strv_length (keywords) : 0;

  library_put_u32 (record, count);
  for (guint i = 0; i < count; i++)
    library_put_text (record, keywords[i]);
}

/* NULL for an empty list, and for one that cannot be read: the reader knows. */
static GStrv
read_keywords (LibraryReader *reader)
{
  guint32 count = library_read_u32 (reader);
  g_autoptr (GPtrArray) keywords = g_ptr_array_new_with_free_func (g_free);

  for (guint32 i = 0; i < count && !reader->bad; i++)
    g_ptr_array_add (keywords, library_read_text (reader, LIBRARY_MAX_PATH_BYTES));
  if (reader->bad || count == 0)
    return NULL;
  g_ptr_array_add (keywords, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&keywords), FALSE);
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
  library_put_u32 (record, photo->caption_flags);
  library_put_text (record, photo->title);
  library_put_text (record, photo->camera);
  library_put_u32 (record, (guint32) photo->rating);
  put_keywords (record, photo->keywords);
  return record;
}

/* What all versions begin with. */
static void
read_numbers (LibraryPhotoRecord *photo, LibraryReader *reader)
{
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
}

static LibraryPhotoRecord *
read_photo (LibraryPhotoId id, LibraryReader *reader)
{
  LibraryPhotoRecord *photo = g_new0 (LibraryPhotoRecord, 1);

  photo->id = id;
  read_numbers (photo, reader);
  photo->format = library_read_text (reader, 64);
  photo->path = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  photo->caption = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  return photo;
}

LibraryPhotoRecord *
library_photo_record_decode (LibraryPhotoId id, LibraryReader *reader)
{
  g_autoptr (LibraryPhotoRecord) photo = read_photo (id, reader);

  photo->caption_flags = library_read_u32 (reader);
  photo->title = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  photo->camera = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  photo->rating = (gint32) library_read_u32 (reader);
  photo->keywords = read_keywords (reader);
  if (!library_read_end (reader) || photo->path[0] != '/')
    return NULL;
  return g_steal_pointer (&photo);
}

LibraryPhotoRecord *
library_photo_record_decode_1 (LibraryPhotoId id, LibraryReader *reader)
{
  g_autoptr (LibraryPhotoRecord) photo = read_photo (id, reader);

  if (!library_read_end (reader) || photo->path[0] != '/')
    return NULL;
  photo->title = g_strdup ("");
  photo->camera = g_strdup ("");
  return g_steal_pointer (&photo);
}

/* ---- what a picture file says of itself ---- */

/* UTF-8 without blanks at its ends, at most so many bytes. */
static char *
clip (const char *text, gsize most)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  g_strstrip (valid);
  if (strlen (valid) <= most)
    return g_steal_pointer (&valid);
  return g_strndup (valid, (gsize) (g_utf8_find_prev_char (valid, valid + most + 1) - valid));
}

void
library_photo_record_set_file_caption (LibraryPhotoRecord *photo, const char *caption, gboolean is_alt_text)
{
  g_autofree char *text = clip (caption, MAX_CAPTION);

  if (photo->caption != NULL && photo->caption[0] != '\0' && !(photo->caption_flags & LIBRARY_CAPTION_FROM_FILE))
    return;
  photo->caption_flags = text[0] == '\0' ? 0 : is_alt_text ? LIBRARY_CAPTION_FROM_FILE | LIBRARY_CAPTION_ALT_TEXT
                                                           : LIBRARY_CAPTION_FROM_FILE;
  g_free (photo->caption);
  photo->caption = g_steal_pointer (&text);
}

static GStrv
clip_keywords (const char *const *keywords)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint count = 0;

  for (guint i = 0; keywords != NULL && keywords[i] != NULL && count < MAX_KEYWORDS; i++)
    {
      g_autofree char *text = clip (keywords[i], MAX_WORDS);

      if (text[0] == '\0')
        continue;
      g_strv_builder_add (builder, text);
      count++;
    }
  return count > 0 ? g_strv_builder_end (builder) : NULL;
}

void
library_photo_record_set_file_words (LibraryPhotoRecord *photo, const char *title, const char *camera, const char *const *keywords, int rating)
{
  g_free (photo->title);
  g_free (photo->camera);
  g_strfreev (photo->keywords);
  photo->title = clip (title, MAX_WORDS);
  photo->camera = clip (camera, MAX_WORDS);
  photo->keywords = clip_keywords (keywords);
  photo->rating = CLAMP (rating, -1, 5);
}

/* ---- */

gint64
library_photo_record_get_date (const LibraryPhotoRecord *photo)
{
  return photo->taken != 0 ? photo->taken : photo->identity.mtime / 1000000000;
}

/* NULL for an empty text. */
static char *
make_text (const char *text)
{
  return text != NULL && text[0] != '\0' ? g_utf8_make_valid (text, -1) : NULL;
}

static GStrv
make_texts (GStrv texts)
{
  GStrv valid = g_strdupv (texts);

  for (guint i = 0; valid != NULL && valid[i] != NULL; i++)
    {
      g_free (valid[i]);
      valid[i] = g_utf8_make_valid (texts[i], -1);
    }
  return valid;
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
  photo->caption = make_text (record->caption);
  photo->camera = make_text (record->camera);
  photo->title = make_text (record->title);
  photo->keywords = make_texts (record->keywords);
  photo->rating = CLAMP (record->rating, -1, 5);
  return photo;
}

LibraryPhotoRecord *
library_photo_from_value (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length)
{
  LibraryPhotoRecord *photo = NULL;
  LibraryReader reader;

  if (key->length == sizeof (guint64) && library_record_open (value, length, LIBRARY_RECORD_PHOTO, key, &reader))
    photo = library_photo_record_decode (library_get_be64 (key->bytes), &reader);
  else if (key->length == sizeof (guint64) && library_record_open (value, length, LIBRARY_RECORD_PHOTO_1, key, &reader))
    photo = library_photo_record_decode_1 (library_get_be64 (key->bytes), &reader);
  if (photo == NULL)
    library_txn_report_damage (txn, LIBRARY_TABLE_PHOTOS);
  return photo;
}

/* ---- a glance ---- */

void
library_photo_glance_init (LibraryPhotoGlance *glance)
{
  *glance = (LibraryPhotoGlance){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (glance->texts); i++)
    glance->texts[i] = g_string_new (NULL);
}

void
library_photo_glance_clear (LibraryPhotoGlance *glance)
{
  for (guint i = 0; i < G_N_ELEMENTS (glance->texts); i++)
    g_string_free (glance->texts[i], TRUE);
}

static char *
read_into (GString *text, LibraryReader *reader)
{
  guint32 length = library_read_u32 (reader);
  const guint8 *at = library_read_raw (reader, length);

  g_string_truncate (text, 0);
  if (at != NULL)
    g_string_append_len (text, (const char *) at, length);
  return text->str;
}

const LibraryPhotoRecord *
library_photo_glance_at (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, LibraryPhotoGlance *glance)
{
  LibraryPhotoRecord *photo = &glance->record;
  LibraryReader reader;

  if (key->length == sizeof (guint64) &&
      (library_record_open (value, length, LIBRARY_RECORD_PHOTO, key, &reader) || library_record_open (value, length, LIBRARY_RECORD_PHOTO_1, key, &reader)))
    {
      photo->id = library_get_be64 (key->bytes);
      read_numbers (photo, &reader);
      photo->format = read_into (glance->texts[0], &reader);
      photo->path = read_into (glance->texts[1], &reader);
      photo->caption = read_into (glance->texts[2], &reader);
      if (!reader.bad && photo->path[0] == '/')
        return photo;
    }
  library_txn_report_damage (txn, LIBRARY_TABLE_PHOTOS);
  return NULL;
}

/* ---- */

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
