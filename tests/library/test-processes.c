/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One store and several processes.  The program runs itself as the other process. */
#include "library-store.h"

#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_MAP (256 * 1024)

static const char *program;

/* One more value of `*length` bytes; the series counts them. */
static gboolean
put_next (LibraryTxn *txn, gpointer length, GError **error)
{
  LibraryKey key = library_key_u64 (library_txn_next_number (txn, "series"));
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_PHOTO);
  g_autofree char *bytes = g_strnfill (*(gsize *) length, 'x');

  library_put_text (record, bytes);
  library_txn_put_record (txn, LIBRARY_TABLE_PHOTOS, &key, record);
  return TRUE;
}

/* The number of values, all of which must be sound. */
static guint64
count_sound (LibraryStore *store, gsize length)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);
  guint64 count = library_txn_get_number (txn, "series");

  for (guint64 i = 1; i <= count; i++)
    {
      LibraryKey key = library_key_u64 (i);
      LibraryReader reader;
      g_autofree char *text = NULL;

      g_assert_true (library_txn_get_record (txn, LIBRARY_TABLE_PHOTOS, &key, LIBRARY_RECORD_PHOTO, &reader));
      text = library_read_text (&reader, length);
      g_assert_cmpuint (strlen (text), ==, length);
    }
  g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_PHOTOS), ==, count);
  return count;
}

/* ---- the other process ---- */

static int
code_of (const GError *error)
{
  return error == NULL ? 0 : error->domain == LIBRARY_ERROR ? 10 + error->code
                                                            : 1;
}

/* Says that it owns the store, and does until it is told to go. */
static int
other_own (LibraryStore *store)
{
  puts ("owned");
  fflush (stdout);
  getchar ();
  return 0;
}

/* Says each number once it is on the disk, until nobody listens. */
static int
other_endless (LibraryStore *store)
{
  gsize length = 3000;
  guint i = 0;

  do
    support_change (store, put_next, &length);
  while (printf ("%u\n", ++i) > 0 && fflush (stdout) == 0);
  return 0;
}

/* Writes until no more fits into a file, and then reads what it was told was written.  A limit looks like a full disk but for
 * what the file system says of itself, so the error may be either. */
static int
other_full (LibraryStore *store)
{
  g_autofree char *path = g_build_filename (library_store_get_directory (store), "data.mdb", NULL);
  g_autoptr (GError) error = NULL;
  struct stat status;
  struct rlimit limit;
  gsize length = 5000;
  guint64 count = 0;

  g_assert_cmpint (stat (path, &status), ==, 0);
  limit.rlim_cur = limit.rlim_max = (rlim_t) status.st_size + 200000;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  while (library_store_write (store, put_next, &length, &error))
    count++;
  g_assert_cmpuint (count, >, 5);
  g_assert_cmpuint (count_sound (store, length), ==, count);
  printf ("%u\n", (guint) count);
  return g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE) ? 10 + LIBRARY_ERROR_STORAGE_FULL : code_of (error);
}

static const struct
{
  const char *name;
  int (*run) (LibraryStore *store);
} others[] = { { "own", other_own }, { "endless", other_endless }, { "full", other_full } };

static int
run_other (const char *name, const char *folder)
{
  g_autoptr (GError) error = NULL;
  LibraryStore *store = library_store_open (folder, SMALL_MAP, &error);
  int code = 1;

  if (store == NULL)
    return code_of (error);

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (strcmp (others[i].name, name) == 0)
      code = others[i].run (store);
  library_store_unref (store);
  return code;
}

/* ---- this one ---- */

static GSubprocess *
start (const char *name, const char *folder)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *other = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--other", name, folder, NULL);

  g_assert_no_error (error);
  return other;
}

static char *
read_line (GDataInputStream *from)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (from, NULL, NULL, &error);

  g_assert_no_error (error);
  return line;
}

static int
finish (GSubprocess *other)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_wait (other, NULL, &error));
  g_assert_no_error (error);
  return g_subprocess_get_if_exited (other) ? g_subprocess_get_exit_status (other) : -1;
}

static void
check_busy (const char *folder, const char *holder)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (library_store_open (folder, 0, &error));
  g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, holder));
}

/* However the owner ends, the next one gets the store. */
static void
test_owned_there (void)
{
  char *folder = support_make_folder ();

  for (guint ending = 0; ending < 2; ending++)
    {
      g_autoptr (GSubprocess) other = start ("own", folder);
      g_autoptr (GDataInputStream) from = g_data_input_stream_new (g_subprocess_get_stdout_pipe (other));
      g_autofree char *line = read_line (from);
      LibraryStore *store;

      g_assert_cmpstr (line, ==, "owned");
      check_busy (folder, g_subprocess_get_identifier (other));
      check_busy (folder, g_subprocess_get_identifier (other)); /* and was not left half taken */
      if (ending == 0)
        g_output_stream_close (g_subprocess_get_stdin_pipe (other), NULL, NULL);
      else
        g_subprocess_force_exit (other);
      g_assert_cmpint (finish (other), ==, ending == 0 ? 0 : -1);
      store = support_open (folder, 0);
      library_store_unref (store);
    }
  support_remove (folder);
}

static void
test_owned_here (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  LibraryStore *again = support_open (folder, 0);
  g_autoptr (GSubprocess) other = NULL, later = NULL;

  library_store_unref (again);
  other = start ("own", folder);
  g_assert_cmpint (finish (other), ==, 10 + LIBRARY_ERROR_BUSY);
  library_store_unref (store);
  later = start ("own", folder);
  g_output_stream_close (g_subprocess_get_stdin_pipe (later), NULL, NULL);
  g_assert_cmpint (finish (later), ==, 0);
  support_remove (folder);
}

typedef struct
{
  LibraryStore *store;
  GCancellable *cancellable;
  gint taken;
  GError *error;
} Waiter;

static gpointer
wait_for_lock (gpointer data)
{
  Waiter *waiter = data;

  if (library_store_lock_writer (waiter->store, waiter->cancellable, &waiter->error))
    {
      g_atomic_int_set (&waiter->taken, TRUE);
      library_store_unlock_writer (waiter->store);
    }
  return NULL;
}

/* Within a process it is a queue, which one may leave. */
static void
test_lock_waits (void)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Waiter patient = { store, NULL }, leaving = { store, cancellable };
  GThread *threads[2];

  g_assert_true (library_store_lock_writer (store, NULL, NULL));
  threads[0] = g_thread_new (NULL, wait_for_lock, &patient);
  threads[1] = g_thread_new (NULL, wait_for_lock, &leaving);
  g_usleep (150000);
  g_assert_false (g_atomic_int_get (&patient.taken));
  g_cancellable_cancel (cancellable);
  g_thread_join (threads[1]);
  g_assert_error (leaving.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (leaving.taken || g_atomic_int_get (&patient.taken));
  library_store_unlock_writer (store);
  g_thread_join (threads[0]);
  g_assert_no_error (patient.error);
  g_assert_true (patient.taken);
  g_error_free (leaving.error);
  library_store_unref (store);
  support_remove (folder);
}

/* Killed in the middle of writing: what it said was written is there, and nothing in halves. */
static void
test_killed (void)
{
  for (guint i = 0; i < 4; i++)
    {
      char *folder = support_make_folder ();
      g_autoptr (GSubprocess) other = start ("endless", folder);
      g_autoptr (GDataInputStream) from = g_data_input_stream_new (g_subprocess_get_stdout_pipe (other));
      LibraryStore *store;
      guint64 said = 0;
      char *line;

      for (guint n = 0; n < 15 + i * 20; n++)
        {
          line = read_line (from);
          said = g_ascii_strtoull (line, NULL, 10);
          g_free (line);
        }
      g_subprocess_force_exit (other);
      g_assert_cmpint (finish (other), ==, -1);
      while ((line = read_line (from)) != NULL)
        {
          said = g_ascii_strtoull (line, NULL, 10);
          g_free (line);
        }
      store = support_open (folder, 0);
      g_assert_cmpuint (count_sound (store, 3000), >=, said);
      library_store_unref (store);
      support_remove (folder);
    }
}

static void
test_full (void)
{
  char *folder = support_make_folder ();
  g_autoptr (GSubprocess) other = start ("full", folder);
  g_autoptr (GDataInputStream) from = g_data_input_stream_new (g_subprocess_get_stdout_pipe (other));
  g_autofree char *line = read_line (from);
  LibraryStore *store;
  gsize length = 5000;

  g_assert_cmpint (finish (other), ==, 10 + LIBRARY_ERROR_STORAGE_FULL);
  store = support_open (folder, 0);
  g_assert_cmpuint (count_sound (store, length), ==, g_ascii_strtoull (line, NULL, 10));
  support_change (store, put_next, &length); /* there is space again */
  g_assert_cmpuint (count_sound (store, length), ==, g_ascii_strtoull (line, NULL, 10) + 1);
  library_store_unref (store);
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--other") == 0)
    return run_other (argv[2], argv[3]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/processes/owned-there", test_owned_there);
  g_test_add_func ("/processes/owned-here", test_owned_here);
  g_test_add_func ("/processes/lock-waits", test_lock_waits);
  g_test_add_func ("/processes/killed", test_killed);
  g_test_add_func ("/processes/full", test_full);
  return g_test_run ();
}
