/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tells files apart, and paths that are longer than the system takes. */
#include "library-file.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image.h"

static void
test_identity (void)
{
  LibraryIdentity one = { 1, 2, 3, 4 };
  LibraryIdentity others[] = { { 9, 2, 3, 4 }, { 1, 9, 3, 4 }, { 1, 2, 9, 4 }, { 1, 2, 3, 9 } };

  g_assert_true (library_identity_equal (&one, &one));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_false (library_identity_equal (&one, &others[i]));
      g_assert_true (library_identity_equal_in_place (&one, &others[i]) == (i == 0));
    }
}

/* Nanoseconds, before 1970 too, and times that no clock shows without a trap. */
static void
test_from_stat (void)
{
  struct stat status = { .st_dev = 5, .st_ino = 6, .st_size = G_MAXINT64, .st_mtim = { -1, 999999999 } };
  LibraryIdentity identity;

  library_identity_from_stat (&identity, &status);
  g_assert_cmpuint (identity.device, ==, 5);
  g_assert_cmpuint (identity.inode, ==, 6);
  g_assert_cmpint (identity.size, ==, G_MAXINT64);
  g_assert_cmpint (identity.mtime, ==, -1);
  status.st_mtim.tv_sec = G_MAXINT64;
  library_identity_from_stat (&identity, &status);
}

static void
test_identify (void)
{
  char *folder = support_make_folder ();
  g_autofree char *file = g_build_filename (folder, "a", NULL), *missing = g_build_filename (folder, "b", NULL);
  g_autofree char *below = g_build_filename (file, "c", NULL), *link = g_build_filename (folder, "link", NULL);
  LibraryIdentity identity, again;

  support_write (folder, "a", "abc", 3);
  g_assert_cmpint (symlink ("a", link), ==, 0);
  g_assert_true (library_file_identify (file, &identity));
  g_assert_cmpint (identity.size, ==, 3);
  g_assert_true (library_file_identify (link, &again));
  g_assert_true (library_identity_equal (&identity, &again));
  g_assert_false (library_file_identify (missing, &identity));
  g_assert_cmpint (errno, ==, ENOENT);
  g_assert_false (library_file_identify (below, &identity));
  g_assert_cmpint (errno, ==, ENOTDIR);
  g_assert_false (library_file_identify (folder, &identity)); /* no regular file */
  g_assert_cmpint (errno, ==, ENOENT);
  support_remove (folder);
}

/* Makes folders of `name` in `folder` down to a depth and a file "a" in the last; gives its path. */
static char *
make_deep (const char *folder, const char *name, guint depth)
{
  g_autoptr (GString) path = g_string_new (folder);
  int at = open (folder, O_PATH | O_DIRECTORY), next, file;

  for (guint i = 0; i < depth; i++)
    {
      g_assert_cmpint (mkdirat (at, name, 0700), ==, 0);
      next = openat (at, name, O_PATH | O_DIRECTORY);
      close (at);
      at = next;
      g_string_append_printf (path, "/%s", name);
    }
  file = openat (at, "a", O_WRONLY | O_CREAT, 0600);
  g_assert_cmpint (write (file, "abc", 3), ==, 3);
  close (file);
  close (at);
  return g_string_free (g_string_append (g_steal_pointer (&path), "/a"), FALSE);
}

static void
check_open (const char *path)
{
  g_autoptr (GError) error = NULL;
  int fd = library_file_open_picture (path, &error);
  char bytes[4];

  g_assert_no_error (error);
  g_assert_cmpint (read (fd, bytes, 4), ==, 3);
  close (fd);
}

/* Paths just before, at and after what the system takes at once, and twice that; only the last of them is a file. */
static void
test_long_paths (void)
{
  for (guint length = 180; length <= 250; length += 7)
    {
      char *folder = support_make_folder ();
      g_autofree char *name = g_strnfill (length, 'd');
      g_autofree char *path = make_deep (folder, name, 4096 * 2 / length);

      for (char *end = path + strlen (folder); end != NULL; end = strchr (end + 1, '/'))
        {
          g_autofree char *part = g_strdup_printf ("%.*s/a", (int) (end - path), path);
          struct stat status;
          int result = library_file_stat (part, &status);

          if (strcmp (part, path) == 0)
            g_assert_cmpint (result, ==, 0);
          else
            g_assert_true (result == -1 && errno == ENOENT);
        }
      check_open (path);
      support_remove (folder);
    }
}

/* Every length around the border. */
static void
test_border (void)
{
  for (guint length = 4080; length <= 4100; length++)
    {
      char *folder = support_make_folder ();
      g_autofree char *name = g_strnfill (200, 'd');
      g_autofree char *path = make_deep (folder, name, 20);
      g_autoptr (GString) dotted = g_string_new (folder);

      /* Slashes more than needed make it as long as wanted. */
      while (dotted->len + strlen (path) - strlen (folder) < length)
        g_string_append_c (dotted, '/');
      g_string_append (dotted, path + strlen (folder));
      g_assert_cmpuint (dotted->len, ==, length);
      check_open (dotted->str);
      support_remove (folder);
    }
}

static void
test_open_picture (void)
{
  char *folder = support_make_folder ();
  g_autofree char *file = g_build_filename (folder, "a", NULL), *missing = g_build_filename (folder, "b", NULL);
  g_autoptr (GError) error = NULL;

  support_write (folder, "a", "abc", 3);
  check_open (file);
  g_assert_cmpint (library_file_open_picture (missing, &error), ==, -1);
  g_assert_error (error, IMAGE_ERROR, IMAGE_ERROR_GONE);
  support_remove (folder);
}

static void
test_no_such_name (void)
{
  g_autofree char *name = g_strnfill (5000, 'x');
  g_autofree char *path = g_strconcat ("/", name, NULL);
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_cmpint (library_file_stat (path, &status), ==, -1);
  g_assert_cmpint (errno, ==, ENAMETOOLONG);
  g_assert_cmpint (library_file_open (path, O_RDONLY), ==, -1);
  g_assert_cmpint (errno, ==, ENAMETOOLONG);
  g_assert_cmpint (library_file_open_picture (path, &error), ==, -1);
  g_assert_error (error, IMAGE_ERROR, IMAGE_ERROR_NAME_UNUSABLE);
}

static void
test_within (void)
{
  g_assert_true (library_path_is_within ("/a/b", "/a"));
  g_assert_true (library_path_is_within ("/a/b", "/a/"));
  g_assert_true (library_path_is_within ("/a/b", "/a//"));
  g_assert_true (library_path_is_within ("/a", "/a"));
  g_assert_true (library_path_is_within ("/a", "/"));
  g_assert_true (library_path_is_within ("/", "/"));
  g_assert_false (library_path_is_within ("/ab", "/a"));
  g_assert_false (library_path_is_within ("/a", "/a/b"));
  g_assert_false (library_path_is_within ("/b/a", "/a"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file/identity", test_identity);
  g_test_add_func ("/file/from-stat", test_from_stat);
  g_test_add_func ("/file/identify", test_identify);
  g_test_add_func ("/file/long-paths", test_long_paths);
  g_test_add_func ("/file/border", test_border);
  g_test_add_func ("/file/open-picture", test_open_picture);
  g_test_add_func ("/file/no-such-name", test_no_such_name);
  g_test_add_func ("/file/within", test_within);
  return g_test_run ();
}
