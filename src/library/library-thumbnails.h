/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Thumbnails by content: a few megabytes in memory, JPEG files under $XDG_CACHE_HOME/eidetic/thumbnails.  Thread safe. */
typedef struct _LibraryThumbnails LibraryThumbnails;

/* memory: how many bytes of JPEG files to hold. */
LibraryThumbnails *library_thumbnails_new (gsize memory);
void library_thumbnails_free (LibraryThumbnails *thumbnails);

/* The folder for files. */
const char *library_thumbnails_get_folder (LibraryThumbnails *thumbnails);

/* NULL if there is none, or it is damaged.  Reads a file unless the memory has it. */
GBytes *library_thumbnails_get (LibraryThumbnails *thumbnails, const guint64 hash[2], guint side);

/* Keeps it in memory, and as a file if that can be written whole. */
void library_thumbnails_put (LibraryThumbnails *thumbnails, const guint64 hash[2], guint side, GBytes *jpeg);

G_END_DECLS
