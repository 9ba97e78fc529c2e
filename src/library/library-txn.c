/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-txn.h"

#include <string.h>

struct _LibraryTxn
{
  LibraryStore *store;
  MDB_txn *txn;
  int code; /* of the first failure */
};

/* Fails like LMDB calls do; the first failure stays. */
static gboolean
ok (LibraryTxn *self, int code)
{
  if (code != 0 && self->code == 0)
    self->code = code;
  return code == 0;
}

static MDB_val
val (gconstpointer data, gsize length)
{
  return (MDB_val){ length, (void *) data };
}

static int
begin_lmdb (LibraryStore *store, guint flags, MDB_txn **txn)
{
  return store->env != NULL ? mdb_txn_begin (store->env, NULL, flags, txn) : MDB_PANIC;
}

static LibraryTxn *
begin (LibraryStore *store, guint flags, GError **error)
{
  LibraryTxn *self = g_new0 (LibraryTxn, 1);
  int code;

  self->store = store;
  g_rw_lock_reader_lock (&store->lock);
  code = begin_lmdb (store, flags, &self->txn);
  for (guint i = 0; i < 10 && (code == MDB_READERS_FULL || (code == MDB_PANIC && i == 0)); i++)
    {
      if (code == MDB_READERS_FULL)
        library_store_check_readers (store);
      g_rw_lock_reader_unlock (&store->lock);
      if (code == MDB_PANIC)
        library_store_revive (store);
      g_rw_lock_reader_lock (&store->lock);
      code = begin_lmdb (store, flags, &self->txn);
    }
  if (code == 0)
    return self;
  g_rw_lock_reader_unlock (&store->lock);
  g_free (self);
  library_store_set_error (store, code, error);
  return NULL;
}

LibraryTxn *
library_txn_begin (LibraryStore *store, GError **error)
{
  g_return_val_if_fail (store != NULL, NULL);
  return begin (store, MDB_RDONLY, error);
}

LibraryTxn *
library_txn_begin_write (LibraryStore *store, GError **error)
{
  return begin (store, 0, error);
}

void
library_txn_end (LibraryTxn *self)
{
  mdb_txn_abort (self->txn);
  g_rw_lock_reader_unlock (&self->store->lock);
  g_free (self);
}

int
library_txn_finish_write (LibraryTxn *self, gboolean commit)
{
  int code = self->code;

  if (code == 0 && commit)
    code = mdb_txn_commit (self->txn);
  else
    mdb_txn_abort (self->txn);
  g_rw_lock_reader_unlock (&self->store->lock);
  g_free (self);
  return code;
}

LibraryStore *
library_txn_get_store (LibraryTxn *self)
{
  return self->store;
}

gboolean
library_txn_open_table (LibraryTxn *self, LibraryTable table)
{
  guint flags = MDB_CREATE | (library_table_has_duplicates (table) ? MDB_DUPSORT | MDB_DUPFIXED : 0);

  return ok (self, mdb_dbi_open (self->txn, library_table_name (table), flags, &self->store->tables[table]));
}

gboolean
library_txn_check (LibraryTxn *self, GError **error)
{
  return self->code == 0 || library_store_set_error (self->store, self->code, error);
}

guint64
library_txn_get_generation (LibraryTxn *self)
{
  return mdb_txn_id (self->txn);
}

guint64
library_txn_count (LibraryTxn *self, LibraryTable table)
{
  MDB_stat status = { 0 };

  return ok (self, mdb_stat (self->txn, self->store->tables[table], &status)) ? status.ms_entries : 0;
}

gboolean
library_txn_get_last (LibraryTxn *self, LibraryTable table, LibraryKey *key)
{
  MDB_cursor *cursor;
  MDB_val k, v;
  int code;

  if (!ok (self, mdb_cursor_open (self->txn, self->store->tables[table], &cursor)))
    return FALSE;
  code = mdb_cursor_get (cursor, &k, &v, MDB_LAST);
  if (code == 0 && k.mv_size <= sizeof key->bytes)
    {
      memcpy (key->bytes, k.mv_data, k.mv_size);
      key->length = k.mv_size;
    }
  else if (code != MDB_NOTFOUND)
    ok (self, code);
  mdb_cursor_close (cursor);
  return code == 0 && k.mv_size <= sizeof key->bytes;
}

void
library_txn_report_damage (LibraryTxn *self, LibraryTable table)
{
  if (g_atomic_int_add (&self->store->damaged, 1) == 0)
    g_message ("The library in “%s” has damaged values (the first in table “%s”); they are passed over, and indexing again makes them anew",
               self->store->directory, library_table_name (table));
}

gboolean
library_txn_get (LibraryTxn *self, LibraryTable table, const LibraryKey *key, const guint8 **value, gsize *length)
{
  MDB_val k = val (key->bytes, key->length);
  MDB_val v;
  int code = mdb_get (self->txn, self->store->tables[table], &k, &v);

  if (code == MDB_NOTFOUND || !ok (self, code))
    return FALSE;
  *value = v.mv_data;
  *length = v.mv_size;
  return TRUE;
}

gboolean
library_txn_get_record (LibraryTxn *self, LibraryTable table, const LibraryKey *key, LibraryRecordKind kind, LibraryReader *reader)
{
  const guint8 *value;
  gsize length;

  if (!library_txn_get (self, table, key, &value, &length))
    return FALSE;
  if (library_record_open (value, length, kind, key, reader))
    return TRUE;
  library_txn_report_damage (self, table);
  return FALSE;
}

GArray *
library_txn_get_ids (LibraryTxn *self, LibraryTable table, const LibraryKey *key, guint most)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  MDB_cursor *cursor;
  MDB_val k = val (key->bytes, key->length);
  MDB_val v;
  int code;

  g_assert (library_table_has_duplicates (table));
  if (!ok (self, mdb_cursor_open (self->txn, self->store->tables[table], &cursor)))
    return ids;
  for (code = mdb_cursor_get (cursor, &k, &v, MDB_SET); code == 0 && ids->len < most; code = mdb_cursor_get (cursor, &k, &v, MDB_NEXT_DUP))
    if (v.mv_size == sizeof (guint64))
      {
        guint64 id = library_get_be64 (v.mv_data);

        g_array_append_val (ids, id);
      }
  if (code != MDB_NOTFOUND)
    ok (self, code);
  mdb_cursor_close (cursor);
  return ids;
}

void
library_txn_walk (LibraryTxn *self, LibraryTable table, const LibraryKey *from, gsize prefix, LibraryWalkFunc func, gpointer data)
{
  MDB_cursor *cursor;
  MDB_val k = from != NULL ? val (from->bytes, from->length) : val (NULL, 0);
  MDB_val v;
  int code;

  g_assert (from == NULL ? prefix == 0 : prefix <= from->length);
  if (!ok (self, mdb_cursor_open (self->txn, self->store->tables[table], &cursor)))
    return;
  for (code = mdb_cursor_get (cursor, &k, &v, from != NULL ? MDB_SET_RANGE : MDB_FIRST); code == 0; code = mdb_cursor_get (cursor, &k, &v, MDB_NEXT))
    {
      LibraryKey key;

      if (k.mv_size < prefix || (prefix > 0 && memcmp (k.mv_data, from->bytes, prefix) != 0))
        break;
      if (k.mv_size > sizeof key.bytes)
        continue;
      memcpy (key.bytes, k.mv_data, k.mv_size);
      key.length = k.mv_size;
      if (!func (self, &key, v.mv_data, v.mv_size, data))
        break;
    }
  if (code != MDB_NOTFOUND)
    ok (self, code);
  mdb_cursor_close (cursor);
}

void
library_txn_put (LibraryTxn *self, LibraryTable table, const LibraryKey *key, gconstpointer value, gsize length)
{
  MDB_val k = val (key->bytes, key->length);
  MDB_val v = val (value, length);

  if (self->code == 0)
    ok (self, mdb_put (self->txn, self->store->tables[table], &k, &v, 0));
}

void
library_txn_put_record (LibraryTxn *self, LibraryTable table, const LibraryKey *key, GByteArray *record)
{
  library_record_seal (record, key);
  library_txn_put (self, table, key, record->data, record->len);
}

guint8 *
library_txn_reserve (LibraryTxn *self, LibraryTable table, const LibraryKey *key, gsize length)
{
  MDB_val k = val (key->bytes, key->length);
  MDB_val v = val (NULL, length);

  if (self->code == 0 && ok (self, mdb_put (self->txn, self->store->tables[table], &k, &v, MDB_RESERVE)))
    return v.mv_data;
  return NULL;
}

static void delete (LibraryTxn *self, LibraryTable table, const LibraryKey *key, MDB_val *value)
{
  MDB_val k = val (key->bytes, key->length);
  int code;

  if (self->code != 0)
    return;
  code = mdb_del (self->txn, self->store->tables[table], &k, value);
  if (code != MDB_NOTFOUND)
    ok (self, code);
}

void
library_txn_delete (LibraryTxn *self, LibraryTable table, const LibraryKey *key)
{
  delete (self, table, key, NULL);
}

void
library_txn_add_id (LibraryTxn *self, LibraryTable table, const LibraryKey *key, guint64 id)
{
  guint64 value = GUINT64_TO_BE (id);

  g_assert (library_table_has_duplicates (table));
  library_txn_put (self, table, key, &value, sizeof value);
}

void
library_txn_remove_id (LibraryTxn *self, LibraryTable table, const LibraryKey *key, guint64 id)
{
  guint64 value = GUINT64_TO_BE (id);
  MDB_val v = val (&value, sizeof value);

  g_assert (library_table_has_duplicates (table));
  delete (self, table, key, &v);
}

/* ---- small settings ---- */

static gboolean
get_meta (LibraryTxn *self, const char *name, guint64 *number, char **text)
{
  LibraryKey key = library_key_name (name);
  LibraryReader reader;

  *number = 0;
  *text = NULL;
  if (!library_txn_get_record (self, LIBRARY_TABLE_META, &key, LIBRARY_RECORD_META, &reader))
    return FALSE;
  *number = library_read_u64 (&reader);
  *text = library_read_text (&reader, LIBRARY_MAX_PATH_BYTES);
  return library_read_end (&reader);
}

guint64
library_txn_get_number (LibraryTxn *self, const char *name)
{
  g_autofree char *text = NULL;
  guint64 number;

  return get_meta (self, name, &number, &text) ? number : 0;
}

char *
library_txn_get_text (LibraryTxn *self, const char *name)
{
  g_autofree char *text = NULL;
  guint64 number;

  return get_meta (self, name, &number, &text) && *text != '\0' ? g_steal_pointer (&text) : NULL;
}

void
library_txn_set_meta (LibraryTxn *self, const char *name, guint64 number, const char *text)
{
  LibraryKey key = library_key_name (name);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_META);

  library_put_u64 (record, number);
  library_put_text (record, text);
  library_txn_put_record (self, LIBRARY_TABLE_META, &key, record);
}

guint64
library_txn_next_number (LibraryTxn *self, const char *name)
{
  guint64 number = library_txn_get_number (self, name) + 1;

  library_txn_set_meta (self, name, number, NULL);
  return number;
}
