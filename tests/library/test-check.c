/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders and files that are not a library, and libraries that were cut: an error, and nothing is lost by it. */
#include "library-check.h"

#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
check_refused (const char *folder)
{
  g_autoptr (GError) error = NULL;
  LibraryStore *store = library_store_open (folder, 0, &error);

  if (store != NULL)
    g_error ("%s was opened", folder);
  g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strchr (error->message, '\n'));
}

static void
check_file (const char *folder, const char *name, gconstpointer bytes, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  gsize now;

  g_assert_true (g_file_get_contents (path, &text, &now, NULL));
  g_assert_cmpmem (text, now, bytes, length);
}

static void
test_not_a_folder (void)
{
  char *folder = support_make_folder ();
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *below = g_build_filename (file, "library", NULL);

  support_write (folder, "file", "mine", 4);
  check_refused (file);
  check_refused (below);
  check_refused ("/proc/eidetic-library");
  check_file (folder, "file", "mine", 4);
  support_remove (folder);
}

static void
test_no_permission (void)
{
  char *folder = support_make_folder ();
  g_autofree char *below = g_build_filename (folder, "library", NULL);

  if (geteuid () == 0)
    {
      g_test_skip ("root may do everything");
      support_remove (folder);
      return;
    }
  g_assert_cmpint (chmod (folder, 0500), ==, 0);
  check_refused (folder);
  check_refused (below);
  g_assert_cmpint (chmod (folder, 0), ==, 0);
  check_refused (folder);
  g_assert_cmpint (chmod (folder, 0700), ==, 0);
  support_remove (folder);
}

/* Made with all its parents, for its owner only. */
static void
test_made (void)
{
  char *folder = support_make_folder ();
  g_autofree char *below = g_build_filename (folder, "new\nline", "\xff", "library", NULL);
  g_autofree char *file = g_build_filename (below, "data.mdb", NULL);
  struct stat status;
  LibraryStore *store = support_open (below, 0);

  g_assert_cmpstr (library_store_get_directory (store), ==, below);
  g_assert_cmpint (stat (below, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0700);
  g_assert_cmpint (stat (file, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0600);
  library_store_unref (store);
  support_remove (folder);
}

/* Whatever lies there under that name may be somebody's only copy of it. */
static void
check_garbage (gconstpointer bytes, gsize length)
{
  char *folder = support_make_folder ();

  support_write (folder, "data.mdb", bytes, (gssize) length);
  check_refused (folder);
  check_file (folder, "data.mdb", bytes, length);
  check_refused (folder);
  support_remove (folder);
}

static void
test_garbage (void)
{
  static const gsize lengths[] = { 1, 15, 16, 100, 4095, 4096, 4097, 8192, 100000, 1 << 20 };
  g_autofree guint8 *bytes = g_malloc0 (1 << 20);
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    check_garbage (bytes, lengths[i]);
  for (gsize i = 0; i < 1 << 20; i++)
    bytes[i] = (guint8) g_rand_int (rand);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    check_garbage (bytes, lengths[i]);
  check_garbage ("SQLite format 3", 16);
}

static void
test_empty_file (void)
{
  char *folder = support_make_folder ();

  support_write (folder, "data.mdb", "", 0);
  library_store_unref (support_open (folder, 0));
  support_remove (folder);
}

static void
test_other_things (void)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);

  g_assert_cmpint (mkdir (path, 0700), ==, 0);
  check_refused (folder);
  g_assert_cmpint (rmdir (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  check_refused (folder); /* and does not wait for somebody to write into it */
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (symlink ("/dev/null", path), ==, 0);
  check_refused (folder);
  support_remove (folder);
}

static gboolean
set_format (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_set_meta (txn, "format", GPOINTER_TO_UINT (data), NULL);
  return TRUE;
}

static void
test_newer (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);

  support_change (store, set_format, GUINT_TO_POINTER (LIBRARY_FORMAT_VERSION + 1));
  library_store_unref (store);
  check_refused (folder);
  check_refused (folder);
  support_remove (folder);
}

/* ---- cut files ---- */

static gboolean
put_photos (LibraryTxn *txn, gpointer data, GError **error)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *path = g_strdup_printf ("/photos/%u.jpg", i);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, i);

      library_photo_put (txn, photo);
    }
  return TRUE;
}

static gboolean
count_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);

  *(guint *) data += photo != NULL;
  return TRUE;
}

/* A library of 200 photographs as bytes. */
static char *
make_library (gsize *length)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryStore *store = support_open (folder, 0);
  char *bytes;

  for (guint i = 0; i < 3; i++)
    support_change (store, put_photos, NULL);
  library_store_unref (store);
  g_assert_true (g_file_get_contents (path, &bytes, length, NULL));
  support_remove (folder);
  return bytes;
}

static guint
count_photos (LibraryStore *store)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  guint count = 0;

  library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, count_photo, &count);
  g_assert_true (library_txn_check (txn, NULL));
  return count;
}

/* All of it. */
static gboolean
opens_whole (const char *folder)
{
  LibraryStore *store = support_open (folder, 0);
  guint count = count_photos (store);
  gboolean noticed = library_store_get_notice (store) != NULL;

  library_store_unref (store);
  g_assert_true (noticed || count == 600);
  return !noticed;
}

/* The file that was moved aside is as it was. */
static void
check_aside (const char *folder, const char *bytes, gsize length)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint found = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "damaged-"))
      {
        g_autofree char *aside = g_build_filename (folder, name, NULL);

        check_file (aside, "data.mdb", bytes, length);
        found++;
      }
  g_assert_cmpuint (found, ==, 1);
}

static void
test_cut (void)
{
  gsize length;
  g_autofree char *bytes = make_library (&length);
  guint mended = 0;

  for (gsize cut = 8192; cut < length; cut += 4096 + (cut % 3 == 0 ? 512 : 0))
    {
      char *folder = support_make_folder ();

      support_write (folder, "data.mdb", bytes, (gssize) cut);
      if (!opens_whole (folder))
        {
          mended++;
          check_aside (folder, bytes, cut);
          library_store_unref (support_open (folder, 0));
          check_aside (folder, bytes, cut); /* once is enough */
        }
      support_remove (folder);
    }
  g_assert_cmpuint (mended, >, 10);
  check_garbage (bytes, 100);
}

/* Pages behind the end that no table has are not missed. */
static void
test_longer (void)
{
  gsize length;
  g_autofree char *bytes = make_library (&length);
  g_autofree char *longer = g_malloc0 (length + 10000);
  char *folder = support_make_folder ();

  memcpy (longer, bytes, length);
  support_write (folder, "data.mdb", longer, (gssize) (length + 10000));
  g_assert_true (opens_whole (folder));
  support_remove (folder);
}

/* The head is checked alone, without LMDB. */
static void
test_check_file (void)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  g_autoptr (GError) error = NULL;
  LibraryTail tail = { 1, 2 };
  gsize length;
  g_autofree char *bytes = make_library (&length);
  guint32 page;

  memcpy (&page, bytes + 40, sizeof page); /* behind the page's head, mark, version, address and map size */
  g_assert_cmpuint (length % page, ==, 0);
  g_assert_true (library_check_file (path, &tail, &error));
  g_assert_cmpuint (tail.first, ==, tail.end);
  support_write (folder, "data.mdb", bytes, (gssize) length);
  g_assert_true (library_check_file (path, &tail, &error));
  g_assert_cmpuint (tail.first, ==, tail.end);
  support_write (folder, "data.mdb", bytes, (gssize) (length - page * 3));
  g_assert_true (library_check_file (path, &tail, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (tail.first, ==, length / page - 3);
  g_assert_cmpuint (tail.end, >, tail.first);
  g_assert_cmpuint (tail.end, <=, length / page);
  for (gsize at = 16; at < page * 2; at += page) /* the mark of either head */
    {
      bytes[at] ^= 1;
      support_write (folder, "data.mdb", bytes, (gssize) length);
      g_assert_false (library_check_file (path, &tail, &error));
      g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
      g_clear_error (&error);
      bytes[at] ^= 1;
    }
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/not-a-folder", test_not_a_folder);
  g_test_add_func ("/check/no-permission", test_no_permission);
  g_test_add_func ("/check/made", test_made);
  g_test_add_func ("/check/garbage", test_garbage);
  g_test_add_func ("/check/empty-file", test_empty_file);
  g_test_add_func ("/check/other-things", test_other_things);
  g_test_add_func ("/check/newer", test_newer);
  g_test_add_func ("/check/cut", test_cut);
  g_test_add_func ("/check/longer", test_longer);
  g_test_add_func ("/check/check-file", test_check_file);
  return g_test_run ();
}
