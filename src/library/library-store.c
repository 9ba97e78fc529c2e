/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-store.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library-check.h"
#include "library-lock.h"
#include "library-rescue.h"
#include "library-store-private.h"

#define FIRST_MAP_SIZE ((gsize) 1 << 30)
#define LAST_MAP_SIZE ((gsize) 1 << 45)
#define MAX_READERS 510
/* Writes between two looks for readers that died. */
#define WRITES_A_LOOK 64u

/* Stores of this process by device and inode of their directory: LMDB must not have a file open twice. */
static GMutex stores_mutex;
static GHashTable *stores;

char *
library_store_resolve_directory (const char *directory)
{
  if (directory != NULL)
    return g_canonicalize_filename (directory, NULL);
  return g_build_filename (g_get_user_data_dir (), "eidetic", "library", NULL);
}

/* What writing a little into the folder gives: 0, or the error. */
static int
probe (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, "probe", NULL);
  static const char zeros[65536];
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  int code = fd < 0 ? errno : 0;

  for (guint i = 0; i < 16 && code == 0; i++)
    {
      gssize put = write (fd, zeros, sizeof zeros);

      if (put != (gssize) sizeof zeros && !(put < 0 && errno == EINTR))
        code = put < 0 ? errno : ENOSPC;
    }
  if (fd >= 0 && code == 0 && fdatasync (fd) != 0)
    code = errno;
  if (fd >= 0)
    close (fd);
  g_unlink (path);
  return code;
}

static gboolean
is_no_space (int code)
{
  return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

/* A commit that writes less than it wanted to says only EIO, and an environment that LMDB gave up says not even that. */
static gboolean
is_full (LibraryStore *self, int code)
{
  return is_no_space (code) || code == MDB_MAP_FULL || ((code == EIO || code == MDB_PANIC) && is_no_space (probe (self->directory)));
}

/* Whether somebody deleted the file under us: what is written then goes nowhere. */
static gboolean
is_deleted (LibraryStore *self)
{
  struct stat status;
  mdb_filehandle_t fd;

  return self->env != NULL && mdb_env_get_fd (self->env, &fd) == 0 && fstat (fd, &status) == 0 && status.st_nlink == 0;
}

gboolean
library_store_set_error (LibraryStore *self, int code, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->directory);

  if (is_full (self, code))
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORAGE_FULL,
                 _ ("There is no space left for the library in “%s”; free some and try again. What was indexed before is kept"), name);
  else if (code == ENOENT || is_deleted (self))
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
                 _ ("The library in “%s” was deleted or moved away while it was in use. Start the program again, and index again if it is not there"), name);
  else if (code == EIO || code == MDB_PANIC)
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
                 _ ("The disk failed to write to or read from the library in “%s”; look after the disk and try again. What was indexed before is kept"), name);
  else if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID || code == MDB_BAD_VALSIZE)
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
                 _ ("The library in “%s” is damaged (%s). Move the folder aside and index again; no photograph is lost by that"), name, mdb_strerror (code));
  else if (code == MDB_VERSION_MISMATCH)
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE, _ ("The library in “%s” was made by another version of the program"), name);
  else
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE, _ ("The library in “%s” cannot be used: %s"), name, mdb_strerror (code));
  return FALSE;
}

int
library_store_revive (LibraryStore *self)
{
  MDB_txn *txn;
  int code;

  g_rw_lock_writer_lock (&self->lock);
  /* Another thread may have done so. */
  code = self->env != NULL ? mdb_txn_begin (self->env, NULL, MDB_RDONLY, &txn) : MDB_PANIC;
  if (code == 0)
    mdb_txn_abort (txn);
  else if (code == MDB_PANIC && !is_deleted (self))
    code = library_store_reopen_env (self);
  g_rw_lock_writer_unlock (&self->lock);
  return code;
}

guint
library_store_check_readers (LibraryStore *self)
{
  int dead = 0;

  if (self->env != NULL)
    mdb_reader_check (self->env, &dead);
  return (guint) MAX (dead, 0);
}

/* No transaction of this process may be open: the caller has the lock for itself. */
static int
set_map_size (LibraryStore *self, gsize size)
{
  return self->env != NULL ? mdb_env_set_mapsize (self->env, size) : MDB_PANIC;
}

/* Finds room: doubles the map, unless another thread has done so since it was `full` bytes. */
static int
grow (LibraryStore *self, gsize full)
{
  MDB_envinfo info = { 0 };
  int code = 0;
  guint dead;

  g_rw_lock_reader_lock (&self->lock);
  dead = library_store_check_readers (self);
  g_rw_lock_reader_unlock (&self->lock);
  /* There may be room enough without them. */
  if (dead > 0)
    return 0;
  g_rw_lock_writer_lock (&self->lock);
  if (self->env != NULL)
    mdb_env_info (self->env, &info);
  if (info.me_mapsize <= full)
    {
      code = full < LAST_MAP_SIZE ? set_map_size (self, full * 2) : MDB_MAP_FULL;
      self->growths += code == 0;
    }
  g_rw_lock_writer_unlock (&self->lock);
  return code;
}

static gsize
get_map_size (LibraryStore *self)
{
  MDB_envinfo info = { 0 };

  g_rw_lock_reader_lock (&self->lock);
  if (self->env != NULL)
    mdb_env_info (self->env, &info);
  g_rw_lock_reader_unlock (&self->lock);
  return info.me_mapsize;
}

static gboolean
write_marked (LibraryStore *self, LibraryWriteFunc func, gpointer data, gboolean mark, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      gsize size = get_map_size (self);
      LibraryTxn *txn = library_txn_begin_write (self, error);
      gboolean ok;
      int code;

      if (txn == NULL)
        return FALSE;
      if (is_deleted (self))
        {
          library_txn_finish_write (txn, FALSE);
          return library_store_set_error (self, ENOENT, error);
        }
      ok = func (txn, data, &local);
      if (ok && mark)
        library_state_mark (&self->state);
      if (++self->writes % WRITES_A_LOOK == 0)
        library_store_check_readers (self);
      code = library_txn_finish_write (txn, ok);
      if (code == MDB_MAP_FULL)
        code = grow (self, size);
      else if (code == 0)
        {
          if (!ok)
            g_propagate_error (error, g_steal_pointer (&local));
          return ok;
        }
      if (code != 0)
        return library_store_set_error (self, code, error);
    }
}

gboolean
library_store_write (LibraryStore *self, LibraryWriteFunc func, gpointer data, GError **error)
{
  g_return_val_if_fail (self != NULL && func != NULL, FALSE);

  return write_marked (self, func, data, TRUE, error);
}

/* ---- opening ---- */

static gboolean
open_tables (LibraryTxn *txn, gpointer data, GError **error)
{
  guint64 version;

  for (LibraryTable table = 0; table < LIBRARY_N_TABLES; table++)
    if (!library_txn_open_table (txn, table))
      return FALSE;
  version = library_txn_get_number (txn, "format");
  if (version == 0)
    library_txn_set_meta (txn, "format", LIBRARY_FORMAT_VERSION, NULL);
  if (version <= LIBRARY_FORMAT_VERSION)
    return TRUE;
  g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
               _ ("The library in “%s” was made by a newer version of the program; update, or choose another folder"),
               library_store_get_directory (library_txn_get_store (txn)));
  return FALSE;
}

int
library_store_open_env (LibraryStore *self, gsize map_size)
{
  int code = mdb_env_create (&self->env);
  if (code == 0)
    code = mdb_env_set_maxdbs (self->env, LIBRARY_N_TABLES);
  if (code == 0)
    code = mdb_env_set_maxreaders (self->env, MAX_READERS);
  if (code == 0)
    code = mdb_env_set_mapsize (self->env, map_size != 0 ? map_size : FIRST_MAP_SIZE);
  if (code == 0)
    code = mdb_env_open (self->env, self->directory, MDB_NOTLS, 0600);
  if (code != 0)
    g_clear_pointer (&self->env, mdb_env_close);
  return code;
}

static gboolean
open_env (LibraryStore *self, gsize map_size, GError **error)
{
  g_autofree char *file = g_build_filename (self->directory, "data.mdb", NULL);
  LibraryTail tail;
  int code;

  if (!library_check_file_system (self->directory, error) || !library_state_enter (&self->state, self->directory, error))
    return FALSE;
  if (!library_rescue_if_damaged (self->directory, self->state.unclean, &self->notice, error))
    return FALSE;
  if (!library_check_file (file, &tail, error))
    return FALSE;
  code = library_store_open_env (self, map_size);
  if (code == 0)
    library_store_check_readers (self);
  if (code == 0 ? library_check_tail (self->env, &tail, file, error) : library_store_set_error (self, code, error))
    return write_marked (self, open_tables, NULL, FALSE, error);
  g_clear_pointer (&self->env, mdb_env_close);
  library_check_restore (file, &tail);
  return FALSE;
}

static void
store_free (LibraryStore *self)
{
  if (self->env != NULL)
    mdb_env_close (self->env);
  library_state_leave (&self->state);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_rw_lock_clear (&self->lock);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_hash_table_unref (self->verified);
  g_free (self->notice);
  g_free (self->name);
  g_free (self->directory);
  g_free (self);
}

static LibraryStore *
open_new (const char *directory, char *name, gsize map_size, GError **error)
{
  LibraryStore *self = g_new0 (LibraryStore, 1);

  self->references = 1;
  self->directory = g_strdup (directory);
  self->name = name;
  self->state.fd = -1;
  self->verified = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_rw_lock_init (&self->lock);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->lock_fd = library_lock_take (directory, error);
  if (self->lock_fd >= 0 && open_env (self, map_size, error))
    {
      if (name != NULL)
        g_hash_table_insert (stores, self->name, self);
      return self;
    }
  store_free (self);
  return NULL;
}

LibraryStore *
library_store_open_apart (const char *directory, GError **error)
{
  return open_new (directory, NULL, 0, error);
}

void
library_store_close_apart (LibraryStore *self)
{
  store_free (self);
}

/* "device:inode", or NULL with an error. */
static char *
make_directory (const char *directory, GError **error)
{
  struct stat status;
  int code = 0;

  if (g_mkdir_with_parents (directory, 0700) != 0 || stat (directory, &status) != 0)
    code = errno;
  else if (!S_ISDIR (status.st_mode))
    code = ENOTDIR;
  else if (access (directory, W_OK | X_OK) != 0)
    code = errno;
  if (code != 0)
    {
      g_autofree char *name = g_filename_display_name (directory);

      if (code == EACCES || code == EPERM || code == EROFS)
        g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE,
                     _ ("The library folder “%s” cannot be written to (%s); make it writable or choose another one (--library)"), name, g_strerror (code));
      else
        g_set_error (error, LIBRARY_ERROR, is_no_space (code) ? LIBRARY_ERROR_STORAGE_FULL : LIBRARY_ERROR_STORE,
                     _ ("The library folder “%s” cannot be used: %s"), name, g_strerror (code));
      return NULL;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status.st_dev, (guint64) status.st_ino);
}

LibraryStore *
library_store_open (const char *directory, gsize map_size, GError **error)
{
  g_autofree char *resolved = library_store_resolve_directory (directory);
  g_autofree char *name = make_directory (resolved, error);
  LibraryStore *self;

  if (name == NULL)
    return NULL;
  g_mutex_lock (&stores_mutex);
  if (stores == NULL)
    stores = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (stores, name);
  if (self != NULL)
    self->references++;
  else
    self = open_new (resolved, g_steal_pointer (&name), map_size, error);
  g_mutex_unlock (&stores_mutex);
  return self;
}

LibraryStore *
library_store_ref (LibraryStore *self)
{
  g_mutex_lock (&stores_mutex);
  self->references++;
  g_mutex_unlock (&stores_mutex);
  return self;
}

void
library_store_unref (LibraryStore *self)
{
  g_mutex_lock (&stores_mutex);
  if (--self->references == 0)
    {
      g_hash_table_remove (stores, self->name);
      store_free (self);
    }
  g_mutex_unlock (&stores_mutex);
}

const char *
library_store_get_directory (LibraryStore *self)
{
  return self->directory;
}

const char *
library_store_get_notice (LibraryStore *self)
{
  return self->notice;
}

guint
library_store_get_growths (LibraryStore *self)
{
  return self->growths;
}

guint
library_store_get_damaged (LibraryStore *self)
{
  return (guint) g_atomic_int_get (&self->damaged);
}

gboolean
library_store_is_verified (LibraryStore *self, guint64 place, guint64 checksum)
{
  const guint64 *known;
  gboolean verified;

  g_mutex_lock (&self->mutex);
  known = g_hash_table_lookup (self->verified, &place);
  verified = known != NULL && *known == checksum;
  g_mutex_unlock (&self->mutex);
  return verified;
}

void
library_store_set_verified (LibraryStore *self, guint64 place, guint64 checksum)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_insert (self->verified, g_memdup2 (&place, sizeof place), g_memdup2 (&checksum, sizeof checksum));
  g_mutex_unlock (&self->mutex);
}

/* ---- the one writer ---- */

static gboolean
wait_for_turn (LibraryStore *self, GCancellable *cancellable, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->mutex);
  while (self->writing && ok)
    {
      g_cond_wait_until (&self->cond, &self->mutex, g_get_monotonic_time () + G_TIME_SPAN_SECOND / 10);
      ok = !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  if (ok)
    self->writing = TRUE;
  g_mutex_unlock (&self->mutex);
  return ok;
}

static void
end_turn (LibraryStore *self)
{
  g_mutex_lock (&self->mutex);
  self->writing = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

gboolean
library_store_lock_writer (LibraryStore *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return wait_for_turn (self, cancellable, error);
}

void
library_store_unlock_writer (LibraryStore *self)
{
  g_return_if_fail (self != NULL && self->writing);

  end_turn (self);
}
