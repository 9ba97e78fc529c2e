/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LibraryFollower:
 *
 * Tells when something may have changed in folders and below them.  Where the kernel tells of changes it is asked to, for a
 * bounded number of folders; everywhere, network file systems and portals among them, the folders are looked at now and
 * then, which costs no more than asking for the time of each.  All of that happens on a thread of its own, which is left
 * behind if a file system hangs.
 */
typedef struct _LibraryFollower LibraryFollower;

/* In milliseconds; 0 is the usual. */
typedef struct
{
  guint quiet;   /* tell when nothing has happened for so long (2 seconds) … */
  guint longest; /* … or so long after the first thing happened (30 seconds) */
  guint sweep;   /* look at all folders (each minute) */
  guint full;    /* say that anything may have changed (each hour) */
  guint watches; /* not a time: folders that the kernel is asked about at most (8,192) */
} LibraryFollowerOptions;

/* folders: those that something was made, removed, renamed or written in, none below another, ending with NULL.
 * all: anything may have changed anywhere. */
typedef void (*LibraryFollowerFunc) (const char *const *folders, gboolean all, gpointer data);

/* roots, skip: paths, ending with NULL; nothing is looked at in those of `skip` (NULL: none), nor in hidden folders, nor are
 * hidden files.  Roots may be missing, vanish and come back.  func is called on the main context that is the caller's default
 * now.  What was changed before is not told. */
LibraryFollower *library_follower_new (const char *const *roots, const char *const *skip, const LibraryFollowerOptions *options, LibraryFollowerFunc func, gpointer data);

/* On the same main context; func is not called any more.  Waits for nothing. */
void library_follower_free (LibraryFollower *follower);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryFollower, library_follower_free)

G_END_DECLS
