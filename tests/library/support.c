/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

char *
support_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("eidetic-library-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* By descriptors: what tests make may lie deeper than a path can say.  Takes over the folder. */
static void
remove_content (int fd)
{
  DIR *folder = fdopendir (fd);
  struct dirent *entry;

  g_assert_nonnull (folder);
  while ((entry = readdir (folder)) != NULL)
    {
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0 || unlinkat (fd, entry->d_name, 0) == 0)
        continue;
      remove_content (openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      g_assert_cmpint (unlinkat (fd, entry->d_name, AT_REMOVEDIR), ==, 0);
    }
  closedir (folder);
}

void
support_remove (char *folder)
{
  remove_content (open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  g_assert_cmpint (rmdir (folder), ==, 0);
  g_free (folder);
}

void
support_write (const char *folder, const char *name, gconstpointer text, gssize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
}

LibraryStore *
support_open (const char *folder, gsize map_size)
{
  g_autoptr (GError) error = NULL;
  LibraryStore *store = library_store_open (folder, map_size, &error);

  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

void
support_change (LibraryStore *store, LibraryWriteFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = library_store_write (store, func, data, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

LibraryTxn *
support_begin (LibraryStore *store)
{
  g_autoptr (GError) error = NULL;
  LibraryTxn *txn = library_txn_begin (store, &error);

  g_assert_no_error (error);
  return txn;
}

typedef struct
{
  LibraryTable table;
  const LibraryKey *key;
  gsize byte;
} Damage;

static gboolean
damage (LibraryTxn *txn, gpointer data, GError **error)
{
  const Damage *where = data;
  const guint8 *value;
  gsize length;
  g_autofree guint8 *copy = NULL;

  g_assert_true (library_txn_get (txn, where->table, where->key, &value, &length));
  g_assert_cmpuint (where->byte, <, length);
  copy = g_memdup2 (value, length);
  copy[where->byte] ^= 1;
  library_txn_put (txn, where->table, where->key, copy, length);
  return TRUE;
}

void
support_damage (LibraryStore *store, LibraryTable table, const LibraryKey *key, gsize byte)
{
  Damage where = { table, key, byte };

  support_change (store, damage, &where);
}

void
support_expect_damage (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*damaged values*");
}

LibraryPhotoRecord *
support_photo (const char *path, guint64 number)
{
  LibraryPhotoRecord *photo = g_new0 (LibraryPhotoRecord, 1);

  photo->root = 1;
  photo->identity = (LibraryIdentity){ 7, 1000 + number, (gint64) (5000 + number), (gint64) (1500000000 + number) * 1000000000 + 5 };
  photo->hash[0] = 0x1111111111111111u * (number % 15 + 1);
  photo->hash[1] = number;
  photo->width = 640;
  photo->height = 480;
  photo->format = g_strdup ("jpeg");
  photo->path = g_strdup (path);
  photo->caption = g_strdup ("");
  photo->title = g_strdup ("");
  photo->camera = g_strdup ("");
  return photo;
}

void
support_unit (GRand *rand, float *out, gsize dim)
{
  double squares = 0;

  for (gsize i = 0; i < dim; i++)
    {
      out[i] = (float) g_rand_double_range (rand, -1, 1);
      squares += (double) out[i] * out[i];
    }
  for (gsize i = 0; i < dim; i++)
    out[i] = (float) (out[i] / sqrt (squares));
}

void
support_store_set_up (SupportStore *self, gconstpointer map_size)
{
  self->folder = support_make_folder ();
  self->store = support_open (self->folder, GPOINTER_TO_SIZE (map_size));
}

void
support_store_tear_down (SupportStore *self, gconstpointer map_size)
{
  library_store_unref (self->store);
  support_remove (self->folder);
}

void
support_store_reopen (SupportStore *self)
{
  library_store_unref (self->store);
  self->store = support_open (self->folder, 0);
}
