/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-batch.h"
#include "library-decoder.h"
#include "library-indexer.h"
#include "library-reconcile.h"
#include "library-scanner.h"

G_BEGIN_DECLS

/* How far the scanner may run ahead, in files. */
#define LIBRARY_INDEXER_AHEAD 1024u
/* Changes that need no encoding are written after so many. */
#define LIBRARY_INDEXER_CHANGES 1024u

typedef struct
{
  const LibraryIndexerJob *job;
  GCancellable *cancellable;
  LibraryProgress *progress;
  gint64 start;
  LibraryReconcile reconcile;
  LibraryBatch *batch;
  LibraryDecoder *decoder;
  GAsyncQueue *inbox;      /* of Message: from the scanner and the decoder's threads */
  GQueue waiting;          /* of LibraryFound: yet to be compared with the store */
  GQueue later;            /* of LibraryFound: to be compared when all others were */
  GPtrArray *decoded;      /* of LibraryDecodeJob: to be encoded */
  GHashTable *failed;      /* paths that failed in this run */
  guint decoding;          /* jobs that the decoder has */
  gboolean last;           /* the files of `later` are being compared */
  gint64 written;          /* when the batch was last flushed */
  LibraryProgress pending; /* counts that become true with the next flush */
  /* the scanner's */
  GThread *scanner;
  GMutex mutex;
  GCond cond;
  guint ahead;
  gboolean stopped;
} LibraryIndexer;

/* Where a file's decode job came from. */
typedef struct
{
  guint32 root;
  LibraryPhotoRecord *replaced;  /* or NULL */
  LibraryProblemRecord *problem; /* known before, or NULL */
} LibraryOrigin;

void library_origin_free (LibraryOrigin *origin);

/* Records and reports that a file cannot be read; takes over `before` (what was known against it) if any. */
void library_indexer_fail (LibraryIndexer *self, const char *path, const LibraryIdentity *identity, const char *reason, const char *detail, LibraryProblemRecord *before);

/* Turns a verdict that needs no decoding into counts and pending writes. */
void library_indexer_apply (LibraryIndexer *self, LibraryVerdict *verdict);

/* Decides and encodes what was decoded, writes everything that is pending.  Decoded pictures are gone afterwards, whether
 * that succeeds or not. */
gboolean library_indexer_flush (LibraryIndexer *self, GError **error);

/* Finds photographs whose files are gone, and problems that are. */
gboolean library_indexer_remove_gone (LibraryIndexer *self, GError **error);

void library_indexer_report (LibraryIndexer *self, gboolean changed);

G_END_DECLS
