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

/* Leaves the shard without rows. */
void library_shard_clear (LibraryTxn *txn, const LibrarySpace *space, guint32 number);

/* Appends as many of `count` rows as the last shard takes, or begins a new one.  Returns how many, and where they went; 0 if
 * the transaction has failed. */
guint library_shard_append (LibraryTxn *txn, LibrarySpace *space, const guint64 *ids, const guint16 *halves, guint count, guint32 *number, guint32 *row);

/* Changes the id of a row from `before` to `after`; FALSE if it was not `before`. */
gboolean library_shard_set_id (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint32 row, guint64 before, guint64 after);

G_END_DECLS
