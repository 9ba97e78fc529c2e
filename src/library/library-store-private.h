/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <lmdb.h>
#include "library-state.h"
#include "library-store.h"

G_BEGIN_DECLS

struct _LibraryStore
{
  guint references;
  char *directory;
  char *name;   /* "device:inode" of the directory */
  MDB_env *env; /* NULL: could not be opened again */
  MDB_dbi tables[LIBRARY_N_TABLES];
  GRWLock lock; /* every transaction has it for reading, a change of the map's size for writing */
  guint growths;
  guint writes; /* guarded by LMDB's lock of the writer */
  gint damaged;
  GMutex mutex; /* guards writing */
  GCond cond;
  gboolean writing;
  GHashTable *verified; /* checksums of large values by their place; guarded by mutex */
  int lock_fd;          /* makes this process the owner; -1: it is not */
  LibraryState state;
  char *notice; /* what was done about damage when opening, or NULL */
};

/* Sets the error an LMDB code means.  Always FALSE. */
gboolean library_store_set_error (LibraryStore *store, int code, GError **error);
/* Forgets readers of processes that died: they keep pages from being used again.  How many there were.  The
 * caller has store->lock, or a transaction. */
guint library_store_check_readers (LibraryStore *store);

/* Opens or opens again the environment in store->env, NULL after a failure; the tables are as they were.  LMDB's code. */
int library_store_open_env (LibraryStore *store, gsize map_size);
/* Closes it and opens it again with its tables.  The caller has store->lock for writing. */
int library_store_reopen_env (LibraryStore *store);
/* The same after LMDB gave its environment up, which it does when it could not write a head.  LMDB's code. */
int library_store_revive (LibraryStore *store);
void library_store_sync_folder (const char *folder);
/* The copy without free space, until it takes the place of data.mdb. */
#define LIBRARY_STORE_SMALLER "data.smaller"

/* A store that nobody else in this process knows of, with one reference.  Within library_store_open(). */
LibraryStore *library_store_open_apart (const char *directory, GError **error);
void library_store_close_apart (LibraryStore *store);

LibraryTxn *library_txn_begin_write (LibraryStore *store, GError **error);
/* Commits if `commit` and nothing failed, else gives up.  The code of the first failure. */
int library_txn_finish_write (LibraryTxn *txn, gboolean commit);
gboolean library_txn_open_table (LibraryTxn *txn, LibraryTable table);

/* Checksums of large values are computed once a process: whether the value at `place` had this checksum when it was last
 * verified, and that it has. */
gboolean library_store_is_verified (LibraryStore *store, guint64 place, guint64 checksum);
void library_store_set_verified (LibraryStore *store, guint64 place, guint64 checksum);

G_END_DECLS
