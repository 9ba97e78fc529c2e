/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders that are followed: what is told, and how often. */
#include "library-follower.h"

#include "support.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* Milliseconds.  Where only the kernel may tell, there are no sweeps; where only sweeps may, there is one watch. */
#define QUIET 60
#define NEVER 1000000
#define PATIENCE 20000

typedef struct
{
  char *folder, *root;
  LibraryFollower *follower;
  LibraryFollowerOptions options;
  GHashTable *told;
  guint calls, all;
} Bench;

static const LibraryFollowerOptions watched = { .quiet = QUIET, .longest = NEVER, .sweep = NEVER, .full = NEVER };
static const LibraryFollowerOptions swept = { .quiet = QUIET, .longest = NEVER, .sweep = 80, .full = NEVER, .watches = 1 };

static void
take (const char *const *folders, gboolean all, gpointer data)
{
  Bench *bench = data;

  bench->calls++;
  bench->all += all;
  for (guint i = 0; folders[i] != NULL; i++)
    g_hash_table_add (bench->told, g_strdup (folders[i]));
}

static gboolean
set_true (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
spend (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, set_true, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
make_folder (Bench *bench, const char *name)
{
  g_autofree char *path = g_build_filename (bench->root, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

static void
start (Bench *bench)
{
  g_autofree char *skip = g_build_filename (bench->root, "skipped", NULL);
  const char *roots[] = { bench->root, NULL };
  const char *skipped[] = { skip, NULL };

  bench->follower = library_follower_new (roots, skipped, &bench->options, take, bench);
  spend (150); /* the first look */
  g_assert_cmpuint (bench->calls, ==, 0);
}

static void
set_up (Bench *bench, gconstpointer data)
{
  bench->folder = support_make_folder ();
  bench->root = g_build_filename (bench->folder, "root", NULL);
  bench->options = *(const LibraryFollowerOptions *) data;
  bench->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  make_folder (bench, "a/deep");
  make_folder (bench, "b");
  make_folder (bench, "skipped");
  make_folder (bench, ".hidden");
  support_write (bench->root, "one.jpg", "1", 1);
  support_write (bench->root, "a/deep/two.jpg", "2", 1);
}

static void
tear_down (Bench *bench, gconstpointer data)
{
  g_clear_pointer (&bench->follower, library_follower_free);
  spend (20);
  g_hash_table_unref (bench->told);
  g_free (bench->root);
  support_remove (bench->folder);
}

/* Waits until a folder ("" for the root) was told of. */
static void
expect (Bench *bench, const char *name)
{
  g_autofree char *path = name[0] != '\0' ? g_build_filename (bench->root, name, NULL) : g_strdup (bench->root);

  for (guint i = 0; i < PATIENCE / 10 && !g_hash_table_contains (bench->told, path); i++)
    spend (10);
  if (!g_hash_table_remove (bench->told, path))
    g_error ("nothing was told of %s", path);
}

/* Nothing is told of any more. */
static void
expect_peace (Bench *bench)
{
  guint calls = bench->calls;

  spend (300);
  g_assert_cmpuint (bench->calls, ==, calls);
  g_assert_cmpuint (g_hash_table_size (bench->told), ==, 0);
}

static void
move (Bench *bench, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename (bench->root, from, NULL);
  g_autofree char *new = g_build_filename (bench->root, to, NULL);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

/* Takes the root itself away, or brings it back. */
static void
move_root (Bench *bench, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename (bench->folder, from, NULL);
  g_autofree char *new = g_build_filename (bench->folder, to, NULL);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

static void
test_changes (Bench *bench, gconstpointer data)
{
  g_autofree char *file = g_build_filename (bench->root, "a", "deep", "two.jpg", NULL);

  start (bench);
  expect_peace (bench);
  support_write (bench->root, "b/new.jpg", "x", 1);
  expect (bench, "b");
  g_assert_cmpint (g_unlink (file), ==, 0);
  expect (bench, "a/deep");
  move (bench, "a/deep", "a/other");
  expect (bench, "a");
  support_write (bench->root, "a/other/three.jpg", "x", 1);
  expect (bench, "a/other");
  move (bench, "a/other", "b/other");
  expect (bench, "a");
  expect (bench, "b");
  support_write (bench->root, "b/other/four.jpg", "x", 1);
  expect (bench, "b/other");
  make_folder (bench, "c/d/e");
  expect (bench, "");
  support_write (bench->root, "c/d/e/five.jpg", "x", 1);
  expect (bench, "c/d/e");
  expect_peace (bench);
  g_assert_cmpuint (bench->all, ==, 0);
}

static void
test_ignored (Bench *bench, gconstpointer data)
{
  start (bench);
  support_write (bench->root, "skipped/x.jpg", "x", 1);
  support_write (bench->root, ".hidden/x.jpg", "x", 1);
  expect_peace (bench);
}

/* Writing into a file leaves its folder as it is: only the kernel tells. */
static void
test_written (Bench *bench, gconstpointer data)
{
  g_autofree char *path = g_build_filename (bench->root, "a", "deep", "two.jpg", NULL);
  FILE *file;

  start (bench);
  file = fopen (path, "a");
  fputs ("more", file);
  fclose (file);
  expect (bench, "a/deep");
  expect_peace (bench);
}

static void
test_root (Bench *bench, gconstpointer data)
{
  bench->options.sweep = 80;
  start (bench);
  move_root (bench, "root", "away");
  expect (bench, "");
  expect_peace (bench);
  g_assert_cmpuint (bench->all, ==, 0);
  move_root (bench, "away", "root");
  for (guint i = 0; i < PATIENCE / 10 && bench->all == 0; i++)
    spend (10);
  g_assert_cmpuint (bench->all, ==, 1);
  g_hash_table_remove_all (bench->told);
  support_write (bench->root, "b/new.jpg", "x", 1);
  expect (bench, "b");
}

/* It need not be there at first. */
static void
test_no_root (Bench *bench, gconstpointer data)
{
  bench->options.sweep = 80;
  move_root (bench, "root", "away");
  start (bench);
  expect_peace (bench);
  move_root (bench, "away", "root");
  for (guint i = 0; i < PATIENCE / 10 && bench->all == 0; i++)
    spend (10);
  g_assert_cmpuint (bench->all, ==, 1);
}

static void
test_burst (Bench *bench, gconstpointer data)
{
  start (bench);
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/a/%u.jpg", bench->root, i);

      g_assert_true (g_file_set_contents_full (path, "x", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    }
  expect (bench, "a");
  expect_peace (bench);
  g_assert_cmpuint (bench->calls, <=, 5);
}

/* What goes on in a new folder is waited for as well. */
static void
test_new_folder (Bench *bench, gconstpointer data)
{
  bench->options.quiet = 400;
  start (bench);
  make_folder (bench, "new");
  for (guint i = 0; i < 15; i++)
    {
      spend (60);
      support_write (bench->root, "new/again.jpg", "x", 1);
    }
  g_assert_cmpuint (bench->calls, ==, 0);
  expect (bench, "");
  g_assert_cmpuint (bench->calls, ==, 1);
}

/* What the kernel told of is not found once more by a sweep. */
static void
test_once (Bench *bench, gconstpointer data)
{
  bench->options.sweep = 250;
  start (bench);
  support_write (bench->root, "b/new.jpg", "x", 1);
  expect (bench, "b");
  expect_peace (bench);
  g_assert_cmpuint (bench->calls, ==, 1);
}

/* A change so soon after the last one that the folder's time is the same. */
static void
test_same_time (Bench *bench, gconstpointer data)
{
  g_autofree char *path = g_build_filename (bench->root, "b", NULL);
  struct timespec times[2];
  struct stat status;

  start (bench);
  g_assert_cmpint (stat (path, &status), ==, 0);
  times[0] = status.st_atim;
  times[1] = status.st_mtim;
  support_write (bench->root, "b/new.jpg", "x", 1);
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  expect (bench, "b");
}

/* What never ends is told of all the same. */
static void
test_endless (Bench *bench, gconstpointer data)
{
  bench->options.quiet = 200;
  bench->options.longest = 500;
  start (bench);
  for (guint i = 0; i < 150 && bench->calls == 0; i++)
    {
      support_write (bench->root, "b/again.jpg", "x", 1);
      spend (20);
    }
  g_assert_cmpuint (bench->calls, >=, 1);
}

static void
test_full (Bench *bench, gconstpointer data)
{
  bench->options.full = 400;
  start (bench);
  spend (1500);
  g_assert_cmpuint (bench->all, >=, 1);
  g_assert_cmpuint (bench->all, <=, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/follower/watched", Bench, &watched, set_up, test_changes, tear_down);
  g_test_add ("/follower/swept", Bench, &swept, set_up, test_changes, tear_down);
  g_test_add ("/follower/ignored", Bench, &watched, set_up, test_ignored, tear_down);
  g_test_add ("/follower/ignored-by-sweeps", Bench, &swept, set_up, test_ignored, tear_down);
  g_test_add ("/follower/written", Bench, &watched, set_up, test_written, tear_down);
  g_test_add ("/follower/root", Bench, &watched, set_up, test_root, tear_down);
  g_test_add ("/follower/no-root", Bench, &watched, set_up, test_no_root, tear_down);
  g_test_add ("/follower/burst", Bench, &watched, set_up, test_burst, tear_down);
  g_test_add ("/follower/new-folder", Bench, &watched, set_up, test_new_folder, tear_down);
  g_test_add ("/follower/once", Bench, &watched, set_up, test_once, tear_down);
  g_test_add ("/follower/same-time", Bench, &swept, set_up, test_same_time, tear_down);
  g_test_add ("/follower/endless", Bench, &watched, set_up, test_endless, tear_down);
  g_test_add ("/follower/full", Bench, &watched, set_up, test_full, tear_down);
  return g_test_run ();
}
