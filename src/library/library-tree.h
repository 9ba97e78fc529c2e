/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LibraryTree:
 *
 * The folders below some roots as they were when last looked at, and the kernel's watches on them.  For one thread.
 */
typedef struct _LibraryTree LibraryTree;

/* Something is another way than it was in this folder. */
typedef void (*LibraryTreeFunc) (const char *folder, gpointer data);

/* watches: folders to be watched at most.  roots and skip as library_follower_new() has them. */
LibraryTree *library_tree_new (const char *const *roots, const char *const *skip, guint watches, LibraryTreeFunc changed, gpointer data);
void library_tree_free (LibraryTree *tree);

/* To be polled for reading; -1: there are no watches on this machine. */
int library_tree_get_fd (LibraryTree *tree);

/* Looks at all folders and tells of those that have changed; the first time there is nothing to compare with.
 * *returned: whether a root is back that was away. */
void library_tree_sweep (LibraryTree *tree, gboolean *returned);

/* Takes what the kernel has to say.  FALSE: something was lost or unmounted, so a sweep is due, and if *lost anything may have
 * changed. */
gboolean library_tree_read (LibraryTree *tree, gboolean *lost);

/* What was told of is known now: looks at these folders again, so that the next sweep does not tell of it as well. */
void library_tree_settle (LibraryTree *tree);

G_END_DECLS
