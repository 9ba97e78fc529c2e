/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-batch.h"
#include "library-decoder.h"
#include "library-indexer.h"
#include "library-rate.h"
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
  GPtrArray *folders; /* of LibraryFolder: those of the job that are there */
  LibraryReconcile reconcile;
  LibraryBatch *batch;
  LibraryDecoder *decoder;
  GAsyncQueue *inbox;      /* of Message: from the scanner and the decoder's threads */
  GQueue waiting;          /* of LibraryFound: yet to be compared with the store */
  GQueue later;            /* of LibraryFound: to be compared when all others were */
  GQueue ready;            /* of LibraryDecodeJob: to be marked as begun and given to the decoder */
  GPtrArray *decoded;      /* of LibraryDecodeJob: to be encoded */
  GHashTable *failed;      /* paths that failed in this run */
  guint decoding;          /* jobs that the decoder has */
  gboolean scanning;       /* the scanner has not ended */
  gboolean last;           /* the files of `later` are being compared */
  gint64 written;          /* when the batch was last flushed */
  LibraryProgress pending; /* counts that become true with the next flush */
  /* files and the deaths of the process */
  GHashTable *struck; /* path to LibraryAttempt: files that were being read when the process died */
  GHashTable *begun;  /* path to LibraryAttempt: files being read now, as the store has them */
  GQueue suspects;    /* of LibraryFound: with a strike, to be done one by one at the end */
  gboolean alone;     /* that is under way */
  /* progress */
  guint64 found;       /* pictures */
  gint64 reported;     /* when */
  gint64 running;      /* microseconds that were not spent paused */
  LibraryRate indexed; /* photographs */
  LibraryRate settled; /* those and all else that is done with */
  /* the scanner's and the counter's */
  GThread *scanner, *counter;
  gint counted; /* pictures by name, -1: not yet */
  GMutex mutex;
  GCond cond;
  guint ahead;
  gboolean stopped;
} LibraryIndexer;

/* Where a file's decode job came from. */
typedef struct
{
  guint32 root;
  LibraryIdentity identity;      /* when it was found */
  LibraryPhotoRecord *replaced;  /* or NULL */
  LibraryProblemRecord *problem; /* known before, or NULL */
} LibraryOrigin;

void library_origin_free (LibraryOrigin *origin);
void library_indexer_free_job (LibraryDecodeJob *job);

/* Records and reports that a file cannot be read; takes over `before` (what was known against it) if any. */
void library_indexer_fail (LibraryIndexer *self, const char *path, const LibraryIdentity *identity, const char *reason, const char *detail, LibraryProblemRecord *before);

/* Turns a verdict that needs no decoding into counts and pending writes. */
void library_indexer_apply (LibraryIndexer *self, LibraryVerdict *verdict);

void library_indexer_mark_seen (LibraryIndexer *self, LibraryPhotoId id);

/* ---- decoding ---- */

/* What becomes of a file whose content must be looked at: it is made ready, kept for the end (then `found` is taken over and
 * that is TRUE), or has failed too often. */
gboolean library_indexer_decode (LibraryIndexer *self, LibraryFound *found, LibraryVerdict *verdict);

/* Marks as many as there is room for as begun, in the batch; they are to be started when that is written. */
void library_indexer_begin_ready (LibraryIndexer *self, GPtrArray *begun);
void library_indexer_start (LibraryIndexer *self, GPtrArray *begun);
/* The same with a transaction of its own, if the decoder would run dry otherwise. */
gboolean library_indexer_feed (LibraryIndexer *self, GError **error);

/* Reading a file came to an end, whatever came of it; written with the batch. */
void library_indexer_end_attempt (LibraryIndexer *self, const char *path);
/* The run ends in good order: nothing is held against what it leaves undone. */
void library_indexer_end_attempts (LibraryIndexer *self);

/* ---- */

/* Decides and encodes what was decoded, writes everything that is pending.  Decoded pictures are gone afterwards, whether
 * that succeeds or not. */
gboolean library_indexer_flush (LibraryIndexer *self, GError **error);

/* Writes everything that is pending and starts what was begun (element-type LibraryDecodeJob). */
gboolean library_indexer_write (LibraryIndexer *self, GPtrArray *begun, GError **error);

/* Finds photographs whose files are gone, and problems that are. */
gboolean library_indexer_remove_gone (LibraryIndexer *self, GError **error);

void library_indexer_report (LibraryIndexer *self, gboolean changed);
/* The last report: rates over the whole run. */
void library_indexer_report_end (LibraryIndexer *self);

G_END_DECLS
