/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done within a transaction: ids under one key, walks, small settings. */
#include "library-txn.h"

#include "support.h"

#include <string.h>

static guint64
count_values (LibraryStore *store, LibraryTable table)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);

  return library_txn_count (txn, table);
}

static gboolean
reserve (LibraryTxn *txn, gpointer data, GError **error)
{
  LibraryKey key = library_key_u32 (1);
  guint8 *room = library_txn_reserve (txn, LIBRARY_TABLE_SHARDS, &key, 5000);

  if (room != NULL)
    memset (room, 9, 5000);
  return TRUE;
}

static void
test_reserve (SupportStore *self, gconstpointer data)
{
  LibraryKey key = library_key_u32 (1);
  const guint8 *value;
  gsize length;
  g_autoptr (LibraryTxn) txn = NULL;

  support_change (self->store, reserve, NULL);
  txn = support_begin (self->store);
  g_assert_true (library_txn_get (txn, LIBRARY_TABLE_SHARDS, &key, &value, &length));
  g_assert_cmpuint (length, ==, 5000);
  g_assert_true (value[0] == 9 && value[4999] == 9);
}

static gboolean
add_ids (LibraryTxn *txn, gpointer data, GError **error)
{
  static const guint64 ids[] = { 300, 2, G_MAXUINT64, 2, 256 };
  LibraryKey key = library_key_path ("/a"), other = library_key_path ("/b");

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    library_txn_add_id (txn, LIBRARY_TABLE_BY_PATH, &key, ids[i]);
  library_txn_add_id (txn, LIBRARY_TABLE_BY_PATH, &other, 7);
  return TRUE;
}

static gboolean
remove_ids (LibraryTxn *txn, gpointer data, GError **error)
{
  LibraryKey key = library_key_path ("/a"), missing = library_key_path ("/c");

  library_txn_remove_id (txn, LIBRARY_TABLE_BY_PATH, &key, 256);
  library_txn_remove_id (txn, LIBRARY_TABLE_BY_PATH, &key, 7); /* of another key */
  library_txn_remove_id (txn, LIBRARY_TABLE_BY_PATH, &missing, 2);
  return TRUE;
}

static void
check_ids (LibraryStore *store, const char *path, guint most, const guint64 *wanted, guint count)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  LibraryKey key = library_key_path (path);
  g_autoptr (GArray) ids = library_txn_get_ids (txn, LIBRARY_TABLE_BY_PATH, &key, most);

  g_assert_cmpmem (ids->data, ids->len * sizeof (guint64), wanted, count * sizeof *wanted);
  g_assert_true (library_txn_check (txn, NULL));
}

static void
test_duplicates (SupportStore *self, gconstpointer data)
{
  static const guint64 all[] = { 2, 256, 300, G_MAXUINT64 }, fewer[] = { 2, 300, G_MAXUINT64 }, other[] = { 7 };

  support_change (self->store, add_ids, NULL);
  check_ids (self->store, "/a", 100, all, 4);
  check_ids (self->store, "/a", 2, all, 2);
  check_ids (self->store, "/a", 0, all, 0);
  check_ids (self->store, "/c", 100, all, 0);
  g_assert_cmpuint (count_values (self->store, LIBRARY_TABLE_BY_PATH), ==, 5);
  support_change (self->store, remove_ids, NULL);
  check_ids (self->store, "/a", 100, fewer, 3);
  check_ids (self->store, "/b", 100, other, 1);
}

static gboolean
put_vectors (LibraryTxn *txn, gpointer data, GError **error)
{
  for (guint32 space = 1; space <= 3; space++)
    for (guint64 photo = 0; photo < 600; photo += 100)
      {
        LibraryKey key = library_key_vector (space, photo);

        library_txn_put (txn, LIBRARY_TABLE_VECTORS, &key, "v", 1);
      }
  return TRUE;
}

static gboolean
note_key (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_string_append_printf (data, "%u:%u ", library_get_be32 (key->bytes), (guint) library_get_be64 (key->bytes + 4));
  g_assert_cmpmem (value, length, "v", 1);
  return ((GString *) data)->len < 60;
}

static void
check_walk (LibraryStore *store, const LibraryKey *from, gsize prefix, const char *wanted)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  g_autoptr (GString) seen = g_string_new (NULL);

  library_txn_walk (txn, LIBRARY_TABLE_VECTORS, from, prefix, note_key, seen);
  g_assert_cmpstr (seen->str, ==, wanted);
  g_assert_true (library_txn_check (txn, NULL));
}

static void
test_walk (SupportStore *self, gconstpointer data)
{
  LibraryKey space = library_key_u32 (2), none = library_key_u32 (9), middle = library_key_vector (2, 101), late = library_key_vector (3, 500);
  LibraryKey last;

  check_walk (self->store, NULL, 0, "");
  support_change (self->store, put_vectors, NULL);
  check_walk (self->store, &space, 4, "2:0 2:100 2:200 2:300 2:400 2:500 ");
  check_walk (self->store, &middle, 4, "2:200 2:300 2:400 2:500 ");
  check_walk (self->store, &middle, 0, "2:200 2:300 2:400 2:500 3:0 3:100 3:200 3:300 3:400 3:500 ");
  check_walk (self->store, &late, 12, "3:500 ");
  check_walk (self->store, &none, 4, "");
  check_walk (self->store, NULL, 0, "1:0 1:100 1:200 1:300 1:400 1:500 2:0 2:100 2:200 2:300 2:400 "); /* until the function ends it */
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    g_assert_true (library_txn_get_last (txn, LIBRARY_TABLE_VECTORS, &last));
    g_assert_cmpmem (last.bytes, last.length, late.bytes, late.length);
    g_assert_false (library_txn_get_last (txn, LIBRARY_TABLE_PHOTOS, &last));
  }
}

static gboolean
set_meta (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_set_meta (txn, "number", G_MAXUINT64, NULL);
  library_txn_set_meta (txn, "text", 3, "/a/ü\nb");
  library_txn_set_meta (txn, "empty", 4, "");
  for (guint i = 1; i <= 3; i++)
    g_assert_cmpuint (library_txn_next_number (txn, "series"), ==, i);
  return TRUE;
}

static void
check_meta (LibraryStore *store)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  g_autofree char *text = library_txn_get_text (txn, "text");

  g_assert_cmpuint (library_txn_get_number (txn, "number"), ==, G_MAXUINT64);
  g_assert_null (library_txn_get_text (txn, "number"));
  g_assert_cmpstr (text, ==, "/a/ü\nb");
  g_assert_cmpuint (library_txn_get_number (txn, "text"), ==, 3);
  g_assert_null (library_txn_get_text (txn, "empty"));
  g_assert_cmpuint (library_txn_get_number (txn, "missing"), ==, 0);
  g_assert_null (library_txn_get_text (txn, "missing"));
  g_assert_cmpuint (library_txn_get_number (txn, "series"), ==, 3);
  g_assert_cmpuint (library_txn_get_number (txn, "format"), ==, LIBRARY_FORMAT_VERSION);
}

static void
test_meta (SupportStore *self, gconstpointer data)
{
  support_change (self->store, set_meta, NULL);
  check_meta (self->store);
  support_store_reopen (self);
  check_meta (self->store);
}

static void
add (const char *path, void (*test) (SupportStore *, gconstpointer))
{
  g_test_add (path, SupportStore, NULL, support_store_set_up, test, support_store_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/txn/reserve", test_reserve);
  add ("/txn/duplicates", test_duplicates);
  add ("/txn/walk", test_walk);
  add ("/txn/meta", test_meta);
  return g_test_run ();
}
