/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-attempts.h"

LibraryAttempt *
library_attempt_copy (const LibraryAttempt *attempt)
{
  LibraryAttempt *copy = g_memdup2 (attempt, sizeof *attempt);

  copy->path = g_strdup (attempt->path);
  return copy;
}

void
library_attempt_free (LibraryAttempt *attempt)
{
  g_free (attempt->path);
  g_free (attempt);
}

void
library_attempt_put (LibraryTxn *txn, const LibraryAttempt *attempt)
{
  LibraryKey key = library_key_path (attempt->path);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_ATTEMPT);

  library_put_u64 (record, attempt->identity.device);
  library_put_u64 (record, attempt->identity.inode);
  library_put_u64 (record, (guint64) attempt->identity.size);
  library_put_u64 (record, (guint64) attempt->identity.mtime);
  library_put_u32 (record, attempt->strikes);
  library_put_u32 (record, attempt->begun);
  library_put_text (record, attempt->path);
  library_txn_put_record (txn, LIBRARY_TABLE_ATTEMPTS, &key, record);
}

void
library_attempt_delete (LibraryTxn *txn, const char *path)
{
  LibraryKey key = library_key_path (path);

  library_txn_delete (txn, LIBRARY_TABLE_ATTEMPTS, &key);
}

static LibraryAttempt *
decode (LibraryReader *reader)
{
  g_autoptr (LibraryAttempt) attempt = g_new0 (LibraryAttempt, 1);

  attempt->identity.device = library_read_u64 (reader);
  attempt->identity.inode = library_read_u64 (reader);
  attempt->identity.size = (gint64) library_read_u64 (reader);
  attempt->identity.mtime = (gint64) library_read_u64 (reader);
  attempt->strikes = library_read_u32 (reader);
  attempt->begun = library_read_u32 (reader) != 0;
  attempt->path = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  if (!library_read_end (reader) || attempt->path[0] != '/')
    return NULL;
  return g_steal_pointer (&attempt);
}

static gboolean
collect (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  LibraryAttempt *attempt = NULL;
  LibraryReader reader;

  if (library_record_open (value, length, LIBRARY_RECORD_ATTEMPT, key, &reader))
    attempt = decode (&reader);
  if (attempt != NULL)
    g_ptr_array_add (data, attempt);
  else
    library_txn_report_damage (txn, LIBRARY_TABLE_ATTEMPTS);
  return TRUE;
}

/* Records that cannot be read go as well. */
static gboolean
rewrite (LibraryTxn *txn, gpointer data, GError **error)
{
  GHashTable *attempts = data;
  GHashTableIter iter;
  gpointer attempt;
  LibraryKey key;

  while (library_txn_get_last (txn, LIBRARY_TABLE_ATTEMPTS, &key))
    {
      library_txn_delete (txn, LIBRARY_TABLE_ATTEMPTS, &key);
      if (!library_txn_check (txn, error))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, attempts);
  while (g_hash_table_iter_next (&iter, NULL, &attempt))
    library_attempt_put (txn, attempt);
  return TRUE;
}

/* Counts the strikes and keeps what still is as it was. */
static GHashTable *
count_strikes (GPtrArray *all)
{
  GHashTable *attempts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) library_attempt_free);

  for (guint i = 0; i < all->len; i++)
    {
      LibraryAttempt *attempt = g_ptr_array_index (all, i);
      LibraryIdentity now;

      attempt->strikes += attempt->begun;
      attempt->begun = FALSE;
      if (library_file_identify (attempt->path, &now) && library_identity_equal_in_place (&now, &attempt->identity))
        {
          LibraryAttempt *copy = library_attempt_copy (attempt);

          g_hash_table_replace (attempts, copy->path, copy);
        }
    }
  return attempts;
}

GHashTable *
library_attempts_take_over (LibraryStore *store, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) library_attempt_free);
  g_autoptr (GHashTable) attempts = NULL;
  guint64 count;

  if (txn == NULL)
    return NULL;
  count = library_txn_count (txn, LIBRARY_TABLE_ATTEMPTS);
  library_txn_walk (txn, LIBRARY_TABLE_ATTEMPTS, NULL, 0, collect, all);
  if (!library_txn_check (txn, error))
    return NULL;
  g_clear_pointer (&txn, library_txn_end);
  attempts = count_strikes (all);
  if (count > 0 && !library_store_write (store, rewrite, attempts, error))
    return NULL;
  return g_steal_pointer (&attempts);
}
