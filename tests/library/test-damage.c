/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged files of libraries that were not closed: opening, reading and writing them in this very process.  What comes out is
 * right or missing, never wrong, and what is missing was said.  With an argument, that many of each kind. */
#include "library-pages.h"
#include "library-space.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PHOTOS 600u
#define DIM 96u
#define PAGE 4096u

static guint rounds = 12;
static char *bytes;
static gsize length;

static char *
make_path (guint64 number)
{
  return g_strdup_printf ("/photos/%03u.jpg", (guint) number);
}

static void
make_row (guint64 number, guint16 row[DIM])
{
  for (guint i = 0; i < DIM; i++)
    row[i] = (guint16) (number * 31 + i);
}

static void
init_space (LibrarySpace *space)
{
  library_space_init (space, "model", LIBRARY_CLASS_FAST, DIM);
}

typedef struct
{
  guint64 first, count;
} Piece;

/* Photographs with embeddings; every tenth is gone. */
static gboolean
put_piece (LibraryTxn *txn, gpointer data, GError **error)
{
  const Piece *piece = data;
  LibrarySpace space;

  init_space (&space);
  for (guint64 i = piece->first; i < piece->first + piece->count; i++)
    {
      g_autofree char *path = make_path (i);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, i);
      guint16 row[DIM];

      photo->flags = i % 10 == 0 ? LIBRARY_PHOTO_GONE : 0;
      g_free (photo->caption);
      photo->caption = g_strnfill (i % 7 == 0 ? 5000 : i % 50, 'c');
      library_photo_put (txn, photo);
      make_row (photo->id, row);
      library_space_put_many (txn, &space, &photo->id, row, 1);
      if (photo->flags != 0)
        library_spaces_set_visible (txn, photo->id, FALSE);
    }
  return TRUE;
}

static void
make_library (void)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryStore *store = support_open (folder, 0);

  for (guint i = 0; i < PHOTOS; i += 50)
    {
      Piece piece = { i + 1, 50 };

      support_change (store, put_piece, &piece);
    }
  library_store_unref (store);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  support_remove (folder);
}

/* ---- what is found again ---- */

typedef struct
{
  guint photos, vectors, rows;
} Count;

static gboolean
check_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize size, gpointer data)
{
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, size);
  g_autofree char *path = photo != NULL ? make_path (photo->identity.inode - 1000) : NULL;

  if (photo == NULL)
    return TRUE;
  g_assert_cmpstr (photo->path, ==, path);
  g_assert_cmpuint (photo->id, ==, photo->identity.inode - 1000);
  g_assert_cmpuint (strlen (photo->caption), ==, photo->id % 7 == 0 ? 5000 : photo->id % 50);
  ((Count *) data)->photos++;
  return TRUE;
}

static gboolean
check_rows (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  for (guint i = 0; i < count; i++)
    {
      g_assert_true (ids[i] == 0 || ids[i] % 10 != 0);
      ((Count *) data)->rows += ids[i] != 0;
    }
  return TRUE;
}

static Count
check_content (LibraryStore *store)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  float query[DIM] = { 1 };
  const float *queries[] = { query };
  LibrarySpace space;
  Count count = { 0 };

  init_space (&space);
  library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, check_photo, &count);
  if (library_space_find (txn, &space))
    library_space_scan (txn, &space, queries, 1, check_rows, &count);
  for (guint64 i = 1; i <= PHOTOS; i++)
    {
      guint16 row[DIM], wanted[DIM];

      if (!library_space_get_halves (txn, &space, i, row))
        continue;
      make_row (i, wanted);
      g_assert_cmpmem (row, sizeof row, wanted, sizeof wanted);
      count.vectors++;
    }
  g_assert_true (library_txn_check (txn, NULL));
  return count;
}

static gboolean
delete_some (LibraryTxn *txn, gpointer data, GError **error)
{
  for (guint64 i = 1; i <= PHOTOS; i += 3)
    {
      LibraryKey key = library_key_u64 (i);

      library_spaces_forget (txn, i);
      library_txn_delete (txn, LIBRARY_TABLE_PHOTOS, &key);
    }
  return TRUE;
}

/* Every page of the file is used by writing. */
static void
write_much (LibraryStore *store)
{
  Piece piece = { PHOTOS * 10, 100 };

  support_change (store, delete_some, NULL);
  support_change (store, put_piece, &piece);
  piece.first += 100;
  support_change (store, put_piece, &piece);
}

static gboolean
is_sound (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryPages pages;

  g_assert_true (library_pages_read (path, 0, NULL, NULL, &pages, NULL));
  if (pages.damaged)
    g_test_message ("%s", pages.what);
  return !pages.damaged && pages.complete;
}

/* FALSE if it cannot be opened. */
static gboolean
survives (const char *file, gsize size, Count *count, gboolean *noticed)
{
  char *folder = support_make_folder ();
  g_autoptr (GError) error = NULL;
  LibraryStore *store;

  support_write (folder, "data.mdb", file, (gssize) size);
  support_write (folder, "state", "in use\n", -1);
  store = library_store_open (folder, 0, &error);
  *noticed = store == NULL;
  if (store != NULL)
    {
      *count = check_content (store);
      *noticed = library_store_get_notice (store) != NULL || library_store_get_damaged (store) > 0;
      write_much (store);
      library_store_unref (store);
      g_assert_true (is_sound (folder));
    }
  else
    g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
  support_remove (folder);
  return *noticed ? store != NULL : TRUE;
}

typedef void (*Damage) (GRand *rand, char *file, gsize *size);

static void
run (Damage damage, guint seed, guint refused_at_most)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint refused = 0, said = 0;
  guint64 kept = 0, opened = 0;

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *file = g_memdup2 (bytes, length);
      gsize size = length;
      Count count = { 0 };
      gboolean noticed;

      damage (rand, file, &size);
      if (!survives (file, size, &count, &noticed))
        {
          refused++;
          continue;
        }
      g_assert_true (noticed || (count.photos == PHOTOS && count.vectors == PHOTOS && count.rows == PHOTOS * 9 / 10));
      said += noticed;
      kept += count.photos;
      opened++;
    }
  g_test_message ("%u damaged: %u refused, %u said, %.1f %% of the photographs in those that opened", rounds, refused, said,
                  100.0 * (double) kept / (double) (MAX (opened, 1) * PHOTOS));
  g_assert_cmpuint (refused, <=, refused_at_most);
}

/* Damaged file or not, it is the same program. */
static void
test_whole (void)
{
  gboolean noticed;
  Count count;

  g_assert_true (survives (bytes, length, &count, &noticed));
  g_assert_false (noticed);
  g_assert_cmpuint (count.photos, ==, PHOTOS);
  g_assert_cmpuint (count.vectors, ==, PHOTOS);
  g_assert_cmpuint (count.rows, ==, PHOTOS * 9 / 10);
}

static void
cut (GRand *rand, char *file, gsize *size)
{
  *size = (gsize) g_rand_int_range (rand, 1, (gint32) length);
}

static void
flip_bit (GRand *rand, char *file, gsize *size)
{
  file[g_rand_int_range (rand, 0, (gint32) length)] ^= (char) (1 << g_rand_int_range (rand, 0, 8));
}

static void
spoil_page_head (GRand *rand, char *file, gsize *size)
{
  char *page = file + PAGE * (gsize) g_rand_int_range (rand, 0, (gint32) (length / PAGE));

  for (guint i = 0; i < 16; i++)
    page[i] = (char) g_rand_int (rand);
}

static void
clear_page (GRand *rand, char *file, gsize *size)
{
  memset (file + PAGE * (gsize) g_rand_int_range (rand, 0, (gint32) (length / PAGE)), 0, PAGE);
}

/* More of it than anybody would believe: what the walk over the pages itself stands. */
static void
spoil_much (GRand *rand, char *file, gsize *size)
{
  for (guint i = g_rand_int_range (rand, 2, 40); i > 0; i--)
    flip_bit (rand, file, size);
  if (g_rand_boolean (rand))
    spoil_page_head (rand, file, size);
}

static void
test_cut (void)
{
  run (cut, 1, rounds);
}

static void
test_bit (void)
{
  run (flip_bit, 2, 0);
}

static void
test_page_head (void)
{
  run (spoil_page_head, 3, 0);
}

static void
test_zeros (void)
{
  run (clear_page, 4, 0);
}

static void
test_much (void)
{
  run (spoil_much, 5, rounds / 10);
}

/* Either head alone is enough. */
static void
test_heads (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *file = g_memdup2 (bytes, length);
      gboolean noticed;
      Count count = { 0 };

      memset (file + i * PAGE, 0x55, PAGE);
      g_assert_true (survives (file, length, &count, &noticed));
      g_assert_true (noticed);
      g_assert_cmpuint (count.photos, >=, PHOTOS - 50);
    }
}

/* A file that was closed is not looked through, one that was not is. */
static void
test_mark (void)
{
  char *folder = support_make_folder ();
  g_autofree char *state = g_build_filename (folder, "state", NULL);
  LibraryStore *store = support_open (folder, 0);
  Piece piece = { 1, 10 };
  char *text;

  g_assert_true (g_file_get_contents (state, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "");
  g_free (text);
  support_change (store, put_piece, &piece);
  g_assert_true (g_file_get_contents (state, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "in use\n");
  g_free (text);
  library_store_unref (store);
  g_assert_true (g_file_get_contents (state, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "closed\n");
  g_free (text);
  /* Reading leaves no mark. */
  store = support_open (folder, 0);
  check_content (store);
  g_assert_true (g_file_get_contents (state, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "closed\n");
  g_free (text);
  library_store_unref (store);
  support_remove (folder);
}

/* Killed after the new file was complete, before or after the damaged one was moved. */
static void
test_resume (void)
{
  for (guint i = 0; i < 2; i++)
    {
      char *folder = support_make_folder ();
      g_autofree char *done = g_build_filename (folder, "rescued", NULL);
      g_autofree char *begun = g_build_filename (folder, "rescue", NULL);
      LibraryStore *store;

      g_assert_cmpint (g_mkdir_with_parents (done, 0700), ==, 0);
      g_assert_cmpint (g_mkdir_with_parents (begun, 0700), ==, 0);
      support_write (done, "data.mdb", bytes, (gssize) length);
      support_write (done, "lock.mdb", "x", 1);
      support_write (begun, "data.mdb", "half", 4);
      if (i == 0)
        support_write (folder, "data.mdb", bytes, (gssize) length / 2);
      store = support_open (folder, 0);
      g_assert_cmpuint (check_content (store).photos, ==, PHOTOS);
      g_assert_nonnull (library_store_get_notice (store));
      library_store_unref (store);
      g_assert_false (g_file_test (done, G_FILE_TEST_EXISTS));
      g_assert_false (g_file_test (begun, G_FILE_TEST_EXISTS));
      store = support_open (folder, 0);
      g_assert_null (library_store_get_notice (store));
      library_store_unref (store);
      support_remove (folder);
    }
}

/* Thousands of notices in a log help nobody. */
static void
swallow (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    rounds = (guint) atoi (argv[1]);
  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, swallow, NULL);
  make_library ();
  g_test_add_func ("/damage/whole", test_whole);
  g_test_add_func ("/damage/cut", test_cut);
  g_test_add_func ("/damage/bit", test_bit);
  g_test_add_func ("/damage/page-head", test_page_head);
  g_test_add_func ("/damage/zeros", test_zeros);
  g_test_add_func ("/damage/much", test_much);
  g_test_add_func ("/damage/heads", test_heads);
  g_test_add_func ("/damage/mark", test_mark);
  g_test_add_func ("/damage/resume", test_resume);
  return g_test_run ();
}
