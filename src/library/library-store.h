/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-format.h"
#include "library-types.h"

G_BEGIN_DECLS

/**
 * LibraryStore:
 *
 * One LMDB environment: tables of values in a directory.  Any number of threads read at the same time, each the state of
 * the moment when it began; writing goes one transaction at a time.  Never to be used after fork().  One process at a
 * time has it open: its owner, which answers for the others.  Opening the same directory again in this process gives
 * the same store.
 */
typedef struct _LibraryStore LibraryStore;

/* A transaction; good on one thread. */
typedef struct _LibraryTxn LibraryTxn;

/* NULL: the user's, $XDG_DATA_HOME/eidetic/library.  (transfer full) */
char *library_store_resolve_directory (const char *directory);

/* Makes the directory (mode 0700) and the environment if there are none.  After an end without closing it is looked through
 * first; a damaged one is moved aside, never deleted, and made anew from what can be read.  map_size: how many bytes to begin
 * with, 0 for the usual; it grows by itself.  Errors: LIBRARY_ERROR_BUSY if another process has it open, LIBRARY_ERROR_STORE,
 * LIBRARY_ERROR_STORAGE_FULL. */
LibraryStore *library_store_open (const char *directory, gsize map_size, GError **error);
LibraryStore *library_store_ref (LibraryStore *store);
void library_store_unref (LibraryStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryStore, library_store_unref)

const char *library_store_get_directory (LibraryStore *store);

/* A sentence for people about damage that was found and mended when the store was opened; NULL if there was none. */
const char *library_store_get_notice (LibraryStore *store);

/* How often the map was enlarged, and how many damaged values were met, since opening. */
guint library_store_get_growths (LibraryStore *store);
guint library_store_get_damaged (LibraryStore *store);

/* Waits for the caller's turn to index: one run at a time.  Errors: G_IO_ERROR_CANCELLED. */
gboolean library_store_lock_writer (LibraryStore *store, GCancellable *cancellable, GError **error);
void library_store_unlock_writer (LibraryStore *store);

/* Writes the file anew without its free space if that is over a fifth of it: LMDB itself never gives space back.  Readers go
 * on meanwhile.  For whoever has the writer's turn, after a run; without effect if it cannot be done now.
 * Errors: LIBRARY_ERROR_STORE if the store could not be opened again. */
gboolean library_store_shrink (LibraryStore *store, GError **error);

/* Gives the memory back that the pages of the file take which were read so far; they come again when they are needed.  For
 * whoever goes through much of it: the file of a large library is larger than what a desktop should see in use. */
void library_store_release_pages (LibraryStore *store);

/* ---- reading ---- */

/* Hold it for less than a second and copy what you need: a long reader keeps the file growing.  Not within a write
 * function.  Errors: LIBRARY_ERROR_STORE. */
LibraryTxn *library_txn_begin (LibraryStore *store, GError **error);
void library_txn_end (LibraryTxn *txn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryTxn, library_txn_end)

LibraryStore *library_txn_get_store (LibraryTxn *txn);

/* The value under a key (the first of several), in place: valid until the transaction ends or writes.  FALSE if there is
 * none.  A failure of the store also gives FALSE and stays with the transaction: library_txn_check() tells. */
gboolean library_txn_get (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, const guint8 **value, gsize *length);

/* The record under a key, its envelope checked.  A damaged one is counted, reported once and taken as missing. */
gboolean library_txn_get_record (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, LibraryRecordKind kind, LibraryReader *reader);

/* The ids under a key of a table with duplicates, ascending, at most `most`.  (element-type guint64) (transfer full) */
GArray *library_txn_get_ids (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, guint most);

/* FALSE with the error if anything failed in this transaction. */
gboolean library_txn_check (LibraryTxn *txn, GError **error);

/* The state that is read: rises with every write that was committed. */
guint64 library_txn_get_generation (LibraryTxn *txn);

/* Number of entries. */
guint64 library_txn_count (LibraryTxn *txn, LibraryTable table);

/* The last key of a table; FALSE if it is empty. */
gboolean library_txn_get_last (LibraryTxn *txn, LibraryTable table, LibraryKey *key);

/* Says that a value is damaged: counted, and reported once a store. */
void library_txn_report_damage (LibraryTxn *txn, LibraryTable table);

/* Called for each entry; FALSE ends the walk. */
typedef gboolean (*LibraryWalkFunc) (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data);

/* Walks a table in key order from `from` on (NULL: the start), as long as keys begin with its first `prefix` bytes.  Keys
 * longer than LIBRARY_MAX_KEY_BYTES are passed over.  The function must not write to the table. */
void library_txn_walk (LibraryTxn *txn, LibraryTable table, const LibraryKey *from, gsize prefix, LibraryWalkFunc func, gpointer data);

/* ---- writing ---- */

/* Does its writing in `txn`.  Runs again from the start when the map had to grow, so it must not keep state over that.
 * FALSE with an error gives everything up. */
typedef gboolean (*LibraryWriteFunc) (LibraryTxn *txn, gpointer data, GError **error);

/* All of it is on the disk, or nothing.  Errors: those of func; LIBRARY_ERROR_STORAGE_FULL, LIBRARY_ERROR_STORE. */
gboolean library_store_write (LibraryStore *store, LibraryWriteFunc func, gpointer data, GError **error);

void library_txn_put (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, gconstpointer value, gsize length);
/* Seals the record and puts it. */
void library_txn_put_record (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, GByteArray *record);
/* Room for a value of that length, to be filled before anything else is written; NULL on failure. */
guint8 *library_txn_reserve (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, gsize length);
void library_txn_delete (LibraryTxn *txn, LibraryTable table, const LibraryKey *key);
void library_txn_add_id (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, guint64 id);
void library_txn_remove_id (LibraryTxn *txn, LibraryTable table, const LibraryKey *key, guint64 id);

/* ---- small settings ---- */

guint64 library_txn_get_number (LibraryTxn *txn, const char *name);
/* (transfer full) (nullable) */
char *library_txn_get_text (LibraryTxn *txn, const char *name);
void library_txn_set_meta (LibraryTxn *txn, const char *name, guint64 number, const char *text);
/* The next number of a series: 1, 2, 3 … */
guint64 library_txn_next_number (LibraryTxn *txn, const char *name);

G_END_DECLS
