/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-file.h"

G_BEGIN_DECLS

typedef enum
{
  LIBRARY_FOUND_PICTURE,    /* by its name or its first bytes */
  LIBRARY_FOUND_OTHER,      /* any other file; hidden files are among them */
  LIBRARY_FOUND_UNREADABLE, /* a picture by name, or a folder, that cannot be opened: see reason */
} LibraryFoundKind;

typedef struct
{
  LibraryFoundKind kind;
  char *path;
  guint32 root;
  LibraryIdentity identity; /* zeros if it could not be told */
  const char *reason;       /* fixed code, static; only for UNREADABLE */
  char *detail;
} LibraryFound;

void library_found_free (LibraryFound *found);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryFound, library_found_free)

/* Takes one file; FALSE ends the scan. */
typedef gboolean (*LibraryScanFileFunc) (LibraryFound *found, gpointer data);

/**
 * library_scanner_run:
 * @folders: (element-type LibraryFolder)
 * @skip: (nullable): folders never to be entered: ours
 *
 * Walks the folders depth first and reports every file once.  Links to folders are followed, each folder is entered once
 * (device and inode) whatever leads to it; hidden folders and system file systems are not entered.  Regular files only:
 * other things are reported as OTHER, dangling links with the name of a picture as UNREADABLE.  Names are bytes.
 */
void library_scanner_run (GPtrArray *folders, const char *const *skip, LibraryScanFileFunc func, gpointer data);

/**
 * library_scanner_count:
 * @is_stopped: asked once a folder; TRUE ends it
 *
 * How many files have the name of a picture, in the folders that library_scanner_run() would enter.  Looks at no file, so that it
 * takes a small part of the time.
 */
guint64 library_scanner_count (GPtrArray *folders, const char *const *skip, gboolean (*is_stopped) (gpointer data), gpointer data);

G_END_DECLS
