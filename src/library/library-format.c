/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-format.h"

#include <string.h>
#include <xxhash.h>

static const struct
{
  const char *name;
  gboolean duplicates;
} tables[LIBRARY_N_TABLES] = {
  [LIBRARY_TABLE_META] = { "meta", FALSE },
  [LIBRARY_TABLE_ROOTS] = { "roots", FALSE },
  [LIBRARY_TABLE_PHOTOS] = { "photos", FALSE },
  [LIBRARY_TABLE_BY_PATH] = { "by-path", TRUE },
  [LIBRARY_TABLE_BY_INODE] = { "by-inode", TRUE },
  [LIBRARY_TABLE_BY_HASH] = { "by-hash", TRUE },
  [LIBRARY_TABLE_PROBLEMS] = { "problems", FALSE },
  [LIBRARY_TABLE_MODELS] = { "models", FALSE },
  [LIBRARY_TABLE_USUAL] = { "usual", FALSE },
  [LIBRARY_TABLE_SPACES] = { "spaces", FALSE },
  [LIBRARY_TABLE_VECTORS] = { "vectors", FALSE },
  [LIBRARY_TABLE_SHARDS] = { "shards", FALSE },
  [LIBRARY_TABLE_ATTEMPTS] = { "attempts", FALSE },
};

const char *
library_table_name (LibraryTable table)
{
  g_assert (table < LIBRARY_N_TABLES);
  return tables[table].name;
}

gboolean
library_table_has_duplicates (LibraryTable table)
{
  g_assert (table < LIBRARY_N_TABLES);
  return tables[table].duplicates;
}

static void
key_add (LibraryKey *key, gconstpointer bytes, gsize length)
{
  g_assert (key->length + length <= sizeof key->bytes);
  memcpy (key->bytes + key->length, bytes, length);
  key->length += length;
}

static void
key_add_u32 (LibraryKey *key, guint32 value)
{
  value = GUINT32_TO_BE (value);
  key_add (key, &value, sizeof value);
}

static void
key_add_u64 (LibraryKey *key, guint64 value)
{
  value = GUINT64_TO_BE (value);
  key_add (key, &value, sizeof value);
}

LibraryKey
library_key_u32 (guint32 value)
{
  LibraryKey key = { 0 };

  key_add_u32 (&key, value);
  return key;
}

LibraryKey
library_key_u64 (guint64 value)
{
  LibraryKey key = { 0 };

  key_add_u64 (&key, value);
  return key;
}

LibraryKey
library_key_pair (guint64 first, guint64 second)
{
  LibraryKey key = { 0 };

  key_add_u64 (&key, first);
  key_add_u64 (&key, second);
  return key;
}

LibraryKey
library_key_hash (const guint64 hash[2])
{
  return library_key_pair (hash[0], hash[1]);
}

LibraryKey
library_key_path (const char *path)
{
  XXH128_hash_t hash = XXH3_128bits (path, strlen (path));

  return library_key_pair (hash.high64, hash.low64);
}

LibraryKey
library_key_name (const char *name)
{
  LibraryKey key = { 0 };

  key_add (&key, name, strlen (name));
  return key;
}

LibraryKey
library_key_vector (guint32 space, guint64 photo)
{
  LibraryKey key = library_key_u32 (space);

  key_add_u64 (&key, photo);
  return key;
}

LibraryKey
library_key_shard (guint32 space, guint32 shard, guint8 part)
{
  LibraryKey key = library_key_u32 (space);

  key_add_u32 (&key, shard);
  key_add (&key, &part, 1);
  return key;
}

guint32
library_get_be32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_BE (value);
}

guint64
library_get_be64 (const guint8 *at)
{
  guint64 value;

  memcpy (&value, at, sizeof value);
  return GUINT64_FROM_BE (value);
}

GByteArray *
library_record_begin (LibraryRecordKind kind)
{
  GByteArray *record = g_byte_array_new ();

  library_put_u32 (record, kind);
  library_put_u32 (record, 0);
  return record;
}

void
library_put_u32 (GByteArray *record, guint32 value)
{
  value = GUINT32_TO_LE (value);
  library_put_raw (record, &value, sizeof value);
}

void
library_put_u64 (GByteArray *record, guint64 value)
{
  value = GUINT64_TO_LE (value);
  library_put_raw (record, &value, sizeof value);
}

void
library_put_raw (GByteArray *record, gconstpointer bytes, gsize length)
{
  g_assert (length <= G_MAXUINT - record->len);
  if (length > 0)
    g_byte_array_append (record, bytes, (guint) length);
}

void
library_put_text (GByteArray *record, const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  library_put_u32 (record, (guint32) length);
  library_put_raw (record, text, length);
}

static guint64
checksum (const guint8 *value, gsize length, const LibraryKey *key)
{
  return XXH3_64bits_withSeed (value, length, XXH3_64bits (key->bytes, key->length));
}

void
library_record_seal (GByteArray *record, const LibraryKey *key)
{
  guint32 content = GUINT32_TO_LE (record->len - LIBRARY_RECORD_HEAD);

  memcpy (record->data + 4, &content, sizeof content);
  library_put_u64 (record, checksum (record->data, record->len, key));
}

guint64
library_record_checksum (const guint8 *value, gsize length)
{
  guint64 stored;

  g_assert (length >= LIBRARY_RECORD_HEAD + LIBRARY_RECORD_TAIL);
  memcpy (&stored, value + length - LIBRARY_RECORD_TAIL, sizeof stored);
  return GUINT64_FROM_LE (stored);
}

gboolean
library_record_open_unchecked (const guint8 *value, gsize length, LibraryRecordKind kind, LibraryReader *reader)
{
  LibraryReader head = { value, length, FALSE };

  *reader = (LibraryReader){ 0 };
  if (length < LIBRARY_RECORD_HEAD + LIBRARY_RECORD_TAIL)
    return FALSE;
  if (library_read_u32 (&head) != (guint32) kind ||
      library_read_u32 (&head) != length - LIBRARY_RECORD_HEAD - LIBRARY_RECORD_TAIL)
    return FALSE;
  *reader = (LibraryReader){ head.at, head.left - LIBRARY_RECORD_TAIL, FALSE };
  return TRUE;
}

gboolean
library_record_open (const guint8 *value, gsize length, LibraryRecordKind kind, const LibraryKey *key, LibraryReader *reader)
{
  if (!library_record_open_unchecked (value, length, kind, reader))
    return FALSE;
  if (library_record_checksum (value, length) == checksum (value, length - LIBRARY_RECORD_TAIL, key))
    return TRUE;
  *reader = (LibraryReader){ 0 };
  return FALSE;
}

const guint8 *
library_read_raw (LibraryReader *reader, gsize length)
{
  const guint8 *at = reader->at;

  if (reader->bad || length > reader->left)
    {
      reader->bad = TRUE;
      return NULL;
    }
  reader->at += length;
  reader->left -= length;
  return at;
}

guint32
library_read_u32 (LibraryReader *reader)
{
  const guint8 *at = library_read_raw (reader, 4);
  guint32 value = 0;

  if (at != NULL)
    memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

guint64
library_read_u64 (LibraryReader *reader)
{
  const guint8 *at = library_read_raw (reader, 8);
  guint64 value = 0;

  if (at != NULL)
    memcpy (&value, at, sizeof value);
  return GUINT64_FROM_LE (value);
}

char *
library_read_text (LibraryReader *reader, gsize longest)
{
  guint32 length = library_read_u32 (reader);
  const guint8 *at = length <= longest ? library_read_raw (reader, length) : NULL;

  if (at == NULL || memchr (at, 0, length) != NULL)
    {
      reader->bad = TRUE;
      return NULL;
    }
  return g_strndup ((const char *) at, length);
}

gboolean
library_read_end (const LibraryReader *reader)
{
  return !reader->bad && reader->left == 0;
}
