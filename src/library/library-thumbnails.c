/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-thumbnails.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE (16u * 1024u * 1024u)
/* Whether a file was used is noted once in so many seconds. */
#define DAY (24 * 60 * 60)
/* How old what was left by a process that died in writing must be, in seconds, to be removed. */
#define STALE (60 * 60)

typedef struct
{
  char *name;
  GBytes *jpeg;
} Entry;

struct _LibraryThumbnails
{
  char *folder;
  GMutex mutex;
  GHashTable *entries; /* name to link in recent */
  GQueue recent;       /* of Entry, the latest used first */
  gsize held, most;
  guint64 limit;
  gint64 trimmed; /* when, 0: not yet */
};

static void
entry_free (Entry *entry)
{
  g_free (entry->name);
  g_bytes_unref (entry->jpeg);
  g_free (entry);
}

LibraryThumbnails *
library_thumbnails_new (gsize memory)
{
  LibraryThumbnails *self = g_new0 (LibraryThumbnails, 1);

  self->folder = g_build_filename (g_get_user_cache_dir (), "eidetic", "thumbnails", NULL);
  self->entries = g_hash_table_new (g_str_hash, g_str_equal);
  self->most = memory;
  self->limit = LIBRARY_THUMBNAILS_LIMIT;
  g_mutex_init (&self->mutex);
  g_queue_init (&self->recent);
  return self;
}

void
library_thumbnails_free (LibraryThumbnails *self)
{
  g_hash_table_unref (self->entries);
  g_queue_clear_full (&self->recent, (GDestroyNotify) entry_free);
  g_mutex_clear (&self->mutex);
  g_free (self->folder);
  g_free (self);
}

const char *
library_thumbnails_get_folder (LibraryThumbnails *self)
{
  return self->folder;
}

/* "256/3f/3f01….jpg" */
static char *
name_of (const guint64 hash[2], guint side)
{
  return g_strdup_printf ("%u/%02x/%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x.jpg", side, (guint) (hash[0] >> 56), hash[0], hash[1]);
}

static gboolean
is_whole_jpeg (const guint8 *data, gsize length)
{
  return length > 4 && length <= MAX_FILE && data[0] == 0xff && data[1] == 0xd8 && data[length - 2] == 0xff && data[length - 1] == 0xd9;
}

static GBytes *
recall (LibraryThumbnails *self, const char *name)
{
  GBytes *jpeg = NULL;
  GList *link;

  g_mutex_lock (&self->mutex);
  link = g_hash_table_lookup (self->entries, name);
  if (link != NULL)
    {
      g_queue_unlink (&self->recent, link);
      g_queue_push_head_link (&self->recent, link);
      jpeg = g_bytes_ref (((Entry *) link->data)->jpeg);
    }
  g_mutex_unlock (&self->mutex);
  return jpeg;
}

static void
forget_oldest (LibraryThumbnails *self)
{
  Entry *entry = g_queue_pop_tail (&self->recent);

  g_hash_table_remove (self->entries, entry->name);
  self->held -= g_bytes_get_size (entry->jpeg);
  entry_free (entry);
}

static void
remember (LibraryThumbnails *self, const char *name, GBytes *jpeg)
{
  Entry *entry;

  g_mutex_lock (&self->mutex);
  if (!g_hash_table_contains (self->entries, name))
    {
      entry = g_new0 (Entry, 1);
      entry->name = g_strdup (name);
      entry->jpeg = g_bytes_ref (jpeg);
      g_queue_push_head (&self->recent, entry);
      g_hash_table_insert (self->entries, entry->name, self->recent.head);
      self->held += g_bytes_get_size (jpeg);
      while (self->held > self->most && self->recent.length > 0)
        forget_oldest (self);
    }
  g_mutex_unlock (&self->mutex);
}

/* The time of a file's last change is that of its last use, more or less. */
static void
note_use (int fd)
{
  struct stat status;

  if (fstat (fd, &status) == 0 && status.st_mtime < g_get_real_time () / G_TIME_SPAN_SECOND - DAY)
    futimens (fd, NULL);
}

static gboolean
read_file (const char *path, char **content, gsize *length)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return FALSE;
  note_use (fd);
  close (fd);
  return g_file_get_contents (path, content, length, NULL);
}

GBytes *
library_thumbnails_get (LibraryThumbnails *self, const guint64 hash[2], guint side)
{
  g_autofree char *name = name_of (hash, side);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  GBytes *jpeg = recall (self, name);
  char *content;
  gsize length;

  if (jpeg != NULL || !read_file (path, &content, &length))
    return jpeg;
  if (!is_whole_jpeg ((const guint8 *) content, length))
    {
      g_free (content);
      g_unlink (path);
      return NULL;
    }
  jpeg = g_bytes_new_take (content, length);
  remember (self, name, jpeg);
  return jpeg;
}

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* Beside its place first, so that nobody ever sees half of it.  Failing is no loss. */
static void
write_file (const char *path, GBytes *jpeg)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *temporary = g_build_filename (folder, ".XXXXXX", NULL);
  gboolean ok;
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return;
  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  ok = write_all (fd, g_bytes_get_data (jpeg, NULL), g_bytes_get_size (jpeg));
  ok = close (fd) == 0 && ok;
  if (!ok || g_rename (temporary, path) != 0)
    g_unlink (temporary);
}

void
library_thumbnails_put (LibraryThumbnails *self, const guint64 hash[2], guint side, GBytes *jpeg)
{
  g_autofree char *name = name_of (hash, side);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  remember (self, name, jpeg);
  write_file (path, jpeg);
}

void
library_thumbnails_store (LibraryThumbnails *self, const guint64 hash[2], guint side, GBytes *jpeg)
{
  g_autofree char *name = name_of (hash, side);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  if (access (path, F_OK) != 0)
    write_file (path, jpeg);
}

/* ---- not too many ---- */

typedef struct
{
  char *path;
  gint64 used; /* seconds since 1970 */
  guint64 size;
} File;

typedef struct
{
  GArray *files; /* of File; NULL: they are only counted */
  guint64 size;
  gint64 now;
} Files;

static void
file_clear (gpointer data)
{
  g_free (((File *) data)->path);
}

static void
take_file (Files *all, const char *path, const struct stat *status)
{
  gboolean temporary = g_str_has_prefix (strrchr (path, '/'), "/.");
  File file = { NULL, status->st_mtime, (guint64) status->st_blocks * 512 };

  if (temporary && file.used < all->now - STALE)
    g_unlink (path);
  if (temporary)
    return;
  all->size += file.size;
  if (all->files == NULL)
    return;
  file.path = g_strdup (path);
  g_array_append_val (all->files, file);
}

/* Sides, first bytes, files: no deeper. */
static void
list_files (Files *all, const char *folder, guint depth)
{
  DIR *entries = opendir (folder);
  struct dirent *entry;

  while (entries != NULL && (entry = readdir (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, entry->d_name, NULL);
      struct stat status;

      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0 || fstatat (dirfd (entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (S_ISDIR (status.st_mode) && depth > 0)
        list_files (all, path, depth - 1);
      else if (S_ISREG (status.st_mode) && depth == 0)
        take_file (all, path, &status);
    }
  if (entries != NULL)
    closedir (entries);
}

static int
compare_use (gconstpointer a, gconstpointer b)
{
  const File *x = a, *y = b;

  return x->used < y->used ? -1 : x->used > y->used;
}

static void
remove_oldest (const char *folder, guint64 limit, gint64 now)
{
  Files files = { g_array_new (FALSE, FALSE, sizeof (File)), 0, now };
  Files *all = &files;

  g_array_set_clear_func (all->files, file_clear);
  list_files (all, folder, 2);
  g_array_sort (all->files, compare_use);
  for (guint i = 0; i < all->files->len && all->size > limit - limit / 10; i++)
    {
      const File *file = &g_array_index (all->files, File, i);

      g_unlink (file->path);
      all->size -= file->size;
    }
  g_array_unref (all->files);
}

static gboolean
begin_trim (LibraryThumbnails *self, gint64 holds, guint64 *limit)
{
  gint64 now = g_get_monotonic_time ();
  gboolean due;

  g_mutex_lock (&self->mutex);
  due = self->trimmed == 0 || now - self->trimmed >= holds;
  if (due)
    self->trimmed = now;
  *limit = self->limit;
  g_mutex_unlock (&self->mutex);
  return due;
}

void
library_thumbnails_trim (LibraryThumbnails *self, gint64 holds)
{
  Files all = { .now = g_get_real_time () / G_TIME_SPAN_SECOND };
  guint64 limit;

  if (!begin_trim (self, holds, &limit))
    return;
  list_files (&all, self->folder, 2);
  if (all.size > limit)
    remove_oldest (self->folder, limit, all.now);
}

void
library_thumbnails_set_limit (LibraryThumbnails *self, guint64 limit)
{
  g_mutex_lock (&self->mutex);
  self->limit = limit != 0 ? limit : LIBRARY_THUMBNAILS_LIMIT;
  self->trimmed = 0;
  g_mutex_unlock (&self->mutex);
}
