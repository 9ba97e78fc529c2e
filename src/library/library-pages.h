/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-format.h"

G_BEGIN_DECLS

/*
 * A look at every page of a store's file without LMDB.  LMDB maps its file and trusts what it finds, so that damage ends the
 * program, now or at some later write.  This reads with plain reads, trusts nothing and visits no page twice: it can neither
 * crash nor go round in circles, and so needs no process of its own to do it in.
 */

typedef struct
{
  gboolean damaged;  /* LMDB must not have this file */
  gboolean complete; /* FALSE: given up at the deadline or by func */
  const char *what;  /* the first thing that was wrong, static, for the log; NULL if nothing was */
  gboolean begun;    /* all there is is a part of the two first pages: nothing was ever written */
  guint64 pages;     /* pages that were read */
  guint64 values;    /* sound records */
  guint64 bad;       /* values that are no sound record; harmless, readers pass over them */
} LibraryPages;

/* Called for each sound record.  FALSE ends it. */
typedef gboolean (*LibraryPagesFunc) (LibraryTable table, const LibraryKey *key, const guint8 *value, gsize length, gpointer data);

/* Walks all tables in the order of LibraryTable, past whatever is damaged.  Nobody may write to the file meanwhile.
 * deadline: monotonic time, 0 for none.  func: NULL to look only.  Errors: LIBRARY_ERROR_STORE if the file cannot be read or
 * is no library at all. */
gboolean library_pages_read (const char *path, gint64 deadline, LibraryPagesFunc func, gpointer data, LibraryPages *result, GError **error);

G_END_DECLS
