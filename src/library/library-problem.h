/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-file.h"
#include "library-store.h"

G_BEGIN_DECLS

/* A file that could not be read, as the store has it.  Two paths with one XXH3-128 share a place: the later one
 * stays, and the other is merely tried again. */
typedef struct
{
  LibraryIdentity identity;
  guint32 attempts;
  char *reason, *detail, *path;
} LibraryProblemRecord;

void library_problem_record_free (LibraryProblemRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryProblemRecord, library_problem_record_free)

LibraryProblem *library_problem_from_record (const LibraryProblemRecord *record);

/* NULL if nothing is known against this path. */
LibraryProblemRecord *library_problem_get (LibraryTxn *txn, const char *path);
void library_problem_put (LibraryTxn *txn, const LibraryProblemRecord *record);
void library_problem_delete (LibraryTxn *txn, const char *path);
/* (element-type LibraryProblemRecord) (transfer full) */
GPtrArray *library_problem_list (LibraryTxn *txn);

G_END_DECLS
