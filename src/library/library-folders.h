/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-store.h"

G_BEGIN_DECLS

/* The folders that were added to the library, called roots. */
typedef struct
{
  guint32 id;
  guint64 device, inode; /* of the folder when it was last seen */
  char *path;
} LibraryRoot;

void library_root_free (LibraryRoot *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryRoot, library_root_free)

/* (element-type LibraryRoot) (transfer full) */
GPtrArray *library_folders_list (LibraryTxn *txn);

/* A folder to be scanned in a run. */
typedef struct
{
  guint32 root; /* the root that it is or lies in */
  char *path;
} LibraryFolder;

void library_folder_free (LibraryFolder *folder);

/* Adds a folder as a root, unless it is one or lies in one: then it need not be there, if the root is away.  A root that was itself moved or is mounted elsewhere (same
 * device and inode, nothing at its old path) takes the new path.  (element-type LibraryFolder) (transfer full)
 * Errors: LIBRARY_ERROR_NO_SUCH_FILE if one of them is no folder, before anything is written. */
GPtrArray *library_folders_add (LibraryStore *store, GPtrArray *files, GError **error);

/* All roots.  (element-type LibraryFolder) (transfer full) */
GPtrArray *library_folders_get_all (LibraryStore *store, GError **error);

/* All roots with what front ends want to know of them.  Reads every photograph's record and asks the file system.
 * (element-type LibraryFolderState) (transfer full) */
GPtrArray *library_folders_get_states (LibraryStore *store, GError **error);

/* TRUE if nothing can be at that place now: it is not there, as opposed to forbidden. */
gboolean library_folder_is_missing (const char *path);

/* Why the photographs of a folder are not to be taken for deleted although none is found: it is missing, or empty as a mount
 * point is without its volume. */
gboolean library_folder_is_offline (const char *path);

G_END_DECLS
