/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and records: what was written comes back, and nothing else is taken for it. */
#include "library-format.h"

#include <string.h>

/* One of each, and enough of them that the checksum takes its longer path too. */
static GByteArray *
make_record (const LibraryKey *key, gsize raw)
{
  GByteArray *record = library_record_begin (LIBRARY_RECORD_META);
  g_autofree guint8 *bytes = g_malloc0 (raw + 1);

  for (gsize i = 0; i < raw; i++)
    bytes[i] = (guint8) (i * 37);
  library_put_u32 (record, 0xdeadbeefu);
  library_put_u64 (record, G_GUINT64_CONSTANT (0x0123456789abcdef));
  library_put_text (record, "naïve");
  library_put_text (record, NULL);
  library_put_raw (record, bytes, raw);
  library_record_seal (record, key);
  return record;
}

static gboolean
is_open (const guint8 *value, gsize length, LibraryRecordKind kind, const LibraryKey *key)
{
  LibraryReader reader = { (const guint8 *) "", 1, TRUE };
  gboolean open = library_record_open (value, length, kind, key, &reader);

  if (!open) /* a reader of what was refused reads nothing */
    g_assert_true (reader.at == NULL && reader.left == 0);
  return open;
}

static void
test_round_trip (void)
{
  LibraryKey key = library_key_u32 (5);
  g_autoptr (GByteArray) record = make_record (&key, 300);
  g_autofree char *text = NULL, *empty = NULL;
  LibraryReader reader;

  g_assert_true (library_record_open (record->data, record->len, LIBRARY_RECORD_META, &key, &reader));
  g_assert_cmphex (library_read_u32 (&reader), ==, 0xdeadbeefu);
  g_assert_cmphex (library_read_u64 (&reader), ==, G_GUINT64_CONSTANT (0x0123456789abcdef));
  text = library_read_text (&reader, 6);
  empty = library_read_text (&reader, 0);
  g_assert_cmpstr (text, ==, "naïve");
  g_assert_cmpstr (empty, ==, "");
  g_assert_false (library_read_end (&reader));
  g_assert_cmpuint (library_read_raw (&reader, 300)[299], ==, (guint8) (299 * 37));
  g_assert_true (library_read_end (&reader));
}

/* What other machines must find in the file: the table of library-format.h. */
static void
test_bytes (void)
{
  static const guint8 expected[] = { 1, 0, 0x4d, 0x4d, 8, 0, 0, 0, 0x44, 0x33, 0x22, 0x11, 1, 0, 0, 0 };
  g_autoptr (GByteArray) record = library_record_begin ((LibraryRecordKind) 0x4d4d0001);
  LibraryKey key = library_key_u32 (1);

  library_put_u32 (record, 0x11223344);
  library_put_u32 (record, 1);
  library_record_seal (record, &key);
  g_assert_cmpmem (record->data, record->len - LIBRARY_RECORD_TAIL, expected, sizeof expected);
  g_assert_cmphex (library_record_checksum (record->data, record->len), !=, 0);
}

static void
check_flips (gsize raw)
{
  LibraryKey key = library_key_u64 (77);
  g_autoptr (GByteArray) record = make_record (&key, raw);

  for (guint bit = 0; bit < record->len * 8; bit++)
    {
      record->data[bit / 8] ^= (guint8) (1u << (bit % 8));
      if (is_open (record->data, record->len, LIBRARY_RECORD_META, &key))
        g_error ("bit %u of %u bytes goes unnoticed", bit, record->len);
      record->data[bit / 8] ^= (guint8) (1u << (bit % 8));
    }
  g_assert_true (is_open (record->data, record->len, LIBRARY_RECORD_META, &key));
}

static void
test_flips (void)
{
  check_flips (0);
  check_flips (90);
  check_flips (700);
}

/* Copies of the very length, so that a sanitizer sees whatever reads past the end. */
static void
check_length (const GByteArray *record, gsize length, guint8 filler)
{
  LibraryKey key = library_key_u32 (9);
  g_autofree guint8 *copy = g_malloc (MAX (length, 1));

  memset (copy, filler, length);
  memcpy (copy, record->data, MIN (length, record->len));
  g_assert_true (is_open (copy, length, LIBRARY_RECORD_META, &key) == (length == record->len));
}

static void
test_lengths (void)
{
  LibraryKey key = library_key_u32 (9);
  g_autoptr (GByteArray) record = make_record (&key, 50);

  for (gsize length = 0; length < record->len + 40; length++)
    {
      check_length (record, length, 0);
      check_length (record, length, 0xff);
    }
  g_assert_false (is_open (record->data + 1, record->len - 1, LIBRARY_RECORD_META, &key));
}

static void
test_kind_and_key (void)
{
  LibraryKey key = library_key_u32 (9), other = library_key_u32 (10), longer = library_key_u64 (9), none = { 0 };
  g_autoptr (GByteArray) record = make_record (&key, 20);
  LibraryReader reader;

  g_assert_true (is_open (record->data, record->len, LIBRARY_RECORD_META, &key));
  g_assert_false (is_open (record->data, record->len, LIBRARY_RECORD_ROOT, &key));
  g_assert_false (is_open (record->data, record->len, LIBRARY_RECORD_META + 1, &key)); /* a later version */
  g_assert_false (is_open (record->data, record->len, LIBRARY_RECORD_META, &other));
  g_assert_false (is_open (record->data, record->len, LIBRARY_RECORD_META, &longer));
  g_assert_false (is_open (record->data, record->len, LIBRARY_RECORD_META, &none));
  /* The short way leaves only the checksum out. */
  record->data[LIBRARY_RECORD_HEAD] ^= 1;
  g_assert_true (library_record_open_unchecked (record->data, record->len, LIBRARY_RECORD_META, &reader));
  g_assert_false (library_record_open_unchecked (record->data, record->len, LIBRARY_RECORD_ROOT, &reader));
  g_assert_false (library_record_open_unchecked (record->data, record->len - 1, LIBRARY_RECORD_META, &reader));
}

static void
test_kinds_differ (void)
{
  static const LibraryRecordKind kinds[] = {
    LIBRARY_RECORD_META, LIBRARY_RECORD_ROOT, LIBRARY_RECORD_PHOTO, LIBRARY_RECORD_PROBLEM, LIBRARY_RECORD_MODEL,
    LIBRARY_RECORD_SPACE, LIBRARY_RECORD_VECTOR, LIBRARY_RECORD_IDS, LIBRARY_RECORD_ROWS
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (gsize j = 0; j < i; j++)
      g_assert_cmphex (kinds[i], !=, kinds[j]);
}

static void
test_past_the_end (void)
{
  static const guint8 bytes[6] = { 1, 2, 3, 4, 5, 6 };
  LibraryReader reader = { bytes, sizeof bytes, FALSE };

  g_assert_cmphex (library_read_u32 (&reader), ==, 0x04030201);
  g_assert_cmphex (library_read_u32 (&reader), ==, 0);
  g_assert_true (reader.bad);
  /* Once bad, always bad, though two bytes are left. */
  g_assert_null (library_read_raw (&reader, 1));
  g_assert_cmphex (library_read_u64 (&reader), ==, 0);
  g_assert_null (library_read_text (&reader, 10));
  g_assert_false (library_read_end (&reader));
  reader = (LibraryReader){ bytes, sizeof bytes, FALSE };
  g_assert_cmphex (library_read_u64 (&reader), ==, 0);
  g_assert_true (reader.bad);
}

/* The text whose length field and bytes these are, and whether reading it was sound. */
static char *
read_text (const char *bytes, gsize length, gsize longest, gboolean *sound)
{
  LibraryReader reader = { (const guint8 *) bytes, length, FALSE };
  char *text = library_read_text (&reader, longest);

  *sound = library_read_end (&reader);
  return text;
}

static void
check_no_text (const char *bytes, gsize length, gsize longest)
{
  gboolean sound;
  g_autofree char *text = read_text (bytes, length, longest, &sound);

  g_assert_null (text);
  g_assert_false (sound);
}

static void
test_text (void)
{
  g_autofree char *text = NULL;
  gboolean sound;

  text = read_text ("\3\0\0\0abc", 7, 3, &sound);
  g_assert_cmpstr (text, ==, "abc");
  g_assert_true (sound);
  check_no_text ("\3\0\0\0a\0c", 7, 3); /* a zero within */
  check_no_text ("\3\0\0\0ab\0", 7, 3);
  check_no_text ("\3\0\0\0abc", 7, 2); /* longer than allowed */
  check_no_text ("\4\0\0\0abc", 7, 9);
  check_no_text ("\377\377\377\377abc", 7, G_MAXSIZE);
  check_no_text ("\3\0\0", 3, 9);
}

static int
compare_keys (const LibraryKey *a, const LibraryKey *b)
{
  int order = memcmp (a->bytes, b->bytes, MIN (a->length, b->length));

  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void
check_order (guint64 a, guint64 b)
{
  guint32 x = (guint32) (a >> 32), y = (guint32) (b >> 32);
  LibraryKey keys[][2] = {
    { library_key_u64 (a), library_key_u64 (b) },
    { library_key_pair (a, 9), library_key_pair (b, 1) },
    { library_key_pair (3, a), library_key_pair (3, b) },
    { library_key_vector (4, a), library_key_vector (4, b) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_true (compare_keys (&keys[i][0], &keys[i][1]) < 0);
  if (x < y)
    {
      LibraryKey narrow[2] = { library_key_u32 (x), library_key_u32 (y) };
      LibraryKey shards[2] = { library_key_shard (1, x, 1), library_key_shard (1, y, 0) };

      g_assert_true (compare_keys (&narrow[0], &narrow[1]) < 0);
      g_assert_true (compare_keys (&shards[0], &shards[1]) < 0);
    }
}

static void
test_keys_sort (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  check_order (0, 1);
  check_order (255, 256);
  check_order (0x7fffffffffffffffu, 0x8000000000000000u);
  check_order (0x00ffffffffffffffu, 0x0100000000000000u);
  for (guint i = 0; i < 2000; i++)
    {
      guint64 a = ((guint64) g_rand_int (rand) << 32 | g_rand_int (rand)) >> (i % 64);
      guint64 b = ((guint64) g_rand_int (rand) << 32 | g_rand_int (rand)) >> (i * 7 % 64);

      if (a != b)
        check_order (MIN (a, b), MAX (a, b));
    }
}

static void
test_keys (void)
{
  static const guint64 hash[2] = { 0x0102030405060708u, 0x090a0b0c0d0e0f10u };
  LibraryKey key = library_key_hash (hash), again = library_key_path ("/a"), other = library_key_path ("/b");
  LibraryKey shard = library_key_shard (1, 2, 3), vector = library_key_vector (1, 2), name = library_key_name ("format");

  g_assert_cmpmem (key.bytes, key.length, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
  g_assert_cmpmem (shard.bytes, shard.length, "\0\0\0\1\0\0\0\2\3", 9);
  g_assert_cmpmem (vector.bytes, vector.length, "\0\0\0\1\0\0\0\0\0\0\0\2", 12);
  g_assert_cmpmem (name.bytes, name.length, "format", 6);
  g_assert_cmpuint (again.length, ==, LIBRARY_HASH_BYTES);
  g_assert_cmpint (compare_keys (&again, &other), !=, 0);
  g_assert_cmphex (library_get_be64 (key.bytes), ==, hash[0]);
  g_assert_cmphex (library_get_be32 (key.bytes + 1), ==, 0x02030405);
}

static void
test_tables (void)
{
  for (LibraryTable a = 0; a < LIBRARY_N_TABLES; a++)
    {
      gboolean by = g_str_has_prefix (library_table_name (a), "by-");

      g_assert_true (library_table_has_duplicates (a) == by);
      for (LibraryTable b = 0; b < a; b++)
        g_assert_cmpstr (library_table_name (a), !=, library_table_name (b));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/format/round-trip", test_round_trip);
  g_test_add_func ("/format/bytes", test_bytes);
  g_test_add_func ("/format/flips", test_flips);
  g_test_add_func ("/format/lengths", test_lengths);
  g_test_add_func ("/format/kind-and-key", test_kind_and_key);
  g_test_add_func ("/format/kinds-differ", test_kinds_differ);
  g_test_add_func ("/format/past-the-end", test_past_the_end);
  g_test_add_func ("/format/text", test_text);
  g_test_add_func ("/format/keys-sort", test_keys_sort);
  g_test_add_func ("/format/keys", test_keys);
  g_test_add_func ("/format/tables", test_tables);
  return g_test_run ();
}
