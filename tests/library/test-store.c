/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a store keeps, and when.  test-txn.c has what is done within a transaction, test-check.c what cannot be opened,
 * test-processes.c several processes. */
#include "library-store.h"

#include "support.h"

#include <string.h>

/* Values of `length` bytes under the keys from `first` on. */
typedef struct
{
  guint64 first, count;
  gsize length;
  gboolean fails;
  guint runs;
} Fill;

static void
put_value (LibraryTxn *txn, guint64 number, gsize length)
{
  LibraryKey key = library_key_u64 (number);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_PHOTO);
  g_autofree guint8 *bytes = g_malloc (length + 1);

  memset (bytes, (int) (number * 31), length);
  library_put_u64 (record, number);
  library_put_raw (record, bytes, length);
  library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, record);
}

static gboolean
fill (LibraryTxn *txn, gpointer data, GError **error)
{
  Fill *what = data;

  what->runs++;
  for (guint64 i = 0; i < what->count; i++)
    put_value (txn, what->first + i, what->length);
  if (what->fails)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "not today");
  return !what->fails;
}

static gboolean
has_value (LibraryTxn *txn, guint64 number, gsize length)
{
  LibraryKey key = library_key_u64 (number);
  LibraryReader reader;
  const guint8 *bytes;

  if (!library_txn_get_record (txn, LIBRARY_TABLE_PHOTOS, &key, LIBRARY_RECORD_PHOTO, &reader))
    return FALSE;
  g_assert_cmpuint (library_read_u64 (&reader), ==, number);
  bytes = library_read_raw (&reader, length);
  g_assert_true (library_read_end (&reader));
  for (gsize i = 0; i < length; i++)
    g_assert_cmpuint (bytes[i], ==, (guint8) (number * 31));
  return TRUE;
}

static void
check_values (LibraryStore *store, guint64 first, guint64 count, gsize length)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  g_autoptr (GError) error = NULL;

  for (guint64 i = first; i < first + count; i++)
    g_assert_true (has_value (txn, i, length));
  g_assert_true (library_txn_check (txn, &error));
  g_assert_no_error (error);
}

static guint64
count_values (LibraryStore *store, LibraryTable table)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);

  return library_txn_count (txn, table);
}

static void
test_reopen (SupportStore *self, gconstpointer data)
{
  Fill what = { 1, 50, 100 };

  support_change (self->store, fill, &what);
  check_values (self->store, 1, 50, 100);
  support_store_reopen (self);
  check_values (self->store, 1, 50, 100);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_PHOTOS), ==, 50);
  g_assert_cmpuint (library_store_get_damaged (self->store), ==, 0);
}

/* LMDB must not have one file open twice, whatever path leads there. */
static void
test_same (SupportStore *self, gconstpointer data)
{
  g_autofree char *link = g_strconcat (self->folder, "-link", NULL);
  g_autofree char *dotted = g_build_filename (self->folder, "..", ".", g_strrstr (self->folder, "/") + 1, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (link);
  LibraryStore *same, *linked;

  g_assert_true (g_file_make_symbolic_link (file, self->folder, NULL, NULL));
  same = support_open (dotted, 0);
  linked = support_open (link, 0);
  g_assert_true (same == self->store && linked == self->store);
  library_store_unref (same);
  library_store_unref (linked);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_META), ==, 1);
  g_assert_true (g_file_delete (file, NULL, NULL));
}

static gboolean
delete_one (LibraryTxn *txn, gpointer data, GError **error)
{
  LibraryKey key = library_key_u64 (*(guint64 *) data);
  const guint8 *value;
  gsize length;

  library_txn_delete (txn, LIBRARY_TABLE_PHOTOS, &key);
  g_assert_false (library_txn_get (txn, LIBRARY_TABLE_PHOTOS, &key, &value, &length));
  return TRUE;
}

static void
test_delete (SupportStore *self, gconstpointer data)
{
  Fill what = { 1, 3, 10 };
  guint64 number = 2, missing = 77;

  support_change (self->store, fill, &what);
  support_change (self->store, delete_one, &number);
  support_change (self->store, delete_one, &missing);
  support_store_reopen (self);
  check_values (self->store, 1, 1, 10);
  check_values (self->store, 3, 1, 10);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_PHOTOS), ==, 2);
}

static void
test_rollback (SupportStore *self, gconstpointer data)
{
  Fill good = { 1, 3, 10 }, bad = { 3, 5, 20, TRUE };
  g_autoptr (GError) error = NULL;

  support_change (self->store, fill, &good);
  g_assert_false (library_store_write (self->store, fill, &bad, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_cmpuint (bad.runs, ==, 1);
  check_values (self->store, 1, 3, 10);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_PHOTOS), ==, 3);
  /* and writing goes on */
  bad.fails = FALSE;
  support_change (self->store, fill, &bad);
  support_store_reopen (self);
  check_values (self->store, 3, 5, 20);
}

/* A failure that the function does not see gives all up too. */
static gboolean
put_impossible (LibraryTxn *txn, gpointer data, GError **error)
{
  LibraryKey empty = { 0 };

  put_value (txn, 1, 10);
  library_txn_put (txn, LIBRARY_TABLE_PHOTOS, &empty, "x", 1);
  put_value (txn, 2, 10);
  g_assert_false (library_txn_check (txn, NULL));
  return TRUE;
}

static void
test_failed_put (SupportStore *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (library_store_write (self->store, put_impossible, NULL, &error));
  g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_PHOTOS), ==, 0);
}

#define SMALL_MAP (256 * 1024)

static void
test_growth (SupportStore *self, gconstpointer data)
{
  gboolean again = FALSE;

  g_assert_cmpuint (library_store_get_growths (self->store), ==, 0);
  for (guint64 i = 0; i < 40; i++)
    {
      Fill what = { i * 8, 8, 8000 };

      support_change (self->store, fill, &what);
      again |= what.runs > 1;
      check_values (self->store, 0, (i + 1) * 8, 8000); /* 2.5 MB in the end */
    }
  g_assert_true (again);
  g_assert_cmpuint (library_store_get_growths (self->store), >=, 3);
  support_store_reopen (self);
  check_values (self->store, 0, 320, 8000);
}

/* One value that is larger than the map. */
static void
test_large_value (SupportStore *self, gconstpointer data)
{
  Fill small = { 1, 1, 10 }, large = { 2, 1, SMALL_MAP * 10 }, failing = { 3, 1, SMALL_MAP * 40, TRUE };
  g_autoptr (GError) error = NULL;

  support_change (self->store, fill, &small);
  support_change (self->store, fill, &large);
  g_assert_cmpuint (large.runs, >, 1);
  /* It fails for lack of space first, and with its own error in the end. */
  g_assert_false (library_store_write (self->store, fill, &failing, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  check_values (self->store, 1, 1, 10);
  check_values (self->store, 2, 1, SMALL_MAP * 10);
  /* Opened with a map that is smaller than what is there. */
  library_store_unref (self->store);
  self->store = support_open (self->folder, SMALL_MAP);
  check_values (self->store, 2, 1, SMALL_MAP * 10);
}

/* A reader has the state of the moment when it began. */
static void
test_snapshot (SupportStore *self, gconstpointer data)
{
  Fill first = { 1, 1, 10 }, second = { 2, 1, 10 };
  g_autoptr (LibraryTxn) before = NULL, after = NULL;

  support_change (self->store, fill, &first);
  before = support_begin (self->store);
  support_change (self->store, fill, &second);
  after = support_begin (self->store);
  g_assert_cmpuint (library_txn_count (before, LIBRARY_TABLE_PHOTOS), ==, 1);
  g_assert_false (has_value (before, 2, 10));
  g_assert_true (has_value (after, 2, 10));
  g_assert_true (library_txn_get_store (after) == self->store);
}

/* ---- damage ---- */

static void
test_damage (SupportStore *self, gconstpointer data)
{
  Fill what = { 1, 3, 100 };
  LibraryKey key = library_key_u64 (2);

  support_change (self->store, fill, &what);
  support_damage (self->store, LIBRARY_TABLE_PHOTOS, &key, 50);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    support_expect_damage ();
    g_assert_false (has_value (txn, 2, 100));
    g_test_assert_expected_messages ();
    g_assert_false (has_value (txn, 2, 100)); /* said once, counted twice */
    g_assert_cmpuint (library_store_get_damaged (self->store), ==, 2);
    g_assert_true (has_value (txn, 1, 100) && has_value (txn, 3, 100));
    g_assert_true (library_txn_check (txn, NULL)); /* the store is well */
  }
  what = (Fill){ 2, 1, 100 };
  support_change (self->store, fill, &what);
  check_values (self->store, 1, 3, 100);
}

/* ---- threads ---- */

static gboolean
count_up (LibraryTxn *txn, gpointer data, GError **error)
{
  put_value (txn, library_txn_next_number (txn, "series"), 6000);
  return TRUE;
}

static gpointer
write_many (gpointer store)
{
  for (guint i = 0; i < 25; i++)
    support_change (store, count_up, NULL);
  return NULL;
}

/* Every state that a reader sees is whole: as many values as the counter says. */
static gpointer
read_many (gpointer store)
{
  guint64 number = 0;

  while (number < 75)
    {
      g_autoptr (LibraryTxn) txn = support_begin (store);

      number = library_txn_get_number (txn, "series");
      g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_PHOTOS), ==, number);
      g_assert_true (number == 0 || has_value (txn, number, 6000));
    }
  return NULL;
}

/* The map grows under all of them. */
static void
test_threads (SupportStore *self, gconstpointer data)
{
  GThread *threads[5];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, i < 3 ? write_many : read_many, self->store);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  check_values (self->store, 1, 75, 6000);
  g_assert_cmpuint (library_store_get_growths (self->store), >, 0);
}

static void
add (const char *path, gsize map_size, void (*test) (SupportStore *, gconstpointer))
{
  g_test_add (path, SupportStore, GSIZE_TO_POINTER (map_size), support_store_set_up, test, support_store_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/store/reopen", 0, test_reopen);
  add ("/store/same", 0, test_same);
  add ("/store/delete", 0, test_delete);
  add ("/store/rollback", 0, test_rollback);
  add ("/store/failed-put", 0, test_failed_put);
  add ("/store/growth", SMALL_MAP, test_growth);
  add ("/store/large-value", SMALL_MAP, test_large_value);
  add ("/store/snapshot", 0, test_snapshot);
  add ("/store/damage", 0, test_damage);
  add ("/store/threads", SMALL_MAP, test_threads);
  return g_test_run ();
}
