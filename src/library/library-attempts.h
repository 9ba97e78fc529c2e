/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-file.h"
#include "library-store.h"

G_BEGIN_DECLS

/* A file with so many strikes is not tried again. */
#define LIBRARY_ATTEMPT_STRIKES 2u

/* A file that was being read when something is or was written about it.  A strike: the whole process ended meanwhile, by this
 * file or not. */
typedef struct
{
  LibraryIdentity identity;
  guint32 strikes;
  gboolean begun; /* it is being read now */
  char *path;
} LibraryAttempt;

LibraryAttempt *library_attempt_copy (const LibraryAttempt *attempt);
void library_attempt_free (LibraryAttempt *attempt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryAttempt, library_attempt_free)

void library_attempt_put (LibraryTxn *txn, const LibraryAttempt *attempt);
void library_attempt_delete (LibraryTxn *txn, const char *path);

/* To be called by whoever has the writer lock, before anything is begun: what is marked as begun was left so by a process that
 * died, which is one strike more.  Files that have changed since are forgotten.  Path to LibraryAttempt, those with strikes.
 * (transfer full)  Errors: those of the store. */
GHashTable *library_attempts_take_over (LibraryStore *store, GError **error);

G_END_DECLS
