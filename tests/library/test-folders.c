/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folders of the library: added, away, and how many photographs they have. */
#include "library-folders.h"

#include "support.h"

#include <glib/gstdio.h>

typedef struct
{
  SupportStore library;
  char *folder;
} Bench;

static void
set_up (Bench *bench, gconstpointer data)
{
  support_store_set_up (&bench->library, NULL);
  bench->folder = support_make_folder ();
}

static void
tear_down (Bench *bench, gconstpointer data)
{
  support_store_tear_down (&bench->library, NULL);
  support_remove (bench->folder);
}

/* The root that a folder of the bench belongs to, 0 if it cannot be added. */
static guint32
add (Bench *bench, const char *name)
{
  g_autoptr (GFile) file = g_file_new_build_filename (bench->folder, name, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) folders = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (files, file);
  folders = library_folders_add (bench->library.store, files, &error);
  if (folders == NULL)
    {
      g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_NO_SUCH_FILE);
      return 0;
    }
  g_assert_cmpuint (folders->len, ==, 1);
  return ((LibraryFolder *) g_ptr_array_index (folders, 0))->root;
}

static void
make (Bench *bench, const char *name)
{
  g_autofree char *path = g_build_filename (bench->folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  support_write (path, "a.jpg", "x", 1);
}

static void
rename_to (Bench *bench, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename (bench->folder, from, NULL);
  g_autofree char *new = g_build_filename (bench->folder, to, NULL);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

static gboolean
put_photos (LibraryTxn *txn, gpointer data, GError **error)
{
  for (guint i = 0; i < 7; i++)
    {
      g_autofree char *path = g_strdup_printf ("/p/%u.jpg", i);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, i);

      photo->root = i < 4 ? 1 : 2;
      photo->flags = i == 0 ? LIBRARY_PHOTO_GONE : 0;
      library_photo_put (txn, photo);
    }
  return TRUE;
}

static void
check_state (Bench *bench, guint i, const char *name, guint64 photos, gboolean away)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) states = library_folders_get_states (bench->library.store, &error);
  g_autofree char *path = g_build_filename (bench->folder, name, NULL);
  const LibraryFolderState *state;

  g_assert_no_error (error);
  g_assert_cmpuint (i, <, states->len);
  state = g_ptr_array_index (states, i);
  g_assert_cmpstr (g_file_peek_path (state->file), ==, path);
  g_assert_cmpuint (state->photos, ==, photos);
  g_assert_true (state->away == away);
}

static void
test_states (Bench *bench, gconstpointer data)
{
  g_autofree char *path = g_build_filename (bench->folder, "one", NULL);

  make (bench, "one");
  make (bench, "two");
  g_assert_cmpuint (add (bench, "one"), ==, 1);
  g_assert_cmpuint (add (bench, "two"), ==, 2);
  support_change (bench->library.store, put_photos, NULL);
  check_state (bench, 0, "one", 3, FALSE);
  check_state (bench, 1, "two", 3, FALSE);
  rename_to (bench, "one", "elsewhere");
  check_state (bench, 0, "one", 3, TRUE);
  check_state (bench, 1, "two", 3, FALSE);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0); /* a mount point without its volume */
  check_state (bench, 0, "one", 3, TRUE);
  g_assert_cmpint (g_rmdir (path), ==, 0);
  rename_to (bench, "elsewhere", "one");
  check_state (bench, 0, "one", 3, FALSE);
}

/* One that never had any photographs is empty, not away. */
static void
test_empty (Bench *bench, gconstpointer data)
{
  g_autofree char *path = g_build_filename (bench->folder, "empty", NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpuint (add (bench, "empty"), ==, 1);
  check_state (bench, 0, "empty", 0, FALSE);
}

static void
test_add_away (Bench *bench, gconstpointer data)
{
  make (bench, "one");
  make (bench, "one/below");
  g_assert_cmpuint (add (bench, "one"), ==, 1);
  g_assert_cmpuint (add (bench, "one/below"), ==, 1);
  g_assert_cmpuint (add (bench, "one/nowhere"), ==, 0); /* the root is here, and this is not in it */
  rename_to (bench, "one", "elsewhere");
  g_assert_cmpuint (add (bench, "one"), ==, 1);
  g_assert_cmpuint (add (bench, "one/below"), ==, 1);
  g_assert_cmpuint (add (bench, "nowhere"), ==, 0);
  rename_to (bench, "elsewhere", "mounted-elsewhere");
  g_assert_cmpuint (add (bench, "mounted-elsewhere"), ==, 1); /* the same folder in another place */
  check_state (bench, 0, "mounted-elsewhere", 0, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/folders/states", Bench, NULL, set_up, test_states, tear_down);
  g_test_add ("/folders/empty", Bench, NULL, set_up, test_empty, tear_down);
  g_test_add ("/folders/add-away", Bench, NULL, set_up, test_add_away, tear_down);
  return g_test_run ();
}
