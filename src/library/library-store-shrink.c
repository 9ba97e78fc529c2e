/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-store-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "library-pages.h"

/* Free space below which it is not worth the while. */
#define LEAST_WASTE ((guint64) 1 << 20)
/* Pages that were read are let go of so often while copying, in microseconds. */
#define KEEP_SMALL 1000

void
library_store_sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && fsync (fd) != 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
  if (fd >= 0)
    close (fd);
}

/* Bytes of the file, and how many of them are on free pages. */
static int
measure (LibraryStore *self, MDB_txn *txn, guint64 *size, guint64 *waste)
{
  MDB_envinfo info;
  MDB_stat status;
  MDB_cursor *cursor;
  MDB_val key, value;
  guint64 pages = 0;
  int code = mdb_cursor_open (txn, 0, &cursor);

  if (code != 0)
    return code;
  mdb_env_info (self->env, &info);
  mdb_env_stat (self->env, &status);
  while ((code = mdb_cursor_get (cursor, &key, &value, MDB_NEXT)) == 0)
    {
      size_t count = 0;

      if (value.mv_size >= sizeof count)
        memcpy (&count, value.mv_data, sizeof count);
      pages += count;
    }
  mdb_cursor_close (cursor);
  *size = (guint64) (info.me_last_pgno + 1) * status.ms_psize;
  *waste = pages * status.ms_psize;
  return code == MDB_NOTFOUND ? 0 : code;
}

static gboolean
is_worth_it (LibraryStore *self)
{
  guint64 size = 0, waste = 0;
  MDB_txn *txn;

  if (mdb_txn_begin (self->env, NULL, MDB_RDONLY, &txn) != 0)
    return FALSE;
  if (measure (self, txn, &size, &waste) != 0)
    waste = 0;
  mdb_txn_abort (txn);
  return waste > LEAST_WASTE && waste > size / 5;
}

typedef struct
{
  LibraryStore *store;
  gint done;
} Keeper;

/* LMDB goes through all of the map at once, which may be larger than what should be in use. */
static gpointer
keep_small (gpointer data)
{
  Keeper *keeper = data;

  while (!g_atomic_int_get (&keeper->done))
    {
      library_store_release_pages (keeper->store);
      g_usleep (KEEP_SMALL);
    }
  return NULL;
}

static int
copy_env (LibraryStore *self, int fd)
{
  Keeper keeper = { self, FALSE };
  GThread *thread = g_thread_new ("keep-small", keep_small, &keeper);
  int code = mdb_env_copyfd2 (self->env, fd, MDB_CP_COMPACT);

  g_atomic_int_set (&keeper.done, TRUE);
  g_thread_join (thread);
  return code;
}

/* Writes a copy without free pages and looks it through. */
static gboolean
copy (LibraryStore *self, const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  LibraryPages pages;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = copy_env (self, fd) == 0 && fdatasync (fd) == 0;
  close (fd);
  return ok && library_pages_read (path, 0, NULL, NULL, &pages, NULL) && !pages.damaged;
}

/* Number of the last transaction. */
static size_t
get_state (LibraryStore *self)
{
  MDB_envinfo info = { 0 };

  mdb_env_info (self->env, &info);
  return info.me_last_txnid;
}

/* The tables of an environment that was opened again. */
static int
open_tables (LibraryStore *self)
{
  MDB_txn *txn;
  int code = mdb_txn_begin (self->env, NULL, MDB_RDONLY, &txn);

  if (code != 0)
    return code;
  for (LibraryTable table = 0; table < LIBRARY_N_TABLES && code == 0; table++)
    code = mdb_dbi_open (txn, library_table_name (table), 0, &self->tables[table]);
  if (code == 0)
    code = mdb_txn_commit (txn);
  else
    mdb_txn_abort (txn);
  return code;
}

int
library_store_reopen_env (LibraryStore *self)
{
  MDB_envinfo info = { 0 };
  int code;

  if (self->env != NULL)
    {
      mdb_env_info (self->env, &info);
      mdb_env_close (self->env);
    }
  code = library_store_open_env (self, info.me_mapsize);
  if (code == 0)
    code = open_tables (self);
  if (code != 0)
    g_clear_pointer (&self->env, mdb_env_close);
  return code;
}

/* The caller has the lock for itself. */
static gboolean
swap (LibraryStore *self, const char *from, const char *file, GError **error)
{
  int code;

  if (rename (from, file) != 0)
    return TRUE;
  library_store_sync_folder (self->directory);
  code = library_store_reopen_env (self);
  return code == 0 || library_store_set_error (self, code, error);
}

gboolean
library_store_shrink (LibraryStore *self, GError **error)
{
  g_autofree char *file = g_build_filename (self->directory, "data.mdb", NULL);
  g_autofree char *new = g_build_filename (self->directory, LIBRARY_STORE_SMALLER, NULL);
  gboolean copied = FALSE, ok = TRUE;
  size_t state = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  g_unlink (new);
  g_rw_lock_reader_lock (&self->lock);
  if (self->env != NULL && is_worth_it (self))
    {
      state = get_state (self);
      copied = copy (self, new);
    }
  g_rw_lock_reader_unlock (&self->lock);
  if (copied)
    {
      g_rw_lock_writer_lock (&self->lock);
      /* What was written since would be lost; then it is for the next time. */
      if (self->env != NULL && get_state (self) == state)
        ok = swap (self, new, file, error);
      g_rw_lock_writer_unlock (&self->lock);
    }
  g_unlink (new);
  return ok;
}
