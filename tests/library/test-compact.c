/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tombstones: gone after compaction, while what is found stays the same; and spaces that are listed and removed. */
#include "library-shard.h"
#include "library-space.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIM 512u
#define MOST 5000u

static guint passes = 5;

typedef struct
{
  char *folder;
  LibraryStore *store;
  LibrarySpace space;
  guint versions[MOST + 1]; /* 0: the photograph has no embedding */
  gboolean hidden[MOST + 1];
  guint64 lives[MOST + 1]; /* in how many rows the last scan met it */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = support_make_folder ();
  self->store = support_open (self->folder, 1 << 20);
  library_space_init (&self->space, "model", LIBRARY_CLASS_FAST, DIM);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  library_store_unref (self->store);
  support_remove (self->folder);
}

static void
make_row (guint64 photo, guint version, guint16 *row)
{
  for (guint i = 0; i < DIM; i++)
    row[i] = (guint16) (photo * 7 + version * 1001 + i % 3);
}

/* Photographs `first`, `first` + `step` …: new content, or hidden, or shown. */
typedef struct
{
  Fixture *fixture;
  guint first, count, step;
  enum
  {
    CHANGE,
    HIDE,
    SHOW,
    FORGET
  } what;
} Act;

static gboolean
act (LibraryTxn *txn, gpointer data, GError **error)
{
  const Act *what = data;
  g_autofree guint16 *rows = g_new (guint16, (gsize) what->count * DIM);
  g_autofree LibraryPhotoId *photos = g_new (LibraryPhotoId, what->count);

  for (guint i = 0; i < what->count; i++)
    {
      photos[i] = what->first + i * what->step;
      make_row (photos[i], what->fixture->versions[photos[i]], rows + (gsize) i * DIM);
      if (what->what == HIDE || what->what == SHOW)
        library_spaces_set_visible (txn, photos[i], what->what == SHOW);
      else if (what->what == FORGET)
        library_spaces_forget (txn, photos[i]);
    }
  if (what->what == CHANGE)
    library_space_put_many (txn, &what->fixture->space, photos, rows, what->count);
  return TRUE;
}

static void
run (Fixture *self, int what, guint first, guint count, guint step)
{
  Act now = { self, first, count, step, what };

  for (guint i = 0; i < count; i++)
    {
      guint photo = first + i * step;

      g_assert_cmpuint (photo, <=, MOST);
      if (what == CHANGE || what == FORGET)
        self->versions[photo] = what == CHANGE ? self->versions[photo] + 1 : 0;
      self->hidden[photo] = what == HIDE;
    }
  support_change (self->store, act, &now);
}

static void
run_in_batches (Fixture *self, int what, guint first, guint count, guint batch)
{
  for (guint i = 0; i < count; i += batch)
    run (self, what, first + i, MIN (batch, count - i), 1);
}

static gboolean
count_ids (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  for (guint i = 0; i < count; i++)
    ((Fixture *) data)->lives[ids[i]]++;
  return TRUE;
}

/* Tombstones met. */
static guint64
check (Fixture *self)
{
  g_autoptr (LibraryTxn) txn = support_begin (self->store);
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);
  float query[DIM] = { 1 };
  const float *queries[] = { query };
  guint64 live = 0;

  memset (self->lives, 0, sizeof self->lives);
  g_assert_true (library_space_find (txn, &self->space));
  g_assert_true (library_space_scan (txn, &self->space, queries, 1, count_ids, self));
  for (guint i = 1; i <= MOST; i++)
    {
      guint16 row[DIM], wanted[DIM];
      gboolean there = library_space_get_halves (txn, &self->space, i, row);

      g_assert_true (there == (self->versions[i] > 0));
      g_assert_cmpuint (self->lives[i], ==, there && !self->hidden[i] ? 1 : 0);
      live += self->lives[i];
      make_row (i, self->versions[i], wanted);
      g_assert_true (!there || memcmp (row, wanted, sizeof row) == 0);
    }
  /* The rows are those of the records. */
  for (guint32 number = 0; number < self->space.shards; number++)
    {
      g_assert_true (library_shard_get (txn, &self->space, number, shard));
      for (guint i = 0; i < shard->count; i++)
        {
          guint16 wanted[DIM];

          make_row (shard->ids[i], self->versions[shard->ids[i]], wanted);
          g_assert_true (shard->ids[i] == 0 || memcmp (shard->rows + i * DIM, wanted, sizeof wanted) == 0);
        }
    }
  g_assert_cmpuint (self->space.live, ==, live);
  g_assert_cmpuint (library_store_get_damaged (self->store), ==, 0);
  return self->lives[0];
}

static void
compact (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = library_spaces_compact (self->store, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
compact_anyway (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = library_space_compact (self->store, self->space.id, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
test_dense (Fixture *self, gconstpointer data)
{
  run_in_batches (self, CHANGE, 1, 5000, 500);
  g_assert_cmpuint (check (self), ==, 0);
  /* Every third one changes: tombstones all over. */
  run (self, CHANGE, 1, 1600, 3);
  g_assert_cmpuint (check (self), ==, 1600);
  compact (self); /* a quarter of 6,600 is more */
  g_assert_cmpuint (check (self), ==, 1600);
  run (self, CHANGE, 2, 1600, 3);
  g_assert_cmpuint (check (self), >, 2500);
  compact (self);
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 5);
  support_store_reopen ((SupportStore *) self);
  g_assert_cmpuint (check (self), ==, 0);
  compact_anyway (self);
  g_assert_cmpuint (check (self), ==, 0);
}

/* Photographs that are gone have no row after it, and get one when they come back; none of them gets that of another. */
static void
test_hidden (Fixture *self, gconstpointer data)
{
  run_in_batches (self, CHANGE, 1, 3000, 500);
  run (self, HIDE, 1, 1000, 3);
  g_assert_cmpuint (check (self), ==, 1000);
  run (self, SHOW, 1, 100, 3); /* each in its old row */
  g_assert_cmpuint (check (self), ==, 900);
  compact_anyway (self);
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 3); /* 2,100 rows */
  run (self, HIDE, 2, 50, 3);
  run (self, SHOW, 301, 500, 3);
  run (self, SHOW, 2, 25, 3);
  check (self);
  run (self, FORGET, 1801, 200, 3);
  run (self, SHOW, 1802, 10, 3);
  check (self);
  compact_anyway (self);
  g_assert_cmpuint (check (self), ==, 0);
}

/* A shard without rows takes no space. */
static void
test_emptied (Fixture *self, gconstpointer data)
{
  guint64 bytes;

  run_in_batches (self, CHANGE, 1, 2048, 512);
  run_in_batches (self, CHANGE, 1, 2048, 512);
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 4);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    bytes = library_shard_get_bytes (txn, &self->space, 0);
  }
  g_assert_cmpuint (bytes, <, 100);
  for (guint i = 0; i < 6; i++)
    run_in_batches (self, CHANGE, 1, 2048, 512);
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 16);
  compact (self); /* they are many by now */
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 2);
}

static void
test_all_gone (Fixture *self, gconstpointer data)
{
  run_in_batches (self, CHANGE, 1, 1500, 500);
  run (self, HIDE, 1, 1500, 1);
  compact_anyway (self);
  g_assert_cmpuint (check (self), ==, 0);
  g_assert_cmpuint (self->space.shards, ==, 0);
  run (self, SHOW, 1, 1500, 1);
  check (self);
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  run_in_batches (self, CHANGE, 1, 3000, 500);
  run (self, HIDE, 1, 1500, 2);
  check (self);
  g_cancellable_cancel (cancellable);
  g_assert_false (library_spaces_compact (self->store, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (check (self), ==, 1500);
}

/* Damaged rows come from the photographs' records. */
static void
test_damaged (Fixture *self, gconstpointer data)
{
  LibraryKey rows;

  run_in_batches (self, CHANGE, 1, 2500, 500);
  run (self, HIDE, 2, 1200, 2);
  check (self);
  rows = library_key_shard (self->space.id, 0, 1);
  support_damage (self->store, LIBRARY_TABLE_SHARDS, &rows, 1000);
  support_store_reopen ((SupportStore *) self); /* it was found sound before */
  support_expect_damage ();
  compact_anyway (self);
  g_test_assert_expected_messages ();
  support_store_reopen ((SupportStore *) self);
  g_assert_cmpuint (check (self), ==, 0);
}

static void
test_list_and_drop (Fixture *self, gconstpointer data)
{
  LibrarySpace first = self->space, second;
  g_autoptr (GError) error = NULL;

  run_in_batches (self, CHANGE, 1, 5000, 500);
  check (self);
  first = self->space;
  library_space_init (&self->space, "other", LIBRARY_CLASS_FAST, DIM);
  memset (self->versions, 0, sizeof self->versions);
  run_in_batches (self, CHANGE, 1, 100, 100);
  check (self);
  second = self->space;
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);
    g_autoptr (GArray) list = library_spaces_list (txn);
    const LibrarySpaceInfo *infos = (const LibrarySpaceInfo *) (gpointer) list->data;

    g_assert_cmpuint (list->len, ==, 2);
    g_assert_cmpmem (infos[0].space.key, LIBRARY_HASH_BYTES, first.key, LIBRARY_HASH_BYTES);
    g_assert_cmpuint (infos[0].space.live, ==, 5000);
    g_assert_cmpuint (infos[0].space.dim, ==, DIM);
    g_assert_cmpuint (infos[0].bytes, >, 5000 * DIM * 4);
    g_assert_cmpuint (infos[0].bytes, <, 5000 * (DIM * 4 + 100));
    g_assert_cmpuint (infos[1].bytes, <, infos[0].bytes / 10);
  }
  g_assert_true (library_space_drop (self->store, first.id, NULL, &error));
  g_assert_true (library_space_drop (self->store, first.id, NULL, &error));
  check (self);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);
    g_autoptr (GArray) list = library_spaces_list (txn);

    g_assert_cmpuint (list->len, ==, 1);
    g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_VECTORS), ==, 100);
    g_assert_cmpuint (library_txn_count (txn, LIBRARY_TABLE_SHARDS), ==, 2);
    g_assert_false (library_space_find (txn, &first));
    g_assert_true (library_space_find (txn, &second));
  }
}

static guint64
get_size (Fixture *self)
{
  g_autofree char *path = g_build_filename (self->folder, "data.mdb", NULL);
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  return (guint64) status.st_size;
}

/* Indexed again and again, in the order of the files or in any: the file does not grow. */
static void
test_again (Fixture *self, gconstpointer data)
{
  gboolean shuffled = data != NULL;
  guint64 live;

  run_in_batches (self, CHANGE, 1, 2000, 64);
  live = 2000 * (4096 / 3 + DIM * 2 + 8); /* three records to a page, and the rows */
  for (guint pass = 0; pass < passes; pass++)
    {
      if (shuffled)
        for (guint i = 0; i < 40; i++)
          run (self, CHANGE, 1 + i, 50, 40);
      else
        run_in_batches (self, CHANGE, 1, 2000, 64);
      compact (self);
      g_assert_true (library_store_shrink (self->store, NULL));
    }
  check (self);
  g_test_message ("%u passes: %" G_GUINT64_FORMAT " bytes for %" G_GUINT64_FORMAT ": %.2f", passes, get_size (self), live, (double) get_size (self) / (double) live);
  g_assert_cmpuint (get_size (self), <, live * 3 / 2);
  support_store_reopen ((SupportStore *) self);
  check (self);
}

/* Others read and write all the while. */
typedef struct
{
  Fixture *fixture;
  LibrarySpace space;
  gint end;
  guint64 reads, writes;
} Others;

static gpointer
read_on (gpointer data)
{
  Others *others = data;

  for (; !g_atomic_int_get (&others->end); others->reads++)
    {
      g_autoptr (LibraryTxn) txn = support_begin (others->fixture->store);
      guint16 row[DIM], wanted[DIM];

      make_row (7, 1, wanted);
      g_assert_true (library_space_get_halves (txn, &others->space, 7, row));
      g_assert_cmpmem (row, sizeof row, wanted, sizeof wanted);
    }
  return NULL;
}

static gboolean
count_up (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_next_number (txn, "writes");
  return TRUE;
}

static gpointer
write_on (gpointer data)
{
  Others *others = data;

  for (; !g_atomic_int_get (&others->end); others->writes++)
    {
      support_change (others->fixture->store, count_up, NULL);
      g_usleep (2000);
    }
  return NULL;
}

static void
test_shrink (Fixture *self, gconstpointer data)
{
  Others others = { self };
  GThread *reader, *writer;
  guint64 before;

  run_in_batches (self, CHANGE, 1, 5000, 500);
  check (self);
  others.space = self->space;
  reader = g_thread_new (NULL, read_on, &others);
  writer = g_thread_new (NULL, write_on, &others);
  for (guint i = 0; i < 4; i++)
    {
      run_in_batches (self, CHANGE, 100, 3000, 64);
      g_assert_true (library_store_shrink (self->store, NULL));
    }
  g_atomic_int_set (&others.end, TRUE);
  g_thread_join (reader);
  g_thread_join (writer);
  check (self);
  run (self, FORGET, 1, 4000, 1);
  before = get_size (self);
  g_assert_true (library_store_shrink (self->store, NULL));
  g_assert_cmpuint (get_size (self), <, before / 2);
  check (self);
  run_in_batches (self, CHANGE, 1, 4000, 500);
  support_store_reopen ((SupportStore *) self);
  check (self);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    g_assert_cmpuint (library_txn_get_number (txn, "writes"), ==, others.writes);
  }
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), gconstpointer data)
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    passes = (guint) atoi (argv[1]);
  add ("/compact/dense", test_dense, NULL);
  add ("/compact/hidden", test_hidden, NULL);
  add ("/compact/emptied", test_emptied, NULL);
  add ("/compact/all-gone", test_all_gone, NULL);
  add ("/compact/cancelled", test_cancelled, NULL);
  add ("/compact/damaged", test_damaged, NULL);
  add ("/compact/list-and-drop", test_list_and_drop, NULL);
  add ("/compact/shrink", test_shrink, NULL);
  add ("/compact/again", test_again, NULL);
  add ("/compact/again-shuffled", test_again, "shuffled");
  return g_test_run ();
}
