/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <lmdb.h>
#include "library-types.h"

G_BEGIN_DECLS

/* LMDB maps its file and trusts it: a file cut short ends the program with SIGBUS.  So the file is looked at first. */

/* What the header says and the file lacks. */
typedef struct
{
  guint64 first; /* the first page behind the end of the file */
  guint64 size;  /* bytes of the file before it was lengthened */
  guint64 end;   /* one behind the last page that the header speaks of; equal to `first` if nothing is missing */
} LibraryTail;

/* Checks the heads of data.mdb.  A file that does not exist or is empty passes.  If pages are missing the file is
 * lengthened with zeros, so that reading them is no fault; library_check_tail() then decides.
 * Errors: LIBRARY_ERROR_STORE, LIBRARY_ERROR_STORAGE_FULL. */
gboolean library_check_file (const char *path, LibraryTail *tail, GError **error);

/* A transaction may take pages at the end and give them back unwritten, so missing pages are sound if all are free.
 * FALSE with LIBRARY_ERROR_STORE if one of them is in use: the file was cut. */
gboolean library_check_tail (MDB_env *env, const LibraryTail *tail, const char *path, GError **error);

/* Gives a lengthened file its former size back: what was refused once must not look whole the next time.  The
 * environment is closed. */
void library_check_restore (const char *path, const LibraryTail *tail);

/* Local file systems only: the map of a file on a network is not the file.  Errors: LIBRARY_ERROR_STORE. */
gboolean library_check_file_system (const char *directory, GError **error);

G_END_DECLS
