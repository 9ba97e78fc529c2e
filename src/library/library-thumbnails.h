/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How much the files may take, unless something else is said. */
#define LIBRARY_THUMBNAILS_LIMIT ((guint64) 2 << 30)

/* The sides of those that are made when a photograph is indexed, the large one where it costs little. */
#define LIBRARY_THUMBNAIL_SMALL 256u
#define LIBRARY_THUMBNAIL_LARGE 512u

/* Thumbnails by content: a few megabytes in memory, JPEG files under $XDG_CACHE_HOME/eidetic/thumbnails, those not used for
 * longest removed when they become too many.  Thread safe. */
typedef struct _LibraryThumbnails LibraryThumbnails;

/* memory: how many bytes of JPEG files to hold. */
LibraryThumbnails *library_thumbnails_new (gsize memory);
void library_thumbnails_free (LibraryThumbnails *thumbnails);

/* The folder for files. */
const char *library_thumbnails_get_folder (LibraryThumbnails *thumbnails);

/* NULL if there is none, or it is damaged.  Reads a file unless the memory has it. */
GBytes *library_thumbnails_get (LibraryThumbnails *thumbnails, const guint64 hash[2], guint side);

/* Bytes that the files may take; 0: LIBRARY_THUMBNAILS_LIMIT. */
void library_thumbnails_set_limit (LibraryThumbnails *thumbnails, guint64 limit);

/* Removes files, those not used for longest first, until they take a tenth less than they may; nothing if they do not take
 * more, or if that was looked at within the last `holds` microseconds.  Reads folders: not for threads that somebody waits
 * for.  Any number of processes may do so, and read, at the same time. */
void library_thumbnails_trim (LibraryThumbnails *thumbnails, gint64 holds);

/* Keeps it as a file, if that can be written whole and there is none yet: for thumbnails that nobody is going to look at soon. */
void library_thumbnails_store (LibraryThumbnails *thumbnails, const guint64 hash[2], guint side, GBytes *jpeg);

/* Keeps it in memory, and as a file if that can be written whole. */
void library_thumbnails_put (LibraryThumbnails *thumbnails, const guint64 hash[2], guint side, GBytes *jpeg);

G_END_DECLS
