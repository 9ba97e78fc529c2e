/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that is full, over its quota or failing, at each single call that changes something: the k-th fails, once or with all
 * after it, with k rising until all of the work succeeds.  What was acknowledged is there, nothing is there in halves, the error
 * says what it is, and when the disk is well again writing goes on without opening anew. */
#include "library-space.h"

#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE 40u
#define DIM 128u

/* ---- the disk: calls of this program and of the libraries that it is linked with come here first ---- */

static struct
{
  gboolean armed, sticky, halves;
  guint count, fails; /* calls so far; the one that fails */
  int code;
  const char *folder;
} disk;

static gboolean
is_ours (const char *path)
{
  return disk.folder != NULL && g_str_has_prefix (path, disk.folder);
}

/* Whether this call fails.  It must not change errno otherwise. */
static gboolean
fails (const char *path)
{
  if (!disk.armed || !is_ours (path))
    return FALSE;
  disk.count++;
  if (disk.count != disk.fails && !(disk.sticky && disk.count > disk.fails))
    return FALSE;
  errno = disk.code;
  return TRUE;
}

static gboolean
fails_at (int fd)
{
  char link[64], path[4096];
  gssize length;

  if (!disk.armed)
    return FALSE;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length < 0)
    return FALSE;
  path[length] = '\0';
  return fails (path);
}

#define REAL(name, type) ((type) dlsym (RTLD_NEXT, name))

/* Defined under the names that the C library has, whatever the headers make of them. */
ssize_t disk_pwrite (int fd, const void *bytes, size_t length, gint64 offset) __asm__("pwrite");
ssize_t disk_pwrite64 (int fd, const void *bytes, size_t length, gint64 offset) __asm__("pwrite64");
ssize_t disk_write (int fd, const void *bytes, size_t length) __asm__("write");
ssize_t disk_writev (int fd, const struct iovec *parts, int count) __asm__("writev");
int disk_fdatasync (int fd) __asm__("fdatasync");
int disk_fsync (int fd) __asm__("fsync");
int disk_ftruncate (int fd, gint64 length) __asm__("ftruncate");
int disk_ftruncate64 (int fd, gint64 length) __asm__("ftruncate64");
int disk_fallocate (int fd, gint64 offset, gint64 length) __asm__("posix_fallocate");
int disk_fallocate64 (int fd, gint64 offset, gint64 length) __asm__("posix_fallocate64");
int disk_rename (const char *from, const char *to) __asm__("rename");
int disk_mkdir (const char *path, mode_t mode) __asm__("mkdir");
int disk_access (const char *path, int mode) __asm__("access");
int disk_open (const char *path, int flags, ...) __asm__("open");
int disk_open64 (const char *path, int flags, ...) __asm__("open64");

typedef ssize_t (*PwriteFunc) (int, const void *, size_t, gint64);

static ssize_t
do_pwrite (const char *name, int fd, const void *bytes, size_t length, gint64 offset)
{
  PwriteFunc real = REAL (name, PwriteFunc);

  if (!fails_at (fd))
    return real (fd, bytes, length, offset);
  /* A quota may let a part of it through. */
  return disk.halves && length > 1 ? real (fd, bytes, length / 2, offset) : -1;
}

ssize_t
disk_pwrite (int fd, const void *bytes, size_t length, gint64 offset)
{
  return do_pwrite ("pwrite", fd, bytes, length, offset);
}

ssize_t
disk_pwrite64 (int fd, const void *bytes, size_t length, gint64 offset)
{
  return do_pwrite ("pwrite64", fd, bytes, length, offset);
}

ssize_t
disk_write (int fd, const void *bytes, size_t length)
{
  return fails_at (fd) ? -1 : REAL ("write", ssize_t (*) (int, const void *, size_t)) (fd, bytes, length);
}

ssize_t
disk_writev (int fd, const struct iovec *parts, int count)
{
  return fails_at (fd) ? -1 : REAL ("writev", ssize_t (*) (int, const struct iovec *, int)) (fd, parts, count);
}

int
disk_fdatasync (int fd)
{
  return fails_at (fd) ? -1 : REAL ("fdatasync", int (*) (int)) (fd);
}

int
disk_fsync (int fd)
{
  return fails_at (fd) ? -1 : REAL ("fsync", int (*) (int)) (fd);
}

int
disk_ftruncate (int fd, gint64 length)
{
  return fails_at (fd) ? -1 : REAL ("ftruncate", int (*) (int, gint64)) (fd, length);
}

int
disk_ftruncate64 (int fd, gint64 length)
{
  return disk_ftruncate (fd, length);
}

int
disk_fallocate (int fd, gint64 offset, gint64 length)
{
  return fails_at (fd) ? disk.code : REAL ("posix_fallocate", int (*) (int, gint64, gint64)) (fd, offset, length);
}

int
disk_fallocate64 (int fd, gint64 offset, gint64 length)
{
  return disk_fallocate (fd, offset, length);
}

int
disk_rename (const char *from, const char *to)
{
  return fails (from) ? -1 : REAL ("rename", int (*) (const char *, const char *)) (from, to);
}

int
disk_mkdir (const char *path, mode_t mode)
{
  return fails (path) ? -1 : REAL ("mkdir", int (*) (const char *, mode_t)) (path, mode);
}

/* Only a disk that cannot be written to says so here. */
int
disk_access (const char *path, int mode)
{
  if (disk.armed && disk.code == EROFS && (mode & W_OK) && is_ours (path))
    {
      errno = EROFS;
      return -1;
    }
  return REAL ("access", int (*) (const char *, int)) (path, mode);
}

static int
do_open (const char *path, int flags, va_list list)
{
  mode_t mode = flags & O_CREAT ? va_arg (list, mode_t) : 0;

  if (flags & O_CREAT && fails (path))
    return -1;
  return REAL ("open64", int (*) (const char *, int, ...)) (path, flags, mode);
}

int
disk_open (const char *path, int flags, ...)
{
  va_list list;
  int fd;

  va_start (list, flags);
  fd = do_open (path, flags, list);
  va_end (list);
  return fd;
}

int
disk_open64 (const char *path, int flags, ...)
{
  va_list list;
  int fd;

  va_start (list, flags);
  fd = do_open (path, flags, list);
  va_end (list);
  return fd;
}

static void
arm (const char *folder, guint k, int code, gboolean sticky, gboolean halves)
{
  disk.folder = folder;
  disk.count = 0;
  disk.fails = k;
  disk.code = code;
  disk.sticky = sticky;
  disk.halves = halves;
  disk.armed = TRUE;
}

/* Whether anything failed. */
static gboolean
disarm (void)
{
  disk.armed = FALSE;
  return disk.count >= disk.fails;
}

/* ---- the work ---- */

static void
make_row (guint64 photo, guint16 row[DIM])
{
  for (guint i = 0; i < DIM; i++)
    row[i] = (guint16) (photo * 31 + i);
}

/* New photographs, and all former ones with a new row. */
static gboolean
write_batch (LibraryTxn *txn, gpointer data, GError **error)
{
  guint64 batch = library_txn_next_number (txn, "batch");
  g_autofree guint16 *rows = g_new (guint16, batch * PIECE * DIM);
  g_autofree LibraryPhotoId *ids = g_new (LibraryPhotoId, batch * PIECE);
  LibrarySpace space;

  library_space_init (&space, "model", LIBRARY_CLASS_FAST, DIM);
  for (guint64 i = 0; i < batch * PIECE; i++)
    {
      ids[i] = i + 1;
      make_row (ids[i], rows + i * DIM);
      if (i >= (batch - 1) * PIECE)
        {
          g_autofree char *path = g_strdup_printf ("/photos/%u.jpg", (guint) i + 1);
          g_autoptr (LibraryPhotoRecord) photo = support_photo (path, i + 1);

          library_photo_put (txn, photo);
        }
    }
  library_space_put_many (txn, &space, ids, rows, (guint) batch * PIECE);
  return TRUE;
}

static gboolean
count_rows (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  for (guint i = 0; i < count; i++)
    *(guint64 *) data += ids[i] != 0;
  return TRUE;
}

/* Batches that are there, all of them whole. */
static guint64
check_store (LibraryStore *store)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  guint64 batch = library_txn_get_number (txn, "batch"), rows = 0;
  float query[DIM] = { 1 };
  const float *queries[] = { query };
  LibrarySpace space;

  library_space_init (&space, "model", LIBRARY_CLASS_FAST, DIM);
  library_space_find (txn, &space);
  library_space_scan (txn, &space, queries, 1, count_rows, &rows);
  g_assert_cmpuint (rows, ==, batch * PIECE);
  g_assert_cmpuint (space.live, ==, batch * PIECE);
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_PHOTOS), ==, batch * PIECE);
  for (guint64 i = 1; i <= batch * PIECE; i++)
    {
      guint16 row[DIM], wanted[DIM];
      g_autoptr (LibraryPhotoRecord) photo = library_photo_get (txn, i);

      g_assert_nonnull (photo);
      make_row (i, wanted);
      g_assert_true (library_space_get_halves (txn, &space, i, row));
      g_assert_cmpmem (row, sizeof row, wanted, sizeof wanted);
    }
  g_assert_true (library_txn_check (txn, NULL));
  g_assert_cmpuint (library_store_get_damaged (store), ==, 0);
  return batch;
}

static void
check_error (const char *folder, const GError *error)
{
  g_autofree char *name = g_filename_display_name (folder);

  g_test_message ("%u, %s, %s: %s", disk.fails, disk.sticky ? "all" : "once", g_strerror (disk.code), error->message);
  g_assert_nonnull (strstr (error->message, name));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_true (g_error_matches (error, LIBRARY_ERROR, disk.code == EIO ? LIBRARY_ERROR_STORE : LIBRARY_ERROR_STORAGE_FULL));
}

typedef struct
{
  const char *folder;
  LibraryStore *store;
  guint64 acknowledged, tried;
} Work;

static void
try_batch (Work *work)
{
  g_autoptr (GError) error = NULL;

  work->tried++;
  if (library_store_write (work->store, write_batch, NULL, &error))
    work->acknowledged++;
  else
    check_error (work->folder, error);
}

static void
work_armed (Work *work)
{
  g_autoptr (GError) error = NULL;

  work->store = library_store_open (work->folder, 256 * 1024, &error);
  if (work->store == NULL)
    {
      check_error (work->folder, error);
      return;
    }
  for (guint i = 0; i < 4; i++)
    {
      try_batch (work);
      if (!library_space_compact (work->store, 1, NULL, &error))
        check_error (work->folder, error);
      g_clear_error (&error);
      if (!library_store_shrink (work->store, &error))
        check_error (work->folder, error);
      g_clear_error (&error);
    }
}

/* FALSE once nothing failed. */
static gboolean
run_one (const char *bytes, gsize length, guint64 before, guint k, int code, gboolean sticky, gboolean halves)
{
  char *folder = support_make_folder ();
  Work work = { folder, .acknowledged = before, .tried = before };
  gboolean failed;
  guint64 batch;

  if (bytes != NULL)
    support_write (folder, "data.mdb", bytes, (gssize) length);
  arm (folder, k, code, sticky, halves);
  work_armed (&work);
  failed = disarm ();
  if (work.store != NULL)
    {
      batch = check_store (work.store);
      g_assert_cmpuint (batch, >=, work.acknowledged);
      g_assert_cmpuint (batch, <=, work.tried);
      /* The disk is well again. */
      support_change (work.store, write_batch, NULL);
      g_assert_cmpuint (check_store (work.store), ==, batch + 1);
      work.acknowledged = work.tried = batch + 1;
      library_store_unref (work.store);
    }
  work.store = support_open (folder, 0);
  g_assert_null (library_store_get_notice (work.store));
  batch = check_store (work.store);
  g_assert_cmpuint (batch, ==, work.acknowledged);
  library_store_unref (work.store);
  support_remove (folder);
  return failed;
}

static const struct
{
  const char *name;
  int code;
  gboolean halves;
} kinds[] = { { "full", ENOSPC, FALSE }, { "quota", EDQUOT, FALSE }, { "short", EDQUOT, TRUE }, { "failing", EIO, FALSE } };

static guint points;

static void
run_all (const char *bytes, gsize length, guint64 before, guint step)
{
  for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint sticky = 0; sticky < 2; sticky++)
      {
        /* A quota that is reached stays so. */
        if (kinds[kind].halves && !sticky)
          continue;
        for (guint k = 1; run_one (bytes, length, before, k, kinds[kind].code, sticky, kinds[kind].halves); k += step)
          points++;
      }
}

static guint step = 5;

static void
test_new (void)
{
  run_all (NULL, 0, 0, step);
  g_test_message ("%u points so far", points);
}

static char *
make_library (gsize *length, guint batches)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryStore *store = support_open (folder, 0);
  char *bytes;

  for (guint i = 0; i < batches; i++)
    support_change (store, write_batch, NULL);
  library_store_unref (store);
  g_assert_true (g_file_get_contents (path, &bytes, length, NULL));
  support_remove (folder);
  return bytes;
}

static void
test_old (void)
{
  gsize length;
  g_autofree char *bytes = make_library (&length, 10);

  run_all (bytes, length, 10, step);
  g_test_message ("%u points so far", points);
}

/* While a damaged one is made anew: that fails, and works later. */
static gboolean
mend_one (const char *bytes, gsize length, guint k, int code, gboolean sticky, gboolean halves)
{
  char *folder = support_make_folder ();
  g_autoptr (GError) error = NULL;
  LibraryStore *store;
  gboolean failed, mended;

  support_write (folder, "data.mdb", bytes, (gssize) length);
  arm (folder, k, code, sticky, halves);
  store = library_store_open (folder, 0, &error);
  failed = disarm ();
  mended = store != NULL && library_store_get_notice (store) != NULL;
  if (store == NULL)
    {
      check_error (folder, error);
      store = support_open (folder, 0);
    }
  g_assert_true (mended || library_store_get_notice (store) != NULL || k > 1);
  g_assert_cmpuint (check_store (store), ==, 3);
  support_change (store, write_batch, NULL);
  library_store_unref (store);
  store = support_open (folder, 0);
  g_assert_cmpuint (check_store (store), ==, 4);
  library_store_unref (store);
  support_remove (folder);
  return failed;
}

static void
test_mend (void)
{
  gsize length;
  g_autofree char *bytes = make_library (&length, 3);

  memset (bytes + 4096, 0x55, 100); /* its older head */
  for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint k = 1; mend_one (bytes, length, k, kinds[kind].code, TRUE, kinds[kind].halves); k += step)
      points++;
  g_test_message ("%u points in all", points);
}

static void
test_read_only (void)
{
  char *folder = support_make_folder ();
  g_autoptr (GError) error = NULL;

  library_store_unref (support_open (folder, 0));
  arm (folder, 1, EROFS, TRUE, FALSE);
  g_assert_null (library_store_open (folder, 0, &error));
  disarm ();
  g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_nonnull (strstr (error->message, "writable"));
  library_store_unref (support_open (folder, 0));
  support_remove (folder);
}

static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (unlink (path), ==, 0);
    }
}

/* Reading goes on, writing says so. */
static void
test_deleted (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  g_autoptr (GError) error = NULL;

  support_change (store, write_batch, NULL);
  remove_files (folder);
  g_assert_cmpint (rmdir (folder), ==, 0);
  g_assert_cmpuint (check_store (store), ==, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (library_store_write (store, write_batch, NULL, &error));
      g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
      g_assert_nonnull (strstr (error->message, folder));
      g_assert_nonnull (strstr (error->message, "deleted"));
      g_clear_error (&error);
    }
  g_assert_true (library_store_shrink (store, NULL));
  library_store_unref (store);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_free (folder);
}

static void
swallow (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    step = MAX (1, (guint) atoi (argv[1]));
  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, swallow, NULL);
  g_test_add_func ("/faults/new", test_new);
  g_test_add_func ("/faults/old", test_old);
  g_test_add_func ("/faults/mend", test_mend);
  g_test_add_func ("/faults/read-only", test_read_only);
  g_test_add_func ("/faults/deleted", test_deleted);
  return g_test_run ();
}
