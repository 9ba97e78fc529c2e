/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-attempts.h"
#include "library-photo.h"
#include "library-problem.h"
#include "library-space.h"

G_BEGIN_DECLS

/* Changes that wait for the next transaction. */
typedef struct _LibraryBatch LibraryBatch;

typedef enum
{
  LIBRARY_CHANGE_CONTENT = 1 << 0, /* embeddings that it has are of other content */
  LIBRARY_CHANGE_RETURN = 1 << 1,  /* it was gone and is back */
  LIBRARY_CHANGE_GONE = 1 << 2,
} LibraryChange;

LibraryBatch *library_batch_new (LibraryStore *store, const LibrarySpace *space);
void library_batch_free (LibraryBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryBatch, library_batch_free)

/* Takes over the record (id 0: a new photograph) and, unless NULL, its embedding of dim halves; copy_from: a photograph whose
 * embedding it shares, or 0.  No photograph may be added twice before a flush. */
void library_batch_add_photo (LibraryBatch *batch, LibraryPhotoRecord *photo, LibraryChange change, guint16 *halves, LibraryPhotoId copy_from);
/* Takes over the record. */
void library_batch_add_problem (LibraryBatch *batch, LibraryProblemRecord *problem);
/* Forgets what is known against a path. */
void library_batch_drop_problem (LibraryBatch *batch, const char *path);

/* Says that decoding a file has begun, or that it came to an end.  Neither counts as pending: it goes along with whatever is
 * written next. */
void library_batch_put_attempt (LibraryBatch *batch, const LibraryAttempt *attempt);
void library_batch_drop_attempt (LibraryBatch *batch, const char *path);

guint library_batch_get_pending (LibraryBatch *batch);

/* Called for each photograph written, with its id. */
typedef void (*LibraryBatchFunc) (const LibraryPhotoRecord *photo, gpointer data);

/* Writes everything in one transaction and is empty afterwards; on failure all stays pending.
 * Errors: LIBRARY_ERROR_STORE, LIBRARY_ERROR_STORAGE_FULL. */
gboolean library_batch_flush (LibraryBatch *batch, LibraryBatchFunc written, gpointer data, GError **error);

G_END_DECLS
