/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-shard.h"

#include <string.h>

#include "library-store-private.h"

#define PART_IDS 0
#define PART_ROWS 1

static gboolean
get_ids (LibraryTxn *txn, const LibrarySpace *space, guint32 number, LibraryShard *shard)
{
  LibraryKey key = library_key_shard (space->id, number, PART_IDS);
  LibraryReader reader;

  if (!library_txn_get_record (txn, LIBRARY_TABLE_SHARDS, &key, LIBRARY_RECORD_IDS, &reader))
    return FALSE;
  shard->count = library_read_u32 (&reader);
  if (shard->count > LIBRARY_SHARD_ROWS)
    return FALSE;
  for (guint i = 0; i < shard->count; i++)
    shard->ids[i] = library_read_u64 (&reader);
  return library_read_end (&reader);
}

void
library_shard_write_ids (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const LibraryShard *shard)
{
  LibraryKey key = library_key_shard (space->id, number, PART_IDS);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_IDS);

  library_put_u32 (record, shard->count);
  for (guint i = 0; i < shard->count; i++)
    library_put_u64 (record, shard->ids[i]);
  library_txn_put_record (txn, LIBRARY_TABLE_SHARDS, &key, record);
}

/* The rows if they are sound and as many as there are ids. */
static const guint16 *
get_rows (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint count)
{
  LibraryKey key = library_key_shard (space->id, number, PART_ROWS);
  LibraryStore *store = library_txn_get_store (txn);
  guint64 place = ((guint64) space->id << 32) | number;
  LibraryReader reader;
  const guint8 *value;
  const guint8 *rows = NULL;
  gsize length;

  if (library_txn_get (txn, LIBRARY_TABLE_SHARDS, &key, &value, &length) &&
      library_record_open_unchecked (value, length, LIBRARY_RECORD_ROWS, &reader))
    {
      guint64 checksum = library_record_checksum (value, length);

      if (library_store_is_verified (store, place, checksum))
        rows = value;
      else if (library_record_open (value, length, LIBRARY_RECORD_ROWS, &key, &reader))
        {
          library_store_set_verified (store, place, checksum);
          rows = value;
        }
    }
  if (rows != NULL && library_read_u32 (&reader) == space->dim && library_read_u32 (&reader) == count && library_read_u64 (&reader) == 0)
    rows = library_read_raw (&reader, (gsize) count * space->dim * sizeof (guint16));
  else
    rows = NULL;
  if (rows == NULL || !library_read_end (&reader))
    {
      library_txn_report_damage (txn, LIBRARY_TABLE_SHARDS);
      return NULL;
    }
  return (const guint16 *) (gconstpointer) rows;
}

static void
put_rows (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const guint16 *before, guint n_before, const guint16 *added, guint n_added)
{
  LibraryKey key = library_key_shard (space->id, number, PART_ROWS);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_ROWS);
  gsize row = space->dim * sizeof (guint16);

  library_put_u32 (record, space->dim);
  library_put_u32 (record, n_before + n_added);
  library_put_u64 (record, 0);
  library_put_raw (record, before, n_before * row);
  library_put_raw (record, added, n_added * row);
  library_txn_put_record (txn, LIBRARY_TABLE_SHARDS, &key, record);
}

gboolean
library_shard_is_sound (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  return get_ids (txn, space, number, shard);
}

static guint
count_live (const LibraryShard *shard)
{
  guint live = 0;

  for (guint i = 0; i < shard->count; i++)
    live += shard->ids[i] != 0;
  return live;
}

gboolean
library_shard_count (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint *rows, guint *live)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  if (!get_ids (txn, space, number, shard))
    return FALSE;
  *rows = shard->count;
  *live = count_live (shard);
  return TRUE;
}

guint64
library_shard_get_bytes (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  guint64 bytes = 0;

  for (guint8 part = PART_IDS; part <= PART_ROWS; part++)
    {
      LibraryKey key = library_key_shard (space->id, number, part);
      const guint8 *value;
      gsize length;

      if (library_txn_get (txn, LIBRARY_TABLE_SHARDS, &key, &value, &length))
        bytes += length;
    }
  return bytes;
}

void
library_shard_write (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const guint64 *ids, const guint16 *halves, guint count)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  g_assert (count <= LIBRARY_SHARD_ROWS);
  shard->count = count;
  memcpy (shard->ids, ids, count * sizeof *ids);
  put_rows (txn, space, number, NULL, 0, halves, count);
  library_shard_write_ids (txn, space, number, shard);
}

void
library_shard_delete (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  for (guint8 part = PART_IDS; part <= PART_ROWS; part++)
    {
      LibraryKey key = library_key_shard (space->id, number, part);

      library_txn_delete (txn, LIBRARY_TABLE_SHARDS, &key);
    }
}

void
library_shard_clear (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  put_rows (txn, space, number, NULL, 0, NULL, 0);
  library_shard_write_ids (txn, space, number, shard);
}

gboolean
library_shard_get (LibraryTxn *txn, const LibrarySpace *space, guint32 number, LibraryShard *shard)
{
  if (!get_ids (txn, space, number, shard))
    return FALSE;
  shard->rows = get_rows (txn, space, number, shard->count);
  return TRUE;
}

guint
library_shard_append (LibraryTxn *txn, LibrarySpace *space, const guint64 *ids, const guint16 *halves, guint count, guint32 *number, guint32 *row)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);
  gboolean room = space->shards > 0 && library_shard_get (txn, space, space->shards - 1, shard) &&
                  shard->rows != NULL && shard->count < LIBRARY_SHARD_ROWS;
  guint n;

  if (!room)
    {
      /* Full, damaged, or there is none. */
      *shard = (LibraryShard){ 0 };
      space->shards++;
    }
  n = MIN (count, LIBRARY_SHARD_ROWS - shard->count);
  *number = space->shards - 1;
  *row = shard->count;
  put_rows (txn, space, *number, shard->rows, shard->count, halves, n);
  memcpy (shard->ids + shard->count, ids, n * sizeof *ids);
  shard->count += n;
  library_shard_write_ids (txn, space, *number, shard);
  return library_txn_check (txn, NULL) ? n : 0;
}

gboolean
library_shard_hide (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint32 row, guint64 photo)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  if (!get_ids (txn, space, number, shard) || row >= shard->count || shard->ids[row] != photo)
    return FALSE;
  shard->ids[row] = 0;
  if (count_live (shard) == 0)
    library_shard_clear (txn, space, number);
  else
    library_shard_write_ids (txn, space, number, shard);
  return TRUE;
}

gboolean
library_shard_show (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint32 row, guint64 photo, const guint16 *halves)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);
  gsize size = space->dim * sizeof *halves;

  if (number >= space->shards || !library_shard_get (txn, space, number, shard) || row >= shard->count || shard->ids[row] != 0 ||
      shard->rows == NULL || memcmp (shard->rows + (gsize) row * space->dim, halves, size) != 0)
    return FALSE;
  shard->ids[row] = photo;
  library_shard_write_ids (txn, space, number, shard);
  return TRUE;
}
