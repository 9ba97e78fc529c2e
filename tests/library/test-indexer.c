/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs with real workers and an encoder of our own, in this process and in others that die. */
#include "library-attempts.h"
#include "library-folders.h"
#include "library-indexer.h"
#include "support.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE 8u
#define BATCH 8u
#define MS (G_TIME_SPAN_SECOND / 1000)

static const char *program;

/* ---- pictures ---- */

/* A BMP file of one colour. */
static void
write_picture (const char *folder, const char *name, guint32 rgb)
{
  guint8 bytes[54 + 16] = { 'B', 'M', 70, [10] = 54, [14] = 40, [18] = 2, [22] = 2, [26] = 1, [28] = 24, [34] = 16 };

  for (guint i = 0; i < 4; i++)
    {
      guint8 *pixel = bytes + 54 + i / 2 * 8 + i % 2 * 3;

      pixel[0] = (guint8) rgb;
      pixel[1] = (guint8) (rgb >> 8);
      pixel[2] = (guint8) (rgb >> 16);
    }
  support_write (folder, name, bytes, sizeof bytes);
}

#define POISON 0xff0000u

static void
write_pictures (const char *folder, guint count)
{
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *name = g_strdup_printf ("%04u.bmp", i);

      write_picture (folder, name, 0x102030u + i * 3);
    }
}

/* ---- a run ---- */

typedef struct
{
  char *folder, *photos; /* the library in one, photographs in the other */
  LibraryStore *store;
  LibraryPace *pace;
  GCancellable *cancellable;
  LibraryProgress progress;
  GError *error;
  guint encoded;
  guint delay;     /* of each picture that is encoded, in microseconds */
  const char *log; /* where the poison is told of, which then ends the process */
  gboolean was_paused;
  guint reports;
  LibraryThumbnails *thumbnails; /* or NULL */
  GPtrArray *reasons;
} Bench;

static void
meet_poison (const Bench *bench)
{
  FILE *log = fopen (bench->log, "a");

  fputs ("tried\n", log);
  fclose (log);
  raise (SIGKILL);
}

static gboolean
embed (const guint8 *pixels, gsize n, float *out, gpointer data, GCancellable *cancellable, GError **error)
{
  Bench *bench = data;

  for (gsize i = 0; i < n; i++)
    {
      const guint8 *pixel = pixels + i * SIDE * SIDE * 3;

      if (bench->log != NULL && pixel[0] == 255 && pixel[1] == 0 && pixel[2] == 0)
        meet_poison (bench);
      out[2 * i] = 0.6f;
      out[2 * i + 1] = 0.8f;
      g_usleep (bench->delay);
    }
  g_atomic_int_add (&bench->encoded, n);
  return TRUE;
}

static void
take_progress (const LibraryProgress *progress, gboolean changed, gpointer data)
{
  Bench *bench = data;

  g_assert_cmpuint (progress->done + progress->failed, <=, progress->total);
  bench->was_paused |= progress->state == LIBRARY_INDEX_PAUSED;
  bench->reports++;
}

static void
take_problem (const LibraryProblemRecord *problem, gpointer data)
{
  Bench *bench = data;

  g_ptr_array_add (bench->reasons, g_strdup (problem->reason));
}

static void
run (Bench *bench)
{
  LibraryEncoder encoder = { "test", LIBRARY_CLASS_EXACT, 2, BATCH, { .side = SIDE }, embed, bench };
  g_autoptr (GFile) file = g_file_new_for_path (bench->photos);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) folders = NULL;
  LibraryIndexerJob job = { .encoder = &encoder, .progress = take_progress, .problem = take_problem, .data = bench };

  g_ptr_array_add (files, file);
  folders = library_folders_add (bench->store, files, &bench->error);
  g_assert_no_error (bench->error);
  g_ptr_array_set_size (bench->reasons, 0);
  job.store = bench->store;
  job.folders = folders;
  job.pace = bench->pace;
  job.thumbnails = bench->thumbnails;
  library_indexer_run (&job, &bench->progress, bench->cancellable, &bench->error);
}

static gpointer
run_in_thread (gpointer data)
{
  run (data);
  return NULL;
}

static void
set_up (Bench *bench, gconstpointer data)
{
  bench->folder = support_make_folder ();
  bench->photos = support_make_folder ();
  bench->store = support_open (bench->folder, 0);
  bench->pace = library_pace_new ();
  bench->cancellable = g_cancellable_new ();
  bench->reasons = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Bench *bench, gconstpointer data)
{
  g_clear_error (&bench->error);
  g_ptr_array_unref (bench->reasons);
  g_object_unref (bench->cancellable);
  library_pace_unref (bench->pace);
  library_store_unref (bench->store);
  support_remove (bench->folder);
  support_remove (bench->photos);
}

static guint64
count (Bench *bench, LibraryTable table)
{
  g_autoptr (LibraryTxn) txn = support_begin (bench->store);

  return library_txn_count (txn, table);
}

static void
wait_for (gint *value, gint least)
{
  for (guint i = 0; i < 1000 && g_atomic_int_get (value) < least; i++)
    g_usleep (10 * MS);
  g_assert_cmpint (g_atomic_int_get (value), >=, least);
}

/* ---- */

static void
test_all (Bench *bench, gconstpointer data)
{
  write_pictures (bench->photos, 60);
  run (bench);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (bench->progress.indexed, ==, 60);
  g_assert_cmpuint (bench->progress.total, ==, 60);
  g_assert_false (bench->progress.scanning);
  g_assert_cmpfloat (bench->progress.seconds_left, ==, 0);
  g_assert_cmpfloat (bench->progress.photos_per_second, >, 0);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, 60);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_ATTEMPTS), ==, 0);
  run (bench);
  g_assert_cmpuint (bench->progress.unchanged, ==, 60);
  g_assert_cmpuint (bench->encoded, ==, 60);
}

static void
test_pause_before (Bench *bench, gconstpointer data)
{
  GThread *thread;

  write_pictures (bench->photos, 20);
  library_pace_set_paused (bench->pace, TRUE);
  thread = g_thread_new ("run", run_in_thread, bench);
  g_usleep (600 * MS);
  g_assert_cmpuint (bench->encoded, ==, 0);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, 0);
  library_pace_set_paused (bench->pace, FALSE);
  g_thread_join (thread);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (bench->progress.indexed, ==, 20);
  g_assert_true (bench->was_paused);
  g_assert_cmpint (bench->progress.state, ==, LIBRARY_INDEX_RUNNING);
  g_assert_cmpfloat (bench->progress.seconds, >, 0.55);
  g_assert_cmpfloat (bench->progress.photos_per_second, >, bench->progress.indexed / bench->progress.seconds);
}

/* In the middle: what was decoded is kept, and then nothing happens until it is cancelled. */
static void
test_pause_within (Bench *bench, gconstpointer data)
{
  GThread *thread;
  guint64 kept;

  write_pictures (bench->photos, 400);
  bench->delay = 2000;
  thread = g_thread_new ("run", run_in_thread, bench);
  wait_for ((gint *) &bench->encoded, 2 * BATCH);
  library_pace_set_paused (bench->pace, TRUE);
  g_usleep (600 * MS);
  kept = count (bench, LIBRARY_TABLE_PHOTOS);
  g_assert_cmpuint (kept, ==, g_atomic_int_get (&bench->encoded));
  g_assert_cmpuint (kept, >=, 2 * BATCH);
  g_assert_cmpuint (kept, <, 200);
  g_usleep (300 * MS);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, kept);
  g_cancellable_cancel (bench->cancellable);
  g_thread_join (thread);
  g_assert_error (bench->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, kept);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_ATTEMPTS), ==, 0); /* nobody is to blame */
}

/* At work: what was begun and not done is held against nobody, and the next run does only the rest. */
static void
test_cancel (Bench *bench, gconstpointer data)
{
  GThread *thread;
  guint64 kept;

  write_pictures (bench->photos, 400);
  bench->delay = 2000;
  thread = g_thread_new ("run", run_in_thread, bench);
  wait_for ((gint *) &bench->encoded, 2 * BATCH);
  g_cancellable_cancel (bench->cancellable);
  g_thread_join (thread);
  g_assert_error (bench->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  kept = count (bench, LIBRARY_TABLE_PHOTOS);
  g_assert_cmpuint (kept, >=, 2 * BATCH);
  g_assert_cmpuint (kept, <, 400);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_ATTEMPTS), ==, 0);
  g_clear_error (&bench->error);
  g_cancellable_reset (bench->cancellable);
  bench->delay = 0;
  run (bench);
  g_assert_cmpuint (bench->progress.unchanged, ==, kept);
  g_assert_cmpuint (bench->progress.indexed, ==, 400 - kept);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;
  guint count = 0;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      count += g_file_test (path, G_FILE_TEST_IS_DIR) ? count_files (path) : 1;
    }
  return count;
}

/* From the same decode, and nobody holds them in memory. */
static void
test_thumbnails (Bench *bench, gconstpointer data)
{
  g_autoptr (LibraryTxn) txn = NULL;
  g_autoptr (LibraryPhotoRecord) photo = NULL;
  g_autoptr (GBytes) small = NULL, large = NULL;

  bench->thumbnails = library_thumbnails_new (1 << 20);
  write_pictures (bench->photos, 20);
  run (bench);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (bench->progress.indexed, ==, 20);
  g_assert_cmpuint (count_files (library_thumbnails_get_folder (bench->thumbnails)), ==, 40);
  txn = support_begin (bench->store);
  photo = library_photo_get (txn, 1);
  small = library_thumbnails_get (bench->thumbnails, photo->hash, LIBRARY_THUMBNAIL_SMALL);
  large = library_thumbnails_get (bench->thumbnails, photo->hash, LIBRARY_THUMBNAIL_LARGE);
  g_assert_nonnull (small);
  g_assert_nonnull (large);
  library_thumbnails_free (bench->thumbnails);
}

static void
test_rate (Bench *bench, gconstpointer data)
{
  write_pictures (bench->photos, 30);
  library_pace_set_rate (bench->pace, 30);
  run (bench);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (bench->progress.indexed, ==, 30);
  g_assert_cmpfloat (bench->progress.seconds, >=, 0.7);
  run (bench); /* what has not changed costs nothing */
  g_assert_cmpuint (bench->progress.unchanged, ==, 30);
  g_assert_cmpfloat (bench->progress.seconds, <, 0.7);
}

/* ---- the death of the process ---- */

static int
run_other (char **arguments)
{
  Bench bench = { .folder = arguments[0], .photos = arguments[1], .log = arguments[2], .delay = 100 };

  bench.store = support_open (bench.folder, 0);
  bench.reasons = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (library_store_lock_writer (bench.store, NULL, NULL));
  run (&bench);
  g_assert_no_error (bench.error);
  return 0;
}

/* The signal that ended it, 0: none.  The other process owns the library meanwhile. */
static int
run_in_process (Bench *bench, const char *log)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) other = NULL;

  library_store_unref (bench->store);
  other = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, "--other", bench->folder, bench->photos, log, NULL);
  g_assert_no_error (error);
  g_subprocess_wait (other, NULL, &error);
  g_assert_no_error (error);
  bench->store = support_open (bench->folder, 0);
  if (g_subprocess_get_if_signaled (other))
    return g_subprocess_get_term_sig (other);
  g_assert_cmpint (g_subprocess_get_exit_status (other), ==, 0);
  return 0;
}

static guint
count_lines (const char *path)
{
  g_autofree char *text = NULL;
  guint lines = 0;

  if (g_file_get_contents (path, &text, NULL, NULL))
    for (const char *p = text; *p != '\0'; p++)
      lines += *p == '\n';
  return lines;
}

static void
check_listed (Bench *bench, guint attempts)
{
  g_autoptr (LibraryTxn) txn = support_begin (bench->store);
  g_autoptr (GPtrArray) problems = library_problem_list (txn);
  const LibraryProblemRecord *problem;

  g_assert_cmpuint (problems->len, ==, 1);
  problem = g_ptr_array_index (problems, 0);
  g_assert_cmpstr (problem->reason, ==, "decoder-crashed");
  g_assert_cmpuint (problem->attempts, ==, attempts);
  g_assert_true (g_str_has_suffix (problem->path, "/0033.bmp"));
}

static void
test_poison (Bench *bench, gconstpointer data)
{
  g_autofree char *log = g_build_filename (bench->folder, "log", NULL);
  guint deaths = 0;

  write_pictures (bench->photos, 100);
  write_picture (bench->photos, "0033.bmp", POISON);
  for (guint i = 0; i < 20; i++)
    deaths += run_in_process (bench, log) == SIGKILL;
  g_assert_cmpuint (deaths, ==, LIBRARY_ATTEMPT_STRIKES);
  g_assert_cmpuint (count_lines (log), ==, LIBRARY_ATTEMPT_STRIKES);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, 99);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_ATTEMPTS), ==, 0);
  check_listed (bench, LIBRARY_ATTEMPT_STRIKES);
  /* Another file in its place is another matter. */
  write_picture (bench->photos, "0033.bmp", 0x00ff00);
  g_assert_cmpint (run_in_process (bench, log), ==, 0);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PHOTOS), ==, 100);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_PROBLEMS), ==, 0);
}

static gboolean
strike_all (LibraryTxn *txn, gpointer data, GError **error)
{
  Bench *bench = data;

  for (guint i = 0; i < 10; i++)
    {
      LibraryAttempt attempt = { .begun = TRUE };
      g_autofree char *path = g_strdup_printf ("%s/%04u.bmp", bench->photos, i);

      g_assert_true (library_file_identify (path, &attempt.identity));
      attempt.path = path;
      attempt.identity.mtime += i == 9; /* it has changed since */
      library_attempt_put (txn, &attempt);
    }
  return TRUE;
}

/* Files that merely were there when the process was killed are done all the same. */
static void
test_innocent (Bench *bench, gconstpointer data)
{
  write_pictures (bench->photos, 30);
  support_change (bench->store, strike_all, bench);
  run (bench);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (bench->progress.indexed, ==, 30);
  g_assert_cmpuint (bench->progress.failed, ==, 0);
  g_assert_cmpuint (count (bench, LIBRARY_TABLE_ATTEMPTS), ==, 0);
}

static void
test_take_over (Bench *bench, gconstpointer data)
{
  g_autoptr (GHashTable) first = NULL, second = NULL;

  write_pictures (bench->photos, 10);
  support_change (bench->store, strike_all, bench);
  first = library_attempts_take_over (bench->store, &bench->error);
  g_assert_no_error (bench->error);
  g_assert_cmpuint (g_hash_table_size (first), ==, 9);
  second = library_attempts_take_over (bench->store, &bench->error); /* nothing was begun in between */
  g_assert_cmpuint (g_hash_table_size (second), ==, 9);
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%04u.bmp", bench->photos, i);
      const LibraryAttempt *attempt = g_hash_table_lookup (second, path);

      g_assert_cmpuint (attempt->strikes, ==, 1);
      g_assert_false (attempt->begun);
    }
}

#define ADD(name, func) g_test_add ("/indexer/" name, Bench, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  char *cache;
  int result;

  if (argc == 5 && strcmp (argv[1], "--other") == 0)
    return run_other (argv + 2);
  program = argv[0];
  cache = support_make_folder ();
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("all", test_all);
  ADD ("pause-before", test_pause_before);
  ADD ("pause-within", test_pause_within);
  ADD ("rate", test_rate);
  ADD ("thumbnails", test_thumbnails);
  ADD ("cancel", test_cancel);
  ADD ("poison", test_poison);
  ADD ("innocent", test_innocent);
  ADD ("take-over", test_take_over);
  result = g_test_run ();
  support_remove (cache);
  return result;
}
