/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk over a damaged store: the input is what was changed in a sound one, a place and a byte each time, and how much was
 * cut off. */
#include "fuzz.h"

#include <stdio.h>

#include "library-pages.h"
#include "library-space.h"

#define PHOTOS 60u
#define DIM 8u

static guint8 *sound;
static gsize length;

static gboolean
fill (LibraryTxn *txn, gpointer data, GError **error)
{
  LibrarySpace space;

  library_space_init (&space, "model", LIBRARY_CLASS_FAST, DIM);
  library_space_ensure (txn, &space);
  for (LibraryPhotoId id = 1; id <= PHOTOS; id++)
    {
      guint16 halves[DIM] = { (guint16) id };
      LibraryKey key = library_key_u64 (id);
      g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_META);

      library_put_text (record, "any record will do");
      library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, record);
      library_txn_add_id (txn, LIBRARY_TABLE_BY_HASH, &key, id);
      library_txn_add_id (txn, LIBRARY_TABLE_BY_HASH, &key, id + PHOTOS);
      library_space_put_many (txn, &space, &id, halves, 1);
    }
  return TRUE;
}

static void
make_sound (void)
{
  g_autofree char *folder = g_dir_make_tmp ("eidetic-pages-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryStore *store = library_store_open (folder, 0, NULL);
  GDir *names;
  const char *name;

  g_assert_true (library_store_write (store, fill, NULL, NULL));
  library_store_unref (store);
  g_assert_true (g_file_get_contents (path, (char **) &sound, &length, NULL));
  names = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (names)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      g_assert_cmpint (remove (file), ==, 0);
    }
  g_dir_close (names);
  g_assert_cmpint (remove (folder), ==, 0);
}

static gboolean
take (LibraryTable table, const LibraryKey *key, const guint8 *value, gsize size, gpointer data)
{
  guint8 sum = 0;

  for (gsize i = 0; i < size; i++)
    sum ^= value[i];
  *(guint8 *) data ^= sum;
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *damaged = NULL;
  g_autofree char *path = NULL;
  LibraryPages pages;
  guint8 sum = 0;
  gsize left;

  if (sound == NULL)
    make_sound ();
  damaged = g_memdup2 (sound, length);
  left = length;
  if (size >= 2)
    left -= (gsize) (data[0] | data[1] << 8) * (data[1] >= 0x80) % (length / 2);
  for (gsize i = 2; i + 4 <= size; i += 4)
    damaged[(data[i] | data[i + 1] << 8 | data[i + 2] << 16) % length] = data[i + 3];
  fuzz_write ("data.mdb", damaged, left);
  path = g_build_filename (fuzz_folder (), "data.mdb", NULL);
  library_pages_read (path, 0, take, &sum, &pages, NULL);
  return 0;
}
