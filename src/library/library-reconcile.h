/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-id-set.h"
#include "library-photo.h"
#include "library-problem.h"
#include "library-space.h"

G_BEGIN_DECLS

/* What is to be done about a file that was found. */
typedef enum
{
  LIBRARY_VERDICT_UNCHANGED, /* nothing */
  LIBRARY_VERDICT_TOUCH,     /* the same content in the same place: write the record */
  LIBRARY_VERDICT_MOVE,      /* a known photograph in a new place: write the record */
  LIBRARY_VERDICT_COPY,      /* the content of another photograph, which stays where it is: write the record, copy the embedding */
  LIBRARY_VERDICT_DECODE,    /* the content must be looked at; then ask library_reconcile_content() */
  LIBRARY_VERDICT_ENCODE,    /* the content is new: write the record and a new embedding */
  LIBRARY_VERDICT_LATER,     /* ask again with `last` when all other files were seen */
  LIBRARY_VERDICT_FAILED,    /* it could not be read before and is the same still */
} LibraryVerdictKind;

typedef struct
{
  LibraryVerdictKind kind;
  LibraryPhotoRecord *photo;     /* to be written, id 0: a new one.  For DECODE the photograph that the file replaces, or NULL */
  LibraryPhotoId copy_from;      /* for COPY */
  guint change;                  /* LibraryChange */
  LibraryProblemRecord *problem; /* what is known against this path, or NULL */
} LibraryVerdict;

void library_verdict_clear (LibraryVerdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LibraryVerdict, library_verdict_clear)

/* What a run knows. */
typedef struct
{
  LibrarySpace space;
  LibraryIdSet *seen;  /* photographs whose file was found in this run */
  GHashTable *offline; /* roots (GUINT_TO_POINTER) that are not there now: what lies in them is not gone */
  gboolean retry;      /* try what failed before */
} LibraryReconcile;

/* `path` was found as `identity` below `root`.  Costs look-ups and, for files that may have been moved, a stat. */
void library_reconcile_file (LibraryTxn *txn, const LibraryReconcile *run, const char *path, guint32 root, const LibraryIdentity *identity, gboolean last, LibraryVerdict *verdict);

/* The same with its content hash known; `replaced` is the photo of the DECODE verdict.  Gives TOUCH, MOVE, COPY or ENCODE; the
 * record of the latter two lacks what only the decoder knows. */
void library_reconcile_content (LibraryTxn *txn, const LibraryReconcile *run, const char *path, guint32 root, const LibraryIdentity *identity, const guint64 hash[2], const LibraryPhotoRecord *replaced, LibraryVerdict *verdict);

/* TRUE if the file of a photograph that was not found in this run is not there any more: removed, or replaced by another. */
gboolean library_reconcile_is_gone (const LibraryReconcile *run, const LibraryPhotoRecord *photo);

G_END_DECLS
