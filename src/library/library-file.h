/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* What tells one state of one file from others without reading it. */
typedef struct
{
  guint64 device, inode;
  gint64 size;
  gint64 mtime; /* nanoseconds since 1970 */
} LibraryIdentity;

void library_identity_from_stat (LibraryIdentity *identity, const struct stat *status);
gboolean library_identity_equal (const LibraryIdentity *a, const LibraryIdentity *b);
/* Equal but for the device, whose number may change whenever a volume is mounted. */
gboolean library_identity_equal_in_place (const LibraryIdentity *a, const LibraryIdentity *b);

/* Like open() and stat() for absolute paths of any length, folder by folder where the system takes no more than 4,096
 * bytes at once.  -1 with errno. */
int library_file_open (const char *path, int flags);
int library_file_stat (const char *path, struct stat *status);

/* TRUE and its identity if a regular file is there; else FALSE with errno. */
gboolean library_file_identify (const char *path, LibraryIdentity *identity);

/* Opens a regular file for decoding.  Errors: IMAGE_ERROR. */
int library_file_open_picture (const char *path, GError **error);

/* TRUE if `path` is `folder` or lies below it. */
gboolean library_path_is_within (const char *path, const char *folder);

G_END_DECLS
