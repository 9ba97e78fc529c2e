/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files a walk finds, and as what. */
#include "library-scanner.h"

#include "library-folders.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#define JPEG "\xff\xd8\xff\xe0 and so on"

typedef struct
{
  char *folder;
  GPtrArray *roots;
  GPtrArray *found;
  guint most; /* how many to take */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = support_make_folder ();
  self->roots = g_ptr_array_new_with_free_func ((GDestroyNotify) library_folder_free);
  self->found = g_ptr_array_new_with_free_func ((GDestroyNotify) library_found_free);
  self->most = G_MAXUINT;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_ptr_array_unref (self->roots);
  g_ptr_array_unref (self->found);
  support_remove (self->folder);
}

static char *
at (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
make_folder (Fixture *self, const char *name)
{
  g_autofree char *path = at (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

/* With the bytes of a JPEG, whatever the name. */
static void
make_file (Fixture *self, const char *name)
{
  g_autofree char *path = at (self, name);
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (JPEG, file), >=, 0);
  fclose (file);
}

static void
make_link (Fixture *self, const char *name, const char *target)
{
  g_autofree char *path = at (self, name);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
add_root (Fixture *self, guint32 root, const char *name)
{
  LibraryFolder *folder = g_new0 (LibraryFolder, 1);

  folder->root = root;
  folder->path = *name == '\0' ? g_strdup (self->folder) : at (self, name);
  g_ptr_array_add (self->roots, folder);
}

static gboolean
take (LibraryFound *found, gpointer data)
{
  Fixture *self = data;

  g_ptr_array_add (self->found, found);
  return self->found->len < self->most;
}

static void
scan (Fixture *self, const char *const *skip)
{
  if (self->roots->len == 0)
    add_root (self, 1, "");
  g_ptr_array_set_size (self->found, 0);
  library_scanner_run (self->roots, skip, take, self);
}

/* "p a.jpg, o b/.hidden, …" in the order in which they came: p a picture, o another file, u unreadable. */
static void
check (Fixture *self, const char *wanted)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->found->len; i++)
    {
      const LibraryFound *found = g_ptr_array_index (self->found, i);

      g_assert_true (library_path_is_within (found->path, self->folder));
      g_string_append_printf (text, "%s%c %s", i > 0 ? ", " : "", "pou"[found->kind], found -> path + strlen (self->folder) + 1);
      g_assert_true ((found->reason != NULL) == (found->kind == LIBRARY_FOUND_UNREADABLE));
    }
  g_assert_cmpstr (text->str, ==, wanted);
}

static void
test_tree (Fixture *self, gconstpointer data)
{
  make_folder (self, "b/c");
  make_folder (self, "empty/deeper");
  make_file (self, "a.JPG");
  make_file (self, "z.png");
  make_file (self, "b/d.webp");
  make_file (self, "b/c/no-extension");
  support_write (self->folder, "notes.txt", "text", 4);
  support_write (self->folder, "nothing", "", 0);
  support_write (self->folder, "empty.jpg", "", 0);
  scan (self, NULL);
  check (self, "p a.JPG, p empty.jpg, o notes.txt, o nothing, p z.png, p b/d.webp, p b/c/no-extension");
}

static void
test_identity (Fixture *self, gconstpointer data)
{
  g_autofree char *path = at (self, "a.jpg");
  LibraryIdentity identity;
  const LibraryFound *found;

  make_file (self, "a.jpg");
  add_root (self, 42, "");
  scan (self, NULL);
  found = g_ptr_array_index (self->found, 0);
  g_assert_true (library_file_identify (path, &identity));
  g_assert_true (library_identity_equal (&identity, &found->identity));
  g_assert_cmpint (found->identity.size, ==, strlen (JPEG));
  g_assert_cmpuint (found->root, ==, 42);
}

static void
test_hidden (Fixture *self, gconstpointer data)
{
  make_folder (self, ".hidden/deeper");
  make_file (self, ".hidden/a.jpg");
  make_file (self, ".hidden/deeper/a.jpg");
  make_file (self, ".b.jpg");
  make_link (self, ".nowhere.jpg", "missing");
  scan (self, NULL);
  check (self, "o .b.jpg, o .nowhere.jpg");
  /* Who names a hidden folder means it. */
  g_ptr_array_set_size (self->roots, 0);
  add_root (self, 1, ".hidden");
  scan (self, NULL);
  check (self, "p .hidden/a.jpg, p .hidden/deeper/a.jpg");
}

static void
test_links (Fixture *self, gconstpointer data)
{
  g_autofree char *outside = support_make_folder ();

  support_write (outside, "far.jpg", JPEG, -1);
  make_folder (self, "real");
  make_file (self, "real/a.jpg");
  make_link (self, "b.jpg", "real/a.jpg");
  make_link (self, "outside", outside);
  make_link (self, "again", "real");
  make_link (self, "real/up", "..");
  make_link (self, "self", ".");
  make_link (self, "missing.jpg", "nothing");
  make_link (self, "missing", "nothing");
  make_link (self, "circle.png", "circle.png");
  scan (self, NULL);
  check (self, "p b.jpg, u circle.png, o missing, u missing.jpg, p again/a.jpg, p outside/far.jpg");
  for (guint i = 0; i < self->found->len; i++)
    {
      const LibraryFound *found = g_ptr_array_index (self->found, i);

      if (found->kind == LIBRARY_FOUND_UNREADABLE)
        {
          g_assert_cmpstr (found->reason, ==, "gone");
          g_assert_nonnull (found->detail);
          g_assert_cmpuint (found->identity.inode, ==, 0);
        }
    }
  support_remove (g_steal_pointer (&outside));
}

/* A file by two links is two files, each with a path of its own. */
static void
test_hard_links (Fixture *self, gconstpointer data)
{
  g_autofree char *a = at (self, "a.jpg"), *b = at (self, "b.jpg");

  make_file (self, "a.jpg");
  g_assert_cmpint (link (a, b), ==, 0);
  scan (self, NULL);
  check (self, "p a.jpg, p b.jpg");
}

static void
make_socket (Fixture *self, const char *name)
{
  g_autofree char *path = at (self, name);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (fd);
}

/* Opening a pipe would wait for ever. */
static void
test_no_files (Fixture *self, gconstpointer data)
{
  g_autofree char *pipe = at (self, "pipe.jpg"), *other = at (self, "pipe");

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (mkfifo (other, 0600), ==, 0);
  make_socket (self, "socket.jpg");
  make_link (self, "null.jpg", "/dev/null");
  scan (self, NULL);
  check (self, "o null.jpg, o pipe, o pipe.jpg, o socket.jpg");
}

static void
test_names (Fixture *self, gconstpointer data)
{
  g_autofree char *stem = g_strnfill (251, 'n');
  g_autofree char *longest = g_strconcat (stem, ".jpg", NULL);
  g_autofree char *wanted = g_strdup_printf ("p  .jpg, p %%s.jpg, p new\nline.jpg, p %s, p quote\"'.jpg, p \xff\xfe.jpg, p back\\slash/-x.jpg", longest);

  make_folder (self, "back\\slash");
  make_file (self, "back\\slash/-x.jpg");
  make_file (self, "new\nline.jpg");
  make_file (self, "\xff\xfe.jpg");
  make_file (self, " .jpg");
  make_file (self, "quote\"'.jpg");
  make_file (self, "%s.jpg");
  make_file (self, longest);
  scan (self, NULL);
  check (self, wanted);
}

/* Folder in folder until the path is longer than the system takes at once. */
static void
test_deep (Fixture *self, gconstpointer data)
{
  g_autofree char *name = g_strnfill (200, 'd');
  int folder = open (self->folder, O_PATH | O_DIRECTORY), next, file;
  const LibraryFound *found;
  LibraryIdentity identity;

  for (guint i = 0; i < 30; i++)
    {
      g_assert_cmpint (mkdirat (folder, name, 0700), ==, 0);
      next = openat (folder, name, O_PATH | O_DIRECTORY);
      close (folder);
      folder = next;
    }
  file = openat (folder, "a.jpg", O_WRONLY | O_CREAT, 0600);
  g_assert_cmpint (file, >=, 0);
  close (file);
  close (folder);
  scan (self, NULL);
  g_assert_cmpuint (self->found->len, ==, 1);
  found = g_ptr_array_index (self->found, 0);
  g_assert_cmpint (found->kind, ==, LIBRARY_FOUND_PICTURE);
  g_assert_cmpuint (strlen (found->path), ==, strlen (self->folder) + 30 * 201 + 6);
  g_assert_true (library_file_identify (found->path, &identity));
  g_assert_true (library_identity_equal (&identity, &found->identity));
}

/* Roots in roots, the same root twice, a root through a link: each folder once, under the root that came first. */
static void
test_roots (Fixture *self, gconstpointer data)
{
  make_folder (self, "a/b");
  make_file (self, "a/1.jpg");
  make_file (self, "a/b/2.jpg");
  make_file (self, "3.jpg");
  make_link (self, "c", "a/b");
  add_root (self, 5, "c");
  add_root (self, 6, "a");
  add_root (self, 7, "a");
  add_root (self, 8, "");
  scan (self, NULL);
  check (self, "p c/2.jpg, p a/1.jpg, p 3.jpg");
  g_assert_cmpuint (((LibraryFound *) g_ptr_array_index (self->found, 0))->root, ==, 5);
  g_assert_cmpuint (((LibraryFound *) g_ptr_array_index (self->found, 1))->root, ==, 6);
  g_assert_cmpuint (((LibraryFound *) g_ptr_array_index (self->found, 2))->root, ==, 8);
}

static void
test_skip (Fixture *self, gconstpointer data)
{
  g_autofree char *ours = at (self, "ours"), *link = at (self, "link");
  const char *const skip[] = { "/nonexistent", link, NULL };

  make_folder (self, "ours/deeper");
  make_file (self, "ours/a.jpg");
  make_file (self, "ours/deeper/a.jpg");
  make_file (self, "b.jpg");
  make_link (self, "link", "ours");
  scan (self, skip); /* meant is what the path leads to */
  check (self, "p b.jpg");
  scan (self, NULL);
  check (self, "p b.jpg, p link/a.jpg, p link/deeper/a.jpg");
}

static void
test_missing_root (Fixture *self, gconstpointer data)
{
  const LibraryFound *found;

  make_folder (self, "a");
  make_file (self, "a/1.jpg");
  make_file (self, "file");
  add_root (self, 1, "missing");
  add_root (self, 2, "file");
  add_root (self, 3, "a");
  scan (self, NULL);
  check (self, "u missing, u file, p a/1.jpg");
  found = g_ptr_array_index (self->found, 0);
  g_assert_cmpstr (found->reason, ==, "gone");
}

static void
test_unreadable (Fixture *self, gconstpointer data)
{
  g_autofree char *closed = at (self, "closed"), *file = at (self, "unknown");

  if (geteuid () == 0)
    {
      g_test_skip ("root may read everything");
      return;
    }
  make_folder (self, "closed");
  make_file (self, "closed/a.jpg");
  make_file (self, "unknown");
  make_file (self, "z.jpg");
  g_assert_cmpint (chmod (closed, 0), ==, 0);
  g_assert_cmpint (chmod (file, 0), ==, 0);
  scan (self, NULL);
  check (self, "o unknown, p z.jpg, u closed");
  g_assert_cmpstr (((LibraryFound *) g_ptr_array_index (self->found, 2))->reason, ==, "no-permission");
  g_assert_cmpint (chmod (closed, 0700), ==, 0);
}

/* FALSE ends the scan at once, in a folder and between folders and roots. */
static void
test_stop (Fixture *self, gconstpointer data)
{
  make_folder (self, "a");
  make_folder (self, "b");
  make_file (self, "a/1.jpg");
  make_file (self, "a/2.jpg");
  make_file (self, "b/3.jpg");
  add_root (self, 1, "a");
  add_root (self, 2, "");
  for (self->most = 1; self->most <= 3; self->most++)
    {
      scan (self, NULL);
      g_assert_cmpuint (self->found->len, ==, self->most);
    }
  self->most = 4;
  scan (self, NULL);
  g_assert_cmpuint (self->found->len, ==, 3);
}

static gboolean
is_stopped (gpointer data)
{
  return *(const gboolean *) data;
}

/* By names alone, in the same folders. */
static void
test_count (Fixture *self, gconstpointer data)
{
  g_autofree char *skipped = at (self, "skipped");
  const char *skip[] = { skipped, NULL };
  gboolean stopped = FALSE;

  make_folder (self, "b/c");
  make_folder (self, "skipped");
  make_folder (self, ".hidden");
  make_file (self, "a.JPG");
  make_file (self, "b/c/d.webp");
  make_file (self, "b/no-extension");
  make_file (self, "skipped/e.jpg");
  make_file (self, ".hidden/f.jpg");
  make_file (self, ".g.jpg");
  make_link (self, "b/c/loop", "..");
  make_link (self, "h.jpg", "a.JPG");
  add_root (self, 1, "");
  add_root (self, 2, "b");
  g_assert_cmpuint (library_scanner_count (self->roots, skip, is_stopped, &stopped), ==, 3);
  stopped = TRUE;
  g_assert_cmpuint (library_scanner_count (self->roots, NULL, is_stopped, &stopped), <, 3);
}

static void
test_system (Fixture *self, gconstpointer data)
{
  make_link (self, "proc", "/proc");
  make_file (self, "a.jpg");
  scan (self, NULL);
  check (self, "p a.jpg");
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/scanner/tree", test_tree);
  add ("/scanner/identity", test_identity);
  add ("/scanner/hidden", test_hidden);
  add ("/scanner/links", test_links);
  add ("/scanner/hard-links", test_hard_links);
  add ("/scanner/no-files", test_no_files);
  add ("/scanner/names", test_names);
  add ("/scanner/deep", test_deep);
  add ("/scanner/roots", test_roots);
  add ("/scanner/skip", test_skip);
  add ("/scanner/missing-root", test_missing_root);
  add ("/scanner/unreadable", test_unreadable);
  add ("/scanner/stop", test_stop);
  add ("/scanner/system", test_system);
  add ("/scanner/count", test_count);
  return g_test_run ();
}
