/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader whose process was killed keeps old pages from being used again, until it is forgotten.  The program runs itself as
 * that process, which goes around the library as a foreign tool would. */
#include "library-store.h"

#include "support.h"

#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VALUES 64u
#define BYTES 8000u
#define MAP ((gsize) 2 << 20)

static const char *program;

/* The same values over and over. */
static gboolean
put_all (LibraryTxn *txn, gpointer data, GError **error)
{
  g_autofree char *text = g_strnfill (BYTES, 'x');

  for (guint i = 0; i < VALUES; i++)
    {
      LibraryKey key = library_key_u64 (i + 1);
      g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_PHOTO);

      library_put_text (record, text);
      library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, record);
    }
  return TRUE;
}

static gboolean
put_little (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_next_number (txn, "series");
  return TRUE;
}

static int
run_other (const char *folder)
{
  MDB_env *env;
  MDB_txn *txn;

  g_assert_cmpint (mdb_env_create (&env), ==, 0);
  g_assert_cmpint (mdb_env_open (env, folder, MDB_RDONLY | MDB_NOTLS, 0600), ==, 0);
  g_assert_cmpint (mdb_txn_begin (env, NULL, MDB_RDONLY, &txn), ==, 0);
  puts ("reading");
  fflush (stdout);
  pause ();
  return 0;
}

static GSubprocess *
start_reader (const char *folder)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *other = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--other", folder, NULL);
  char text[8];

  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (other), text, sizeof text, NULL, NULL), >, 0);
  return other;
}

static void
kill_reader (GSubprocess *other)
{
  g_subprocess_force_exit (other);
  g_assert_true (g_subprocess_wait (other, NULL, NULL));
  g_object_unref (other);
}

static void
fill (LibraryStore *store, guint times)
{
  for (guint i = 0; i < times; i++)
    support_change (store, put_all, NULL);
}

/* Readers that the store's table lists, in this process's own view of it. */
static guint
count_readers (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "lock.mdb", NULL);
  g_autofree char *text = NULL;
  gsize length;
  guint count = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  /* Slots of a cache line each: transaction, process, thread. */
  for (gsize at = 64; at + 64 <= length; at += 64)
    {
      gint32 pid;

      memcpy (&pid, text + at + sizeof (size_t), sizeof pid);
      count += pid > 1 && pid != (gint32) getpid ();
    }
  return count;
}

/* At lack of room: it grows while the reader lives, not for one that is dead. */
static void
test_full (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, MAP);
  GSubprocess *other;
  guint before;

  fill (store, 20);
  g_assert_cmpuint (library_store_get_growths (store), <=, 1);
  before = library_store_get_growths (store);
  other = start_reader (folder);
  fill (store, 6);
  g_assert_cmpuint (library_store_get_growths (store), >, before);
  before = library_store_get_growths (store);
  kill_reader (other);
  fill (store, 60);
  g_assert_cmpuint (library_store_get_growths (store), ==, before);
  library_store_unref (store);
  support_remove (folder);
}

/* After a number of writes, however small. */
static void
test_in_time (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  GSubprocess *other = start_reader (folder);

  g_assert_cmpuint (count_readers (folder), ==, 1);
  kill_reader (other);
  g_assert_cmpuint (count_readers (folder), ==, 1);
  for (guint i = 0; i < 70; i++)
    support_change (store, put_little, NULL);
  g_assert_cmpuint (count_readers (folder), ==, 0);
  library_store_unref (store);
  support_remove (folder);
}

/* When opening, while another process that has it open keeps the table from being made anew. */
static void
test_open (void)
{
  char *folder = support_make_folder ();
  GSubprocess *dead, *living;
  LibraryStore *store;

  library_store_unref (support_open (folder, 0));
  living = start_reader (folder);
  dead = start_reader (folder);
  kill_reader (dead);
  g_assert_cmpuint (count_readers (folder), ==, 2);
  store = support_open (folder, 0);
  g_assert_cmpuint (count_readers (folder), ==, 1);
  library_store_unref (store);
  kill_reader (living);
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--other") == 0)
    return run_other (argv[2]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/full", test_full);
  g_test_add_func ("/readers/in-time", test_in_time);
  g_test_add_func ("/readers/open", test_open);
  return g_test_run ();
}
