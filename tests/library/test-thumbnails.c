/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thumbnails as files: kept, found, and removed when they are too many. */
#include "library-thumbnails.h"

#include "support.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SIZE 8192u

static GBytes *
make_jpeg (guint8 seed)
{
  guint8 *bytes = g_malloc (SIZE);

  memset (bytes, seed, SIZE);
  bytes[0] = bytes[SIZE - 2] = 0xff;
  bytes[1] = 0xd8;
  bytes[SIZE - 1] = 0xd9;
  return g_bytes_new_take (bytes, SIZE);
}

static char *
path_of (LibraryThumbnails *thumbnails, guint number)
{
  return g_strdup_printf ("%s/256/00/%016x%016x.jpg", library_thumbnails_get_folder (thumbnails), 0, number);
}

/* Last used so many days ago. */
static void
set_age (const char *path, guint days)
{
  struct timespec times[2];

  times[0].tv_sec = times[1].tv_sec = g_get_real_time () / G_TIME_SPAN_SECOND - days * 86400;
  times[0].tv_nsec = times[1].tv_nsec = 0;
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static gboolean
has (LibraryThumbnails *thumbnails, guint number)
{
  g_autofree char *path = path_of (thumbnails, number);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
store (LibraryThumbnails *thumbnails, guint number, guint days)
{
  const guint64 hash[2] = { 0, number };
  g_autoptr (GBytes) jpeg = make_jpeg ((guint8) number);
  g_autofree char *path = path_of (thumbnails, number);

  library_thumbnails_store (thumbnails, hash, 256, jpeg);
  g_assert_true (has (thumbnails, number));
  set_age (path, days);
}

static void
test_store (void)
{
  LibraryThumbnails *thumbnails = library_thumbnails_new (0);
  g_autoptr (GBytes) jpeg = make_jpeg (1), other = make_jpeg (2), back = NULL;
  const guint64 hash[2] = { 0, 7 };

  library_thumbnails_store (thumbnails, hash, 256, jpeg);
  library_thumbnails_store (thumbnails, hash, 256, other); /* the same content has the same thumbnail */
  back = library_thumbnails_get (thumbnails, hash, 256);
  g_assert_true (g_bytes_equal (back, jpeg));
  g_assert_null (library_thumbnails_get (thumbnails, hash, 512));
  library_thumbnails_free (thumbnails);
}

static void
test_trim (void)
{
  LibraryThumbnails *thumbnails = library_thumbnails_new (0);
  const guint64 used[2] = { 0, 100 };
  g_autoptr (GBytes) back = NULL;
  g_autofree char *left = g_build_filename (library_thumbnails_get_folder (thumbnails), "256", "00", ".left", NULL);
  g_autofree char *fresh = g_build_filename (library_thumbnails_get_folder (thumbnails), "256", "00", ".fresh", NULL);

  for (guint i = 100; i < 140; i++)
    store (thumbnails, i, 200 - i);
  g_assert_true (g_file_set_contents (left, "x", 1, NULL));
  set_age (left, 1);
  g_assert_true (g_file_set_contents (fresh, "x", 1, NULL));
  back = library_thumbnails_get (thumbnails, used, 256); /* the oldest, but wanted */
  library_thumbnails_trim (thumbnails, G_TIME_SPAN_HOUR);
  g_assert_true (has (thumbnails, 101)); /* there is room */
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (fresh, G_FILE_TEST_EXISTS));

  library_thumbnails_set_limit (thumbnails, 20 * SIZE);
  library_thumbnails_trim (thumbnails, G_TIME_SPAN_HOUR);
  g_assert_true (has (thumbnails, 100));
  g_assert_false (has (thumbnails, 101));
  g_assert_false (has (thumbnails, 120));
  g_assert_true (has (thumbnails, 125));
  g_assert_true (has (thumbnails, 139));
  store (thumbnails, 200, 300);
  for (guint i = 201; i < 230; i++)
    store (thumbnails, i, 1);
  library_thumbnails_trim (thumbnails, G_TIME_SPAN_HOUR); /* not again so soon */
  g_assert_true (has (thumbnails, 200));
  library_thumbnails_trim (thumbnails, 0);
  g_assert_false (has (thumbnails, 200));
  library_thumbnails_free (thumbnails);
}

int
main (int argc, char **argv)
{
  char *folder = support_make_folder ();
  int result;

  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/thumbnails/store", test_store);
  g_test_add_func ("/thumbnails/trim", test_trim);
  result = g_test_run ();
  support_remove (folder);
  return result;
}
