/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image.h"
#include "library-pace.h"
#include "library-problem.h"
#include "library-space.h"
#include "library-thumbnails.h"

G_BEGIN_DECLS

/* What turns pictures into embeddings, as the indexer sees it. */
typedef struct
{
  const char *fingerprint; /* of the model */
  LibraryClass class;
  guint dim;
  guint batch; /* pictures that are best done together */
  ImageTensorSpec tensor;
  /* `n` pictures of side x side x 3 bytes to n x dim floats, unit vectors.  Blocks. */
  gboolean (*embed) (const guint8 *pixels, gsize n, float *out, gpointer data, GCancellable *cancellable, GError **error);
  gpointer data;
} LibraryEncoder;

/* One run.  All calls come on the thread that runs it. */
typedef struct
{
  LibraryStore *store;
  GPtrArray *folders; /* of LibraryFolder */
  const LibraryEncoder *encoder;
  const char *const *skip; /* folders never to be entered, or NULL */
  gboolean retry;          /* try files again that failed before */
  void (*progress) (const LibraryProgress *progress, gboolean changed, gpointer data);
  void (*problem) (const LibraryProblemRecord *problem, gpointer data);
  gpointer data;
  LibraryPace *pace;             /* or NULL: as fast as can be */
  LibraryThumbnails *thumbnails; /* where thumbnails of what is indexed go, or NULL: none are made */
} LibraryIndexerJob;

/**
 * library_indexer_run:
 * @progress: where the counts end up, on failure too
 *
 * scan -> compare with the store -> decode in workers -> encode in batches -> one transaction a batch.  The caller holds the
 * writer lock.  What was committed before an error or a cancellation stays.  A file that was being read when the whole process
 * died is done alone at the end of the next run; should that die as well, it counts as failed, "decoder-crashed", until it
 * changes.
 *
 * Errors: LIBRARY_ERROR; G_IO_ERROR_CANCELLED; IMAGE_ERROR_WORKER if no picture can be decoded at all; whatever the encoder
 * says if it fails for every picture.
 */
gboolean library_indexer_run (const LibraryIndexerJob *job, LibraryProgress *progress, GCancellable *cancellable, GError **error);

G_END_DECLS
