/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photographs and problems as records, and the ways to find them again. */
#include "library-photo.h"

#include "library-problem.h"
#include "support.h"

#include <string.h>

static void
assert_same (const LibraryPhotoRecord *a, const LibraryPhotoRecord *b)
{
  g_assert_cmpuint (a->id, ==, b->id);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpuint (a->root, ==, b->root);
  g_assert_true (library_identity_equal (&a->identity, &b->identity));
  g_assert_cmpmem (a->hash, sizeof a->hash, b->hash, sizeof b->hash);
  g_assert_cmpuint (a->width, ==, b->width);
  g_assert_cmpuint (a->height, ==, b->height);
  g_assert_cmpint (a->taken, ==, b->taken);
  g_assert_cmpstr (a->format, ==, b->format);
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpstr (a->caption, ==, b->caption);
  g_assert_cmpuint (a->caption_flags, ==, b->caption_flags);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpstr (a->camera, ==, b->camera);
  g_assert_cmpint (a->rating, ==, b->rating);
  g_assert_true (a->keywords == b->keywords || g_strv_equal ((const char *const *) a->keywords, (const char *const *) b->keywords));
}

/* No two fields the same, and none that fits into fewer bits than it has. */
static LibraryPhotoRecord *
make_extreme (void)
{
  LibraryPhotoRecord *photo = g_new0 (LibraryPhotoRecord, 1);

  photo->id = 99;
  photo->flags = 0x80000001u;
  photo->root = 0xfffffffeu;
  photo->identity = (LibraryIdentity){ G_MAXUINT64, G_MAXUINT64 - 1, G_MAXINT64, G_MININT64 };
  photo->hash[0] = 0x8000000000000001u;
  photo->hash[1] = 0x8000000000000002u;
  photo->width = 0xfffffff0u;
  photo->height = 0xfffffff1u;
  photo->taken = -1;
  photo->format = g_strdup ("jpeg2000");
  photo->path = g_strdup ("/new\nline/\xff\xfe/ünïcode \"quoted\".jpg");
  photo->caption = g_strdup ("two\nlines");
  photo->caption_flags = 0x80000003u;
  photo->title = g_strdup ("a title");
  photo->camera = g_strdup ("Make Model");
  photo->rating = -1;
  photo->keywords = g_strsplit ("one,,three", ",", -1);
  return photo;
}

static void
test_round_trip (void)
{
  g_autoptr (LibraryPhotoRecord) photo = make_extreme ();
  g_autoptr (GByteArray) record = library_photo_record_encode (photo);
  g_autoptr (LibraryPhotoRecord) back = NULL;
  LibraryKey key = library_key_u64 (99);
  LibraryReader reader;

  library_record_seal (record, &key);
  g_assert_true (library_record_open (record->data, record->len, LIBRARY_RECORD_PHOTO, &key, &reader));
  back = library_photo_record_decode (99, &reader);
  g_assert_nonnull (back);
  assert_same (photo, back);
}

/* The content of a record, which carries no checksum here, cut and lengthened. */
static void
test_lengths (void)
{
  g_autoptr (LibraryPhotoRecord) photo = make_extreme ();
  g_autoptr (GByteArray) record = library_photo_record_encode (photo);
  gsize whole = record->len - LIBRARY_RECORD_HEAD;

  for (gsize length = 0; length <= whole + 1; length++)
    {
      g_autofree guint8 *copy = g_malloc0 (length + 1);
      LibraryReader reader = { copy, length, FALSE };
      g_autoptr (LibraryPhotoRecord) back = NULL;

      memcpy (copy, record->data + LIBRARY_RECORD_HEAD, MIN (length, whole));
      back = library_photo_record_decode (1, &reader);
      g_assert_true ((back != NULL) == (length == whole));
    }
}

/* What an earlier Eidetic wrote: the record as it was, and nothing of what came later. */
static void
test_version_1 (void)
{
  g_autoptr (LibraryPhotoRecord) photo = make_extreme (), back = NULL;
  g_autoptr (GByteArray) whole = NULL, old = library_record_begin (LIBRARY_RECORD_PHOTO_1);
  LibraryKey key = library_key_u64 (99);
  LibraryReader reader;

  photo->caption_flags = 0;
  photo->rating = 0;
  photo->title[0] = photo->camera[0] = '\0';
  g_clear_pointer (&photo->keywords, g_strfreev);
  whole = library_photo_record_encode (photo);
  library_put_raw (old, whole->data + LIBRARY_RECORD_HEAD, whole->len - LIBRARY_RECORD_HEAD - 20);
  library_record_seal (old, &key);
  g_assert_true (library_record_open (old->data, old->len, LIBRARY_RECORD_PHOTO_1, &key, &reader));
  back = library_photo_record_decode_1 (99, &reader);
  g_assert_nonnull (back);
  assert_same (photo, back);
}

static gboolean
put_old (LibraryTxn *txn, gpointer data, GError **error)
{
  GByteArray *old = data;
  LibraryKey key = library_key_u64 (5);

  library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, old);
  return TRUE;
}

/* A library that an earlier Eidetic made. */
static void
test_old_library (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/b.jpg", 1), back = NULL;
  g_autoptr (GByteArray) whole = library_photo_record_encode (photo);
  g_autoptr (GByteArray) old = library_record_begin (LIBRARY_RECORD_PHOTO_1);
  LibraryTxn *txn;

  library_put_raw (old, whole->data + LIBRARY_RECORD_HEAD, whole->len - LIBRARY_RECORD_HEAD - 20);
  support_change (store, put_old, old);
  txn = support_begin (store);
  back = library_photo_get (txn, 5);
  g_assert_nonnull (back);
  g_assert_cmpstr (back->path, ==, "/a/b.jpg");
  library_txn_end (txn);
  library_store_unref (store);
  support_remove (folder);
}

static void
test_file_words (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a", 1);
  g_autofree char *much = g_strnfill (100000, 'x');
  const char *const keywords[] = { " sea ", "", "\xff", much, NULL };
  g_autoptr (LibraryPhoto) shown = NULL;

  library_photo_record_set_file_words (photo, " A title\n", NULL, keywords, 17);
  g_assert_cmpstr (photo->title, ==, "A title");
  g_assert_cmpstr (photo->camera, ==, "");
  g_assert_cmpuint (g_strv_length (photo->keywords), ==, 3);
  g_assert_cmpstr (photo->keywords[0], ==, "sea");
  g_assert_true (g_utf8_validate (photo->keywords[1], -1, NULL));
  g_assert_cmpuint (strlen (photo->keywords[2]), ==, 4096);
  g_assert_cmpint (photo->rating, ==, 5);
  shown = library_photo_from_record (photo);
  g_assert_cmpstr (shown->title, ==, "A title");
  g_assert_null (shown->camera);
  g_assert_cmpstr (shown->keywords[0], ==, "sea");
  library_photo_record_set_file_words (photo, NULL, "Camera", NULL, -7);
  g_assert_null (photo->keywords);
  g_assert_cmpint (photo->rating, ==, -1);
}

/* A file's caption follows the file; a person's stays. */
static void
test_file_caption (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a", 1);

  library_photo_record_set_file_caption (photo, "a boat", FALSE);
  g_assert_cmpstr (photo->caption, ==, "a boat");
  g_assert_cmpuint (photo->caption_flags, ==, LIBRARY_CAPTION_FROM_FILE);
  library_photo_record_set_file_caption (photo, "a red boat", TRUE);
  g_assert_cmpstr (photo->caption, ==, "a red boat");
  g_assert_cmpuint (photo->caption_flags, ==, LIBRARY_CAPTION_FROM_FILE | LIBRARY_CAPTION_ALT_TEXT);
  library_photo_record_set_file_caption (photo, NULL, FALSE);
  g_assert_cmpstr (photo->caption, ==, "");
  g_assert_cmpuint (photo->caption_flags, ==, 0);
  g_free (photo->caption);
  photo->caption = g_strdup ("mine");
  library_photo_record_set_file_caption (photo, "a boat", TRUE);
  g_assert_cmpstr (photo->caption, ==, "mine");
  g_assert_cmpuint (photo->caption_flags, ==, 0);
}

static gboolean
survives (const char *format, const char *path, const char *caption)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo (path, 1), back = NULL;
  g_autoptr (GByteArray) record = NULL;
  LibraryReader reader;

  g_free (photo->format);
  g_free (photo->caption);
  photo->format = g_strdup (format);
  photo->caption = g_strdup (caption);
  record = library_photo_record_encode (photo);
  reader = (LibraryReader){ record->data + LIBRARY_RECORD_HEAD, record->len - LIBRARY_RECORD_HEAD, FALSE };
  back = library_photo_record_decode (1, &reader);
  return back != NULL;
}

static void
test_sound (void)
{
  g_autofree char *most = g_strnfill (LIBRARY_MAX_PATH_BYTES, '/');
  g_autofree char *over = g_strnfill (LIBRARY_MAX_PATH_BYTES + 1, '/');

  g_assert_true (survives ("jpeg", "/a", ""));
  g_assert_true (survives ("jpeg", most, most));
  g_assert_false (survives ("jpeg", over, ""));
  g_assert_false (survives ("jpeg", "/a", over));
  g_assert_false (survives (most, "/a", ""));
  g_assert_false (survives ("jpeg", "a/b", ""));
  g_assert_false (survives ("jpeg", "", ""));
}

/* What the front ends get is always UTF-8, and finds the file all the same. */
static void
test_from_record (void)
{
  g_autoptr (LibraryPhotoRecord) record = make_extreme ();
  g_autoptr (LibraryPhoto) photo = NULL, copy = NULL;

  g_free (record->caption);
  record->caption = g_strdup ("bad \xff");
  photo = library_photo_from_record (record);
  copy = library_photo_copy (photo);
  g_assert_cmpstr (g_file_peek_path (copy->file), ==, record->path);
  g_assert_true (g_utf8_validate (copy->caption, -1, NULL));
  g_assert_cmpint (copy->taken, ==, -1);
  g_assert_cmpint (copy->size, ==, G_MAXINT64);
  g_assert_cmpuint (copy->width, ==, record->width);
  g_assert_cmpstr (copy->format, ==, "jpeg2000");
}

static void
test_date (void)
{
  g_autoptr (LibraryPhotoRecord) record = support_photo ("/a", 5);
  g_autoptr (LibraryPhoto) photo = library_photo_from_record (record);

  g_assert_cmpint (library_photo_record_get_date (record), ==, 1500000005);
  g_assert_cmpint (photo->taken, ==, 1500000005);
  g_assert_null (photo->caption);
  record->taken = 7;
  g_assert_cmpint (library_photo_record_get_date (record), ==, 7);
}

static gboolean
put (LibraryTxn *txn, gpointer data, GError **error)
{
  library_photo_put (txn, data);
  return TRUE;
}

static void
check_found (GPtrArray *found, guint count, LibraryPhotoId first)
{
  g_assert_cmpuint (found->len, ==, count);
  if (count > 0)
    g_assert_cmpuint (((LibraryPhotoRecord *) g_ptr_array_index (found, 0))->id, ==, first);
  g_ptr_array_unref (found);
}

static void
test_find (void)
{
  char *folder = support_make_folder ();
  g_autoptr (LibraryStore) store = support_open (folder, 0);
  g_autoptr (LibraryPhotoRecord) one = support_photo ("/a/one.jpg", 1), two = support_photo ("/a/two.jpg", 2), back = NULL;
  g_autoptr (LibraryTxn) txn = NULL;
  guint64 old_inode = one->identity.inode, old_hash[2] = { one->hash[0], one->hash[1] };

  memcpy (two->hash, one->hash, sizeof two->hash); /* a copy */
  support_change (store, put, one);
  support_change (store, put, two);
  g_assert_cmpuint (one->id, ==, 1);
  g_assert_cmpuint (two->id, ==, 2);
  txn = support_begin (store);
  back = library_photo_get (txn, 2);
  assert_same (back, two);
  g_assert_null (library_photo_get (txn, 3));
  check_found (library_photo_find_path (txn, "/a/one.jpg"), 1, 1);
  check_found (library_photo_find_path (txn, "/a/on"), 0, 0);
  check_found (library_photo_find_inode (txn, 7, two->identity.inode), 1, 2);
  check_found (library_photo_find_inode (txn, 8, two->identity.inode), 0, 0);
  check_found (library_photo_find_hash (txn, one->hash), 2, 1);
  g_clear_pointer (&txn, library_txn_end);

  /* Written again elsewhere with other content, it is not found by what it was. */
  g_free (one->path);
  one->path = g_strdup ("/b/one.jpg");
  one->identity.inode = 5;
  one->hash[0] = 6;
  support_change (store, put, one);
  txn = support_begin (store);
  check_found (library_photo_find_path (txn, "/a/one.jpg"), 0, 0);
  check_found (library_photo_find_path (txn, "/b/one.jpg"), 1, 1);
  check_found (library_photo_find_inode (txn, 7, old_inode), 0, 0);
  check_found (library_photo_find_inode (txn, 7, 5), 1, 1);
  check_found (library_photo_find_hash (txn, old_hash), 1, 2);
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_PHOTOS), ==, 2);
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_BY_PATH), ==, 2);
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_BY_INODE), ==, 2);
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_BY_HASH), ==, 2);
  g_clear_pointer (&txn, library_txn_end);
  g_clear_pointer (&store, library_store_unref);
  support_remove (folder);
}

static gboolean
lose_counter (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_set_meta (txn, "last-photo", 0, NULL);
  return TRUE;
}

/* An id given twice would show one photograph's picture for another's. */
static void
test_ids (void)
{
  char *folder = support_make_folder ();
  g_autoptr (LibraryStore) store = support_open (folder, 0);
  g_autoptr (LibraryPhotoRecord) one = support_photo ("/1", 1), two = support_photo ("/2", 2), three = support_photo ("/3", 3);
  LibraryKey key = library_key_u64 (1), counter = library_key_name ("last-photo");

  support_change (store, put, one);
  support_change (store, lose_counter, NULL);
  support_change (store, put, two);
  g_assert_cmpuint (two->id, ==, 2);
  support_damage (store, LIBRARY_TABLE_META, &counter, 12);
  support_expect_damage ();
  support_change (store, put, three);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (three->id, ==, 3);
  support_damage (store, LIBRARY_TABLE_PHOTOS, &key, 30);
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);

    g_assert_null (library_photo_get (txn, 1));
    check_found (library_photo_find_path (txn, "/1"), 0, 0);
    check_found (library_photo_find_path (txn, "/2"), 1, 2);
    g_assert_cmpuint (library_store_get_damaged (store), >=, 2);
  }
  g_clear_pointer (&store, library_store_unref);
  support_remove (folder);
}

/* ---- problems ---- */

static gboolean
put_problem (LibraryTxn *txn, gpointer data, GError **error)
{
  library_problem_put (txn, data);
  return TRUE;
}

static gboolean
delete_problem (LibraryTxn *txn, gpointer data, GError **error)
{
  library_problem_delete (txn, data);
  return TRUE;
}

static void
test_problems (void)
{
  LibraryProblemRecord one = { { G_MAXUINT64, 2, G_MAXINT64, G_MININT64 }, G_MAXUINT32, (char *) "truncated", (char *) "It ends early: \xff", (char *) "/bad\n\xff.jpg" };
  LibraryProblemRecord two = { { 1, 2, 3, 4 }, 1, (char *) "gone", (char *) "", (char *) "/other.jpg" };
  char *folder = support_make_folder ();
  g_autoptr (LibraryStore) store = support_open (folder, 0);

  support_change (store, put_problem, &one);
  support_change (store, put_problem, &two);
  two.attempts = 2;
  support_change (store, put_problem, &two);
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);
    g_autoptr (LibraryProblemRecord) back = library_problem_get (txn, one.path), again = library_problem_get (txn, two.path);
    g_autoptr (GPtrArray) all = library_problem_list (txn);
    g_autoptr (LibraryProblem) shown = library_problem_from_record (back);

    g_assert_true (library_identity_equal (&back->identity, &one.identity));
    g_assert_cmpuint (back->attempts, ==, G_MAXUINT32);
    g_assert_cmpstr (back->reason, ==, one.reason);
    g_assert_cmpstr (back->detail, ==, one.detail);
    g_assert_cmpstr (back->path, ==, one.path);
    g_assert_cmpuint (again->attempts, ==, 2);
    g_assert_cmpuint (all->len, ==, 2);
    g_assert_null (library_problem_get (txn, "/third.jpg"));
    g_assert_true (g_utf8_validate (shown->detail, -1, NULL));
    g_assert_cmpstr (g_file_peek_path (shown->file), ==, one.path);
  }
  support_change (store, delete_problem, two.path);
  support_change (store, delete_problem, (gpointer) "/never-there.jpg");
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);

    g_assert_null (library_problem_get (txn, two.path));
    g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_PROBLEMS), ==, 1);
  }
  g_clear_pointer (&store, library_store_unref);
  support_remove (folder);
}

static void
test_damaged_problem (void)
{
  LibraryProblemRecord one = { { 1, 2, 3, 4 }, 1, (char *) "gone", (char *) "x", (char *) "/1" };
  LibraryProblemRecord two = { { 1, 2, 3, 4 }, 1, (char *) "gone", (char *) "y", (char *) "/2" };
  char *folder = support_make_folder ();
  g_autoptr (LibraryStore) store = support_open (folder, 0);
  LibraryKey key = library_key_path ("/1");

  support_change (store, put_problem, &one);
  support_change (store, put_problem, &two);
  support_damage (store, LIBRARY_TABLE_PROBLEMS, &key, 20);
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);
    g_autoptr (GPtrArray) all = NULL;

    support_expect_damage ();
    all = library_problem_list (txn);
    g_test_assert_expected_messages ();
    g_assert_cmpuint (all->len, ==, 1);
    g_assert_null (library_problem_get (txn, "/1"));
    g_assert_cmpuint (library_store_get_damaged (store), ==, 2);
  }
  g_clear_pointer (&store, library_store_unref);
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/photo/round-trip", test_round_trip);
  g_test_add_func ("/photo/version-1", test_version_1);
  g_test_add_func ("/photo/old-library", test_old_library);
  g_test_add_func ("/photo/file-words", test_file_words);
  g_test_add_func ("/photo/file-caption", test_file_caption);
  g_test_add_func ("/photo/lengths", test_lengths);
  g_test_add_func ("/photo/sound", test_sound);
  g_test_add_func ("/photo/from-record", test_from_record);
  g_test_add_func ("/photo/date", test_date);
  g_test_add_func ("/photo/find", test_find);
  g_test_add_func ("/photo/ids", test_ids);
  g_test_add_func ("/problem/round-trip", test_problems);
  g_test_add_func ("/problem/damaged", test_damaged_problem);
  return g_test_run ();
}
