/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-store.h"

G_BEGIN_DECLS

/* How the embeddings of a space were made. */
typedef enum
{
  LIBRARY_CLASS_EXACT, /* exact precision, pictures decoded in full */
  LIBRARY_CLASS_FAST,  /* fast precision, large JPEGs decoded at a reduced size */
} LibraryClass;

/* The embeddings of one vector key: only these may be compared with each other. */
typedef struct
{
  guint32 id; /* 0: none in this library yet */
  guint8 key[LIBRARY_HASH_BYTES];
  guint32 dim;
  guint32 shards; /* numbers 0 … shards - 1 are in use */
  guint64 live;   /* rows that belong to a photograph */
} LibrarySpace;

/* The key of (model fingerprint, pipeline revision, class) and the dimension; id 0. */
void library_space_init (LibrarySpace *space, const char *fingerprint, LibraryClass class, guint dim);

/* Fills id, shards and live if the store has a space with that key; FALSE if not.  A stored space of another dimension is
 * taken for damaged. */
gboolean library_space_find (LibraryTxn *txn, LibrarySpace *space);
/* Finds or makes it. */
void library_space_ensure (LibraryTxn *txn, LibrarySpace *space);

/* The embedding of a photograph: FALSE if there is none.  out: dim floats, or NULL to ask only. */
gboolean library_space_get (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, float *out);

/* The same as it is stored: dim halves. */
gboolean library_space_get_halves (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, guint16 *out);

/* Stores embeddings, of photos[i] the halves at i * dim, each in a record of its own and all in the last shards; former rows
 * of these photographs become tombstones.  No photograph may be named twice.  `space` is brought up to date. */
void library_space_put_many (LibraryTxn *txn, LibrarySpace *space, const LibraryPhotoId *photos, const guint16 *halves, guint count);

/* Hides the photograph from searches, or shows it again, in every space of the library. */
void library_spaces_set_visible (LibraryTxn *txn, LibraryPhotoId photo, gboolean visible);

/* Drops the photograph's embeddings from every space: its content is another now. */
void library_spaces_forget (LibraryTxn *txn, LibraryPhotoId photo);

/* ---- all of them ---- */

typedef struct
{
  LibrarySpace space;
  guint64 bytes; /* that its embeddings take in the file, about */
} LibrarySpaceInfo;

/* (element-type LibrarySpaceInfo) (transfer full) */
GArray *library_spaces_list (LibraryTxn *txn);

/* Moves rows together where tombstones are many (over 1,024 and a quarter of the rows), in transactions of one shard each: a
 * reader sees each photograph once at any moment, and an interrupted one is gone on with the next time.  For whoever has the
 * writer's turn, after a run.  Errors: those of library_store_write(), G_IO_ERROR_CANCELLED. */
gboolean library_spaces_compact (LibraryStore *store, GCancellable *cancellable, GError **error);
/* The same for one space in any case. */
gboolean library_space_compact (LibraryStore *store, guint32 id, GCancellable *cancellable, GError **error);

/* Removes a space with all its embeddings, in transactions of bounded size; an interrupted one leaves a smaller space to be
 * removed again.  That there is none is no error.  Errors: as above. */
gboolean library_space_drop (LibraryStore *store, guint32 id, GCancellable *cancellable, GError **error);

/* ---- making anew ---- */

/* The space that a record describes, and the embedding that a record holds: as they were read elsewhere. */
gboolean library_space_from_value (const LibraryKey *key, const guint8 *value, gsize length, LibrarySpace *space);
gboolean library_space_vector_from_value (const LibraryKey *key, const guint8 *value, gsize length, guint32 *space, LibraryPhotoId *photo, guint *dim, const guint16 **halves);
/* Puts a space under its own id, without embeddings. */
void library_space_put_empty (LibraryTxn *txn, const LibrarySpace *space);

/* ---- damage ---- */

/* FALSE if a shard cannot be read, so that searches pass its photographs over. */
gboolean library_space_is_sound (LibraryTxn *txn, const LibrarySpace *space);
/* Empties the shards that cannot be read and drops the embeddings of their photographs, so that these are made anew by
 * whoever looks for photographs without one.  `space` is brought up to date. */
void library_space_mend (LibraryTxn *txn, LibrarySpace *space);

/* ---- scanning ---- */

/* Called for each shard: `count` rows, their photographs (0: a row without one) and the scores of each term, those of term
 * t from scores + t * LIBRARY_SHARD_ROWS on.  FALSE ends the scan. */
typedef gboolean (*LibraryScanFunc) (const guint64 *ids, const float *scores, guint count, gpointer data);

/* Multiplies all rows with `terms` vectors of dim floats.  A shard whose rows are damaged is made good for this scan from
 * the photographs' own records.  FALSE if func ended it. */
gboolean library_space_scan (LibraryTxn *txn, const LibrarySpace *space, const float *const *queries, guint terms, LibraryScanFunc func, gpointer data);

G_END_DECLS
