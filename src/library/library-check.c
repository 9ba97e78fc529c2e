/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-check.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "library-lmdb-private.h"

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
               _ ("The library file “%s” is damaged (%s). Move its folder aside and index again; no photograph is lost by that"), name, what);
  return FALSE;
}

static gboolean
read_head (int fd, guint64 offset, LmdbHead *head)
{
  gssize got;

  do
    got = pread (fd, head, sizeof *head, (off_t) (offset + LMDB_PAGE_HEAD));
  while (got < 0 && errno == EINTR);
  return got == (gssize) sizeof *head && head->magic == LMDB_MAGIC && head->version == LMDB_DATA_VERSION;
}

static gboolean
is_page_size (guint32 size)
{
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* Fills with zeros up to `size` without touching what is there. */
static gboolean
lengthen (int fd, guint64 size, const char *path, GError **error)
{
  int code = posix_fallocate (fd, 0, (off_t) size);
  g_autofree char *name = NULL;

  if (code == 0)
    return TRUE;
  name = g_filename_display_name (path);
  g_set_error (error, LIBRARY_ERROR, code == ENOSPC ? LIBRARY_ERROR_STORAGE_FULL : LIBRARY_ERROR_STORE,
               _ ("The library file “%s” cannot be opened: %s"), name, g_strerror (code));
  return FALSE;
}

static gboolean
check_open_file (int fd, const char *path, LibraryTail *tail, GError **error)
{
  LmdbHead first, second;
  struct stat status;
  guint64 last, size, page;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    return fail (error, path, _ ("it is no regular file"));
  if (status.st_size == 0)
    return TRUE;
  if (!read_head (fd, 0, &first) || !is_page_size (first.tables[0].pad))
    return fail (error, path, _ ("its head is not that of a library"));
  page = first.tables[0].pad;
  if (!read_head (fd, page, &second) || second.tables[0].pad != page)
    return fail (error, path, _ ("its second head is not that of a library"));
  last = first.txn > second.txn ? first.last_page : second.last_page;
  if (last >= G_MAXINT64 / page - 1)
    return fail (error, path, _ ("its head speaks of too many pages"));
  size = (last + 1) * page;
  if ((guint64) status.st_size >= size)
    return TRUE;
  /* A head that speaks of a hundred times what there is was never written by a library. */
  if (size / 100 > (guint64) status.st_size + 1024 * 1024)
    return fail (error, path, _ ("most of it is missing"));
  *tail = (LibraryTail){ (guint64) status.st_size / page, (guint64) status.st_size, last + 1 };
  return lengthen (fd, size, path, error);
}

gboolean
library_check_file (const char *path, LibraryTail *tail, GError **error)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *name = NULL;
  gboolean ok;

  *tail = (LibraryTail){ 0 };
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0)
    {
      int code = errno;

      name = g_filename_display_name (path);
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE, _ ("The library file “%s” cannot be opened: %s"), name, g_strerror (code));
      return FALSE;
    }
  ok = check_open_file (fd, path, tail, error);
  close (fd);
  return ok;
}

/* Marks which of the missing pages one entry of the free table (count, pages) lists; returns how many were new. */
static guint64
mark_free (const MDB_val *value, const LibraryTail *tail, guint8 *seen)
{
  const size_t *pages = value->mv_data;
  size_t count = value->mv_size / sizeof *pages;
  guint64 found = 0;

  for (size_t i = 1; i < count && i <= pages[0]; i++)
    if (pages[i] >= tail->first && pages[i] < tail->end && !seen[pages[i] - tail->first])
      {
        seen[pages[i] - tail->first] = 1;
        found++;
      }
  return found;
}

gboolean
library_check_tail (MDB_env *env, const LibraryTail *tail, const char *path, GError **error)
{
  g_autofree guint8 *seen = NULL;
  MDB_txn *txn = NULL;
  MDB_cursor *cursor = NULL;
  MDB_val key, value;
  guint64 found = 0;

  if (tail->first >= tail->end)
    return TRUE;
  seen = g_try_malloc0 (tail->end - tail->first);
  if (seen == NULL || mdb_txn_begin (env, NULL, MDB_RDONLY, &txn) != 0)
    return fail (error, path, _ ("it ends early"));
  if (mdb_cursor_open (txn, 0, &cursor) == 0)
    {
      while (mdb_cursor_get (cursor, &key, &value, MDB_NEXT) == 0)
        found += mark_free (&value, tail, seen);
      mdb_cursor_close (cursor);
    }
  mdb_txn_abort (txn);
  return found == tail->end - tail->first || fail (error, path, _ ("it ends early"));
}

void
library_check_restore (const char *path, const LibraryTail *tail)
{
  if (tail->first < tail->end && truncate (path, (off_t) tail->size) != 0)
    g_warning ("“%s” keeps zeros at its end: %s", path, g_strerror (errno));
}

gboolean
library_check_file_system (const char *directory, GError **error)
{
  static const guint32 remote[] = {
    0x6969 /* NFS */,
    0x517b /* SMB */,
    0xff534d42 /* CIFS */,
    0xfe534d42 /* SMB2 */,
    0x5346414f /* AFS */,
    0x73757245 /* Coda */,
    0x564c /* NCP */,
    0x00c36400 /* Ceph */,
  };
  g_autofree char *name = g_filename_display_name (directory);
  struct statfs status;
  gboolean bad = g_str_has_prefix (directory, "/run/user/") && strstr (directory, "/doc/") != NULL;

  if (statfs (directory, &status) != 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (remote); i++)
    bad |= (guint32) status.f_type == remote[i];
  if (bad)
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
                 _ ("The library cannot be kept in “%s”, which is not on a local disk; choose a local folder (--library)"), name);
  return !bad;
}
