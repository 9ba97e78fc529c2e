/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-space.h"

G_BEGIN_DECLS

/* Up to LIBRARY_SHARD_ROWS embeddings in one piece. */
typedef struct
{
  guint count;
  guint64 ids[LIBRARY_SHARD_ROWS]; /* 0: a tombstone */
  const guint16 *rows;             /* in the store, of any alignment; NULL if they are damaged */
} LibraryShard;

/* FALSE if the shard is missing or not even its ids are sound. */
gboolean library_shard_get (LibraryTxn *txn, const LibrarySpace *space, guint32 number, LibraryShard *shard);

/* FALSE if its ids cannot be read. */
gboolean library_shard_is_sound (LibraryTxn *txn, const LibrarySpace *space, guint32 number);

/* How many rows it has, and how many of them belong to a photograph; FALSE if its ids cannot be read. */
gboolean library_shard_count (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint *rows, guint *live);

/* Bytes that it takes. */
guint64 library_shard_get_bytes (LibraryTxn *txn, const LibrarySpace *space, guint32 number);

/* Gives the shard these rows and no others; or other ids. */
void library_shard_write (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const guint64 *ids, const guint16 *halves, guint count);
void library_shard_write_ids (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const LibraryShard *shard);

/* Takes the shard out of the store. */
void library_shard_delete (LibraryTxn *txn, const LibrarySpace *space, guint32 number);

/* Leaves the shard without rows. */
void library_shard_clear (LibraryTxn *txn, const LibrarySpace *space, guint32 number);

/* Appends as many of `count` rows as the last shard takes, or begins a new one.  Returns how many, and where they went; 0 if
 * the transaction has failed. */
guint library_shard_append (LibraryTxn *txn, LibrarySpace *space, const guint64 *ids, const guint16 *halves, guint count, guint32 *number, guint32 *row);

/* Makes the row of `photo` a tombstone; FALSE if it has another row.  A shard whose last row goes is emptied at once. */
gboolean library_shard_hide (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint32 row, guint64 photo);

/* Gives a tombstone back to `photo`; FALSE if it is none or does not hold these halves: rows are moved when tombstones become
 * many, and nobody looks after those of hidden photographs then. */
gboolean library_shard_show (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint32 row, guint64 photo, const guint16 *halves);

G_END_DECLS
