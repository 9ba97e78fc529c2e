/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kills a process that writes into a store, at random moments: while it opens, looks through, creates, grows, writes, compacts,
 * shrinks or mends it.  What was acknowledged is there, nothing is there in halves, and the next start succeeds.
 *
 *     kill-store [KILLS [SEED]]
 */
#include "library-shard.h"
#include "library-space.h"

#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIM 64u
#define PIECE 48u /* new photographs in a batch, and as many that get their row anew */
#define KILLS_A_FOLDER 100u
#define MAP ((gsize) 1 << 20)
#define LONGEST 30000 /* microseconds until the kill */

static const char *program;
static GRand *dice;

/* ---- the victim ---- */

static void
make_row (guint64 photo, guint16 row[DIM])
{
  for (guint i = 0; i < DIM; i++)
    row[i] = (guint16) (photo * 31 + i);
}

static void
init_space (LibrarySpace *space)
{
  library_space_init (space, "model", LIBRARY_CLASS_FAST, DIM);
}

static gboolean
write_batch (LibraryTxn *txn, gpointer data, GError **error)
{
  guint64 batch = library_txn_next_number (txn, "batch");
  g_autofree guint16 *rows = g_new (guint16, 2 * PIECE * DIM);
  LibraryPhotoId ids[2 * PIECE];
  LibrarySpace space;
  guint count = 0;

  init_space (&space);
  for (guint i = 0; i < PIECE; i++)
    {
      guint64 number = (batch - 1) * PIECE + i + 1;
      g_autofree char *path = g_strdup_printf ("/photos/%" G_GUINT64_FORMAT ".jpg", number);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, number);

      library_photo_put (txn, photo);
      /* For lack of room it fails, and is run again. */
      g_assert_true (photo->id == number || !library_txn_check (txn, NULL));
      ids[count++] = number;
    }
  for (guint i = 0; i < PIECE && batch > 1; i++)
    {
      guint64 former = (batch * 7919 + i * 31) % ((batch - 1) * PIECE) + 1;
      gboolean twice = FALSE;

      for (guint j = PIECE; j < count; j++)
        twice |= ids[j] == former;
      if (!twice)
        ids[count++] = former;
    }
  for (guint i = 0; i < count; i++)
    make_row (ids[i], rows + i * DIM);
  library_space_put_many (txn, &space, ids, rows, count);
  return TRUE;
}

static guint64
get_batch (LibraryStore *store, LibrarySpace *space)
{
  g_autoptr (LibraryTxn) txn = support_begin (store);

  init_space (space);
  library_space_find (txn, space);
  return library_txn_get_number (txn, "batch");
}

static void
say (guint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "\n", number);

  if (write (STDOUT_FILENO, text, strlen (text)) < 0)
    _exit (1);
}

/* Says how many batches are on the disk, each time one more is. */
G_GNUC_NORETURN static void
run_victim (const char *folder, gboolean mostly_tidying)
{
  LibraryStore *store = support_open (folder, MAP);
  LibrarySpace space;

  say (get_batch (store, &space));
  for (guint i = 1;; i++)
    {
      support_change (store, write_batch, NULL);
      say (get_batch (store, &space));
      if (!mostly_tidying && i % 8 != 0)
        continue;
      g_assert_true (library_space_compact (store, space.id, NULL, NULL));
      g_assert_true (library_store_shrink (store, NULL));
    }
}

/* ---- the one who looks ---- */

typedef struct
{
  guint64 rows;
  guint8 *seen;
  guint64 photos;
} Found;

static gboolean
take_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);
  g_autofree char *path = NULL;

  g_assert_nonnull (photo);
  path = g_strdup_printf ("/photos/%" G_GUINT64_FORMAT ".jpg", photo->id);
  g_assert_cmpstr (photo->path, ==, path);
  ((Found *) data)->photos++;
  return TRUE;
}

static void
check_shard (LibraryTxn *txn, const LibrarySpace *space, guint32 number, guint64 photos, Found *found)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  g_assert_true (library_shard_get (txn, space, number, shard));
  g_assert_nonnull (shard->rows);
  for (guint i = 0; i < shard->count; i++)
    {
      guint16 row[DIM];

      if (shard->ids[i] == 0)
        continue;
      g_assert_cmpuint (shard->ids[i], <=, photos);
      g_assert_cmpuint (found->seen[shard->ids[i]]++, ==, 0);
      make_row (shard->ids[i], row);
      g_assert_cmpmem (shard->rows + i * DIM, sizeof row, row, sizeof row);
      g_assert_true (library_space_get_halves (txn, space, shard->ids[i], row));
      found->rows++;
    }
}

/* Batches in the store, every part of which agrees with every other.  An error and an end if not. */
static guint64
check_store (const char *folder, guint64 acknowledged)
{
  LibraryStore *store = support_open (folder, MAP);
  LibrarySpace space;
  guint64 batch = get_batch (store, &space);
  g_autofree guint8 *seen = g_new0 (guint8, batch * PIECE + 1);
  Found found = { .seen = seen };

  g_assert_cmpuint (batch, >=, acknowledged);
  g_assert_null (library_store_get_notice (store));
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);

    library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, take_photo, &found);
    for (guint32 number = 0; number < space.shards; number++)
      check_shard (txn, &space, number, batch * PIECE, &found);
    g_assert_true (library_txn_check (txn, NULL));
    g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_VECTORS), ==, batch * PIECE);
  }
  g_assert_cmpuint (found.photos, ==, batch * PIECE);
  g_assert_cmpuint (found.rows, ==, batch * PIECE);
  g_assert_cmpuint (space.live, ==, batch * PIECE);
  g_assert_cmpuint (library_store_get_damaged (store), ==, 0);
  library_store_unref (store);
  return batch;
}

static GSubprocess *
start (const char *what, const char *folder)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *other = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, program, what, folder, NULL);

  g_assert_no_error (error);
  return other;
}

/* The last number that was said, after the end. */
static guint64
read_last (GSubprocess *other, GString *text)
{
  char piece[4096];
  gssize got;
  guint64 last = 0;
  g_auto (GStrv) lines = NULL;

  while ((got = g_input_stream_read (g_subprocess_get_stdout_pipe (other), piece, sizeof piece, NULL, NULL)) > 0)
    g_string_append_len (text, piece, got);
  lines = g_strsplit (text->str, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    last = MAX (last, g_ascii_strtoull (lines[i], NULL, 10));
  return last;
}

/* What it had acknowledged when it was killed. */
static guint64
kill_one (const char *what, const char *folder, gboolean when_open)
{
  g_autoptr (GSubprocess) other = start (what, folder);
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 last;
  char first;

  if (when_open && g_input_stream_read (g_subprocess_get_stdout_pipe (other), &first, 1, NULL, NULL) == 1)
    g_string_append_c (text, first);
  g_usleep ((gulong) g_rand_int_range (dice, 0, LONGEST));
  g_subprocess_force_exit (other);
  g_assert_true (g_subprocess_wait (other, NULL, NULL));
  last = read_last (other, text);
  if (g_subprocess_get_if_exited (other) || g_subprocess_get_term_sig (other) != SIGKILL)
    {
      char why[1024] = "";

      if (g_input_stream_read (g_subprocess_get_stderr_pipe (other), why, sizeof why - 1, NULL, NULL) >= 0)
        g_error ("it ended by itself: %s", why);
    }
  return last;
}

static void
test_kills (guint kills)
{
  guint64 batches = 0, acknowledged = 0;
  char *folder = NULL;
  gint64 longest = 0, start_time;

  for (guint i = 0; i < kills; i++)
    {
      if (i % KILLS_A_FOLDER == 0)
        {
          if (folder != NULL)
            support_remove (folder);
          folder = support_make_folder ();
          batches += acknowledged;
          acknowledged = 0;
        }
      acknowledged = MAX (acknowledged, kill_one (g_rand_int_range (dice, 0, 3) == 0 ? "--tidy" : "--write", folder, g_rand_boolean (dice)));
      /* Not looked at every time, so that kills come one after the other. */
      if (g_rand_int_range (dice, 0, 3) == 0)
        continue;
      start_time = g_get_monotonic_time ();
      acknowledged = check_store (folder, acknowledged);
      longest = MAX (longest, g_get_monotonic_time () - start_time);
    }
  check_store (folder, acknowledged);
  support_remove (folder);
  printf ("%u kills of a writer, %" G_GUINT64_FORMAT " batches kept, none lost; opening and looking through took at most %.0f ms\n", kills,
          batches + acknowledged, (double) longest / 1000);
}

/* ---- kills while a damaged store is made anew ---- */

static char *
copy_damaged (const char *bytes, gsize length)
{
  char *folder = support_make_folder ();

  support_write (folder, "data.mdb", bytes, (gssize) length);
  support_write (folder, "state", "in use\n", -1);
  return folder;
}

static guint64
count_rescued (const char *folder)
{
  LibraryStore *store = support_open (folder, 0);
  guint64 count;
  LibrarySpace space;

  get_batch (store, &space);
  {
    g_autoptr (LibraryTxn) txn = support_begin (store);

    count = library_txn_count (txn, LIBRARY_TABLE_PHOTOS) + space.live;
  }
  library_store_unref (store);
  return count;
}

static void
test_rescue (guint kills)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  g_autofree char *bytes = NULL;
  LibraryStore *store = support_open (folder, 0);
  guint64 kept;
  gsize length;

  for (guint i = 0; i < 30; i++)
    support_change (store, write_batch, NULL);
  library_store_unref (store);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  support_remove (folder);
  memset (bytes + 8192 + length / 2 / 4096 * 4096, 0, 4096);
  memset (bytes, 0x55, 100); /* so that it is damaged in any case */
  folder = copy_damaged (bytes, length);
  kept = count_rescued (folder);
  support_remove (folder);
  g_assert_cmpuint (kept, >, 100);
  for (guint i = 0; i < kills; i++)
    {
      folder = copy_damaged (bytes, length);
      for (guint j = g_rand_int_range (dice, 1, 4); j > 0; j--)
        kill_one ("--open", folder, FALSE);
      g_assert_cmpuint (count_rescued (folder), ==, kept);
      support_remove (folder);
    }
  printf ("%u times killed while mending\n", kills);
}

static void
swallow (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

int
main (int argc, char **argv)
{
  guint kills = argc > 1 ? (guint) atoi (argv[1]) : 100, seed = argc > 2 ? (guint) atoi (argv[2]) : 1;

  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, swallow, NULL);
  if (argc == 3 && (strcmp (argv[1], "--write") == 0 || strcmp (argv[1], "--tidy") == 0))
    run_victim (argv[2], strcmp (argv[1], "--tidy") == 0);
  if (argc == 3 && strcmp (argv[1], "--open") == 0)
    {
      support_open (argv[2], 0);
      for (;;)
        pause ();
    }
  program = argv[0];
  dice = g_rand_new_with_seed (seed);
  test_kills (kills);
  test_rescue (kills / 10);
  g_rand_free (dice);
  return 0;
}
