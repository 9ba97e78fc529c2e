/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lmdb.h>
#include <sys/mman.h>
#include <unistd.h>

#include "library-store-private.h"

/* Addresses of values in the map: all between two of them is the map's too. */
typedef struct
{
  guintptr lowest, highest;
} Range;

static void
widen (Range *range, MDB_cursor *cursor, MDB_cursor_op where)
{
  MDB_val key, value;
  guintptr at;

  if (mdb_cursor_get (cursor, &key, &value, where) != 0)
    return;
  at = (guintptr) value.mv_data;
  range->lowest = range->lowest == 0 ? at : MIN (range->lowest, at);
  range->highest = MAX (range->highest, at + value.mv_size);
}

/* LMDB does not tell where its map is.  The first and the last entries of all tables span most of it. */
static Range
find_range (LibraryStore *self, MDB_txn *txn)
{
  Range range = { 0 };

  for (LibraryTable table = 0; table < LIBRARY_N_TABLES; table++)
    {
      MDB_cursor *cursor;

      if (mdb_cursor_open (txn, self->tables[table], &cursor) != 0)
        continue;
      widen (&range, cursor, MDB_FIRST);
      widen (&range, cursor, MDB_LAST);
      mdb_cursor_close (cursor);
    }
  return range;
}

void
library_store_release_pages (LibraryStore *self)
{
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE);
  MDB_txn *txn;

  g_return_if_fail (self != NULL);

  g_rw_lock_reader_lock (&self->lock);
  if (self->env != NULL && mdb_txn_begin (self->env, NULL, MDB_RDONLY, &txn) == 0)
    {
      Range range = find_range (self, txn);
      guintptr from = range.lowest / page * page;

      /* The map is shared and only read: what goes is this process's view of the pages, which comes back by itself. */
      if (range.highest > from)
        madvise ((gpointer) from, range.highest - from, MADV_DONTNEED);
      mdb_txn_abort (txn);
    }
  g_rw_lock_reader_unlock (&self->lock);
}
