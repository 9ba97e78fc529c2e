/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embeddings, their spaces and their shards. */
#include "library-space.h"

#include "library-half.h"
#include "library-shard.h"
#include "support.h"

#include <math.h>
#include <string.h>

#define DIM 19u
#define ROWS (LIBRARY_SHARD_ROWS + 300u)

typedef struct
{
  char *folder;
  LibraryStore *store;
  LibrarySpace space;
  GRand *rand;
  guint16 halves[ROWS + 1][DIM]; /* by photograph; what the store is to have */
  gboolean there[ROWS + 1];
  guint lost; /* live rows that damage took */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = support_make_folder ();
  self->store = support_open (self->folder, 1 << 18); /* so that writes have to run again */
  self->rand = g_rand_new_with_seed (11);
  library_space_init (&self->space, "model", LIBRARY_CLASS_FAST, DIM);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  library_store_unref (self->store);
  support_remove (self->folder);
  g_rand_free (self->rand);
}

static void
new_halves (Fixture *self, guint photo)
{
  float unit[DIM];

  support_unit (self->rand, unit, DIM);
  library_half_from_floats (unit, self->halves[photo], DIM);
  self->there[photo] = TRUE;
}

/* Photographs `first`, `first` + `step` … */
typedef struct
{
  Fixture *fixture;
  guint first, count, step;
} Rows;

static gboolean
put_rows (LibraryTxn *txn, gpointer data, GError **error)
{
  const Rows *rows = data;
  g_autofree LibraryPhotoId *photos = g_new (LibraryPhotoId, rows->count);
  g_autofree guint16 *halves = g_new (guint16, rows->count * DIM);

  for (guint i = 0; i < rows->count; i++)
    {
      photos[i] = rows->first + i * rows->step;
      memcpy (halves + i * DIM, rows->fixture->halves[photos[i]], sizeof *rows->fixture->halves);
    }
  library_space_put_many (txn, &rows->fixture->space, photos, halves, rows->count);
  return TRUE;
}

static void
put (Fixture *self, guint first, guint count, guint step)
{
  Rows rows = { self, first, count, step };

  for (guint i = 0; i < count; i++)
    new_halves (self, first + i * step);
  support_change (self->store, put_rows, &rows);
}

static void
check_record (LibraryTxn *txn, Fixture *self, guint photo)
{
  guint16 halves[DIM];
  float out[DIM], wanted[DIM];

  g_assert_true (library_space_get_halves (txn, &self->space, photo, halves));
  g_assert_cmpmem (halves, sizeof halves, self->halves[photo], sizeof halves);
  g_assert_true (library_space_get (txn, &self->space, photo, out));
  library_half_to_floats (halves, wanted, DIM);
  g_assert_cmpmem (out, sizeof out, wanted, sizeof wanted);
}

typedef struct
{
  Fixture *fixture;
  const float *queries[2];
  gboolean seen[ROWS + 1];
  guint shards, rows;
} Scan;

static double
score_slowly (Fixture *self, guint64 photo, const float *query)
{
  float row[DIM];
  double sum = 0;

  library_half_to_floats (self->halves[photo], row, DIM);
  for (guint i = 0; i < DIM; i++)
    sum += (double) row[i] * query[i];
  return sum;
}

static gboolean
take_scores (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  Scan *scan = data;

  g_assert_cmpuint (count, <=, LIBRARY_SHARD_ROWS);
  scan->shards++;
  for (guint i = 0; i < count; i++)
    {
      if (ids[i] == 0)
        continue;
      g_assert_cmpuint (ids[i], <=, ROWS);
      g_assert_false (scan->seen[ids[i]]);
      scan->seen[ids[i]] = TRUE;
      scan->rows++;
      for (guint t = 0; t < 2; t++)
        g_assert_cmpfloat (fabs (scores[t * LIBRARY_SHARD_ROWS + i] - score_slowly (scan->fixture, ids[i], scan->queries[t])), <, 1e-6);
    }
  return TRUE;
}

/* Every live row is met once, with its score, and no other. */
static void
check_scan (Fixture *self)
{
  g_autoptr (LibraryTxn) txn = support_begin (self->store);
  g_autofree Scan *scan = g_new0 (Scan, 1);
  float queries[2][DIM];
  guint live = 0;

  for (guint t = 0; t < 2; t++)
    {
      support_unit (self->rand, queries[t], DIM);
      scan->queries[t] = queries[t];
    }
  scan->fixture = self;
  g_assert_true (library_space_find (txn, &self->space));
  g_assert_true (library_space_scan (txn, &self->space, scan->queries, 2, take_scores, scan));
  for (guint i = 1; i <= ROWS; i++)
    {
      g_assert_true (scan->seen[i] == self->there[i]);
      live += self->there[i];
    }
  g_assert_cmpuint (scan->rows, ==, live);
  g_assert_cmpuint (self->space.live, ==, live + self->lost);
  g_assert_true (library_txn_check (txn, NULL));
}

/* Another model, pipeline class or dimension is another space. */
static gboolean
make_spaces (LibraryTxn *txn, gpointer data, GError **error)
{
  LibrarySpace *spaces = data;

  library_space_init (&spaces[0], "one", LIBRARY_CLASS_EXACT, DIM);
  library_space_init (&spaces[1], "one", LIBRARY_CLASS_FAST, DIM);
  library_space_init (&spaces[2], "two", LIBRARY_CLASS_EXACT, DIM);
  library_space_init (&spaces[3], "one", LIBRARY_CLASS_EXACT, DIM);
  for (guint i = 0; i < 4; i++)
    library_space_ensure (txn, &spaces[i]);
  return TRUE;
}

static void
test_spaces (Fixture *self, gconstpointer data)
{
  LibrarySpace spaces[4], other;
  g_autoptr (LibraryTxn) txn = NULL;

  support_change (self->store, make_spaces, spaces);
  g_assert_cmpuint (spaces[0].id, ==, 1);
  g_assert_cmpuint (spaces[1].id, ==, 2);
  g_assert_cmpuint (spaces[2].id, ==, 3);
  g_assert_cmpuint (spaces[3].id, ==, 1);
  txn = support_begin (self->store);
  library_space_init (&other, "one", LIBRARY_CLASS_EXACT, DIM + 1);
  g_assert_false (library_space_find (txn, &other));
  library_space_init (&other, "three", LIBRARY_CLASS_EXACT, DIM);
  g_assert_false (library_space_find (txn, &other));
  g_assert_cmpuint (other.id, ==, 0);
  g_assert_false (library_space_get (txn, &other, 1, NULL));
  library_space_init (&other, "two", LIBRARY_CLASS_EXACT, DIM);
  g_assert_true (library_space_find (txn, &other));
  g_assert_cmpuint (other.id, ==, 3);
}

static void
test_rows (Fixture *self, gconstpointer data)
{
  put (self, 1, 10, 1);
  put (self, 11, 1, 1);
  check_scan (self);
  put (self, 12, ROWS - 11, 1); /* over the end of a shard */
  check_scan (self);
  g_assert_cmpuint (self->space.shards, ==, 2);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    for (guint i = 1; i <= ROWS; i++)
      check_record (txn, self, i);
    g_assert_false (library_space_get (txn, &self->space, ROWS + 1, NULL));
    g_assert_false (library_space_get (txn, &self->space, 0, NULL));
  }
}

/* A full shard is followed by a new one, not by an empty one. */
static void
test_full (Fixture *self, gconstpointer data)
{
  put (self, 1, LIBRARY_SHARD_ROWS, 1);
  check_scan (self);
  g_assert_cmpuint (self->space.shards, ==, 1);
  put (self, LIBRARY_SHARD_ROWS + 1, 1, 1);
  check_scan (self);
  g_assert_cmpuint (self->space.shards, ==, 2);
}

static void
test_changed (Fixture *self, gconstpointer data)
{
  put (self, 1, 1200, 1);
  put (self, 3, 100, 7); /* new content: new rows, and tombstones where they were */
  check_scan (self);
  put (self, 1, 30, 1);
  check_scan (self);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    for (guint i = 1; i <= 1200; i++)
      check_record (txn, self, i);
  }
}

static gboolean
hide (LibraryTxn *txn, gpointer data, GError **error)
{
  library_spaces_set_visible (txn, *(guint64 *) data, FALSE);
  return TRUE;
}

static gboolean
show (LibraryTxn *txn, gpointer data, GError **error)
{
  library_spaces_set_visible (txn, *(guint64 *) data, TRUE);
  return TRUE;
}

static gboolean
forget (LibraryTxn *txn, gpointer data, GError **error)
{
  library_spaces_forget (txn, *(guint64 *) data);
  return TRUE;
}

static void
test_visible (Fixture *self, gconstpointer data)
{
  guint64 photo = 5, missing = 700;

  put (self, 1, 20, 1);
  self->there[5] = FALSE;
  for (guint i = 0; i < 2; i++) /* twice is the same as once */
    {
      support_change (self->store, hide, &photo);
      check_scan (self);
    }
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    check_record (txn, self, 5); /* it is kept for when it comes back */
  }
  self->there[5] = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      support_change (self->store, show, &photo);
      check_scan (self);
    }
  support_change (self->store, hide, &missing);
  support_change (self->store, show, &missing);
  check_scan (self);
}

/* Hidden, and then with new content: one row. */
static void
test_hidden_changed (Fixture *self, gconstpointer data)
{
  guint64 photo = 5;

  put (self, 1, 20, 1);
  support_change (self->store, hide, &photo);
  put (self, 5, 1, 1);
  check_scan (self);
  support_change (self->store, show, &photo);
  check_scan (self);
}

static void
test_forget (Fixture *self, gconstpointer data)
{
  guint64 photo = 5;

  put (self, 1, 20, 1);
  support_change (self->store, forget, &photo);
  support_change (self->store, forget, &photo);
  self->there[5] = FALSE;
  check_scan (self);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    g_assert_false (library_space_get (txn, &self->space, 5, NULL));
  }
  support_change (self->store, show, &photo);
  check_scan (self);
  put (self, 5, 1, 1);
  check_scan (self);
}

/* Hiding and forgetting go through all spaces. */
static void
test_all_spaces (Fixture *self, gconstpointer data)
{
  LibrarySpace first;
  guint64 photo = 2;

  put (self, 1, 3, 1);
  first = self->space;
  library_space_init (&self->space, "other", LIBRARY_CLASS_FAST, DIM);
  put (self, 1, 3, 1);
  support_change (self->store, hide, &photo);
  self->there[2] = FALSE;
  check_scan (self);
  {
    g_autoptr (LibraryTxn) txn = support_begin (self->store);

    g_assert_true (library_space_find (txn, &first));
    g_assert_cmpuint (first.live, ==, 2);
    g_assert_cmpuint (first.id, !=, self->space.id);
  }
}

/* ---- damage ---- */

/* Rows of a damaged shard are taken from the photographs' own records; those that are damaged too are passed over. */
static void
test_damaged_rows (Fixture *self, gconstpointer data)
{
  LibraryKey rows, vector;

  put (self, 1, 1100, 1);
  rows = library_key_shard (self->space.id, 0, 1);
  vector = library_key_vector (self->space.id, 17);
  support_damage (self->store, LIBRARY_TABLE_SHARDS, &rows, 5000);
  g_clear_pointer (&self->store, library_store_unref); /* what was verified in this process is trusted */
  self->store = support_open (self->folder, 0);
  support_expect_damage ();
  check_scan (self);
  g_test_assert_expected_messages ();
  support_damage (self->store, LIBRARY_TABLE_VECTORS, &vector, 30);
  self->there[17] = FALSE;
  self->lost = 1;
  check_scan (self);
}

/* An embedding made anew because its record was damaged: the photograph has one row, not two. */
static void
test_damaged_vector (Fixture *self, gconstpointer data)
{
  LibraryKey vector;

  put (self, 1, 30, 1);
  vector = library_key_vector (self->space.id, 17);
  support_damage (self->store, LIBRARY_TABLE_VECTORS, &vector, 30);
  support_expect_damage ();
  put (self, 17, 1, 1);
  g_test_assert_expected_messages ();
  check_scan (self);
}

static gboolean
mend (LibraryTxn *txn, gpointer data, GError **error)
{
  library_space_mend (txn, data);
  return TRUE;
}

/* A shard without its ids: its photographs count as not embedded once the space is mended, all others stay. */
static void
test_mend (Fixture *self, gconstpointer data)
{
  LibraryKey ids;
  LibraryTxn *txn;

  put (self, 1, LIBRARY_SHARD_ROWS + 10, 1);
  ids = library_key_shard (self->space.id, 0, 0);
  support_damage (self->store, LIBRARY_TABLE_SHARDS, &ids, 40);
  support_expect_damage ();
  txn = library_txn_begin (self->store, NULL);
  g_assert_false (library_space_is_sound (txn, &self->space));
  library_txn_end (txn);
  g_assert_true (library_store_write (self->store, mend, &self->space, NULL));
  g_test_assert_expected_messages ();
  txn = library_txn_begin (self->store, NULL);
  g_assert_true (library_space_is_sound (txn, &self->space));
  g_assert_false (library_space_get (txn, &self->space, 1, NULL));
  g_assert_true (library_space_get (txn, &self->space, LIBRARY_SHARD_ROWS + 1, NULL));
  library_txn_end (txn);
  g_assert_cmpuint (self->space.live, ==, 10);
  put (self, 1, LIBRARY_SHARD_ROWS, 1);
  check_scan (self);
}

/* A damaged last shard takes no more rows: sealing it again would make the damage look sound. */
static void
test_append_to_damaged (Fixture *self, gconstpointer data)
{
  LibraryKey rows;

  put (self, 1, 10, 1);
  rows = library_key_shard (self->space.id, 0, 1);
  support_damage (self->store, LIBRARY_TABLE_SHARDS, &rows, 40);
  g_clear_pointer (&self->store, library_store_unref);
  self->store = support_open (self->folder, 0);
  support_expect_damage ();
  put (self, 11, 10, 1);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (self->space.shards, ==, 2);
  check_scan (self);
}

/* Without its ids a shard is passed over, and the others are not. */
static void
test_damaged_ids (Fixture *self, gconstpointer data)
{
  LibraryKey ids;
  g_autoptr (LibraryTxn) txn = NULL;
  g_autofree LibraryShard *shard = g_new (LibraryShard, 1);

  put (self, 1, 1100, 1);
  ids = library_key_shard (self->space.id, 0, 0);
  support_damage (self->store, LIBRARY_TABLE_SHARDS, &ids, 99);
  support_expect_damage ();
  txn = support_begin (self->store);
  g_assert_false (library_shard_get (txn, &self->space, 0, shard));
  g_test_assert_expected_messages ();
  g_assert_true (library_shard_get (txn, &self->space, 1, shard));
  g_assert_cmpuint (shard->count, ==, 1100 - LIBRARY_SHARD_ROWS);
  g_assert_cmpuint (shard->ids[0], ==, LIBRARY_SHARD_ROWS + 1);
  g_assert_false (library_shard_get (txn, &self->space, 2, shard));
}

static gboolean
set_wrong_id (LibraryTxn *txn, gpointer data, GError **error)
{
  Fixture *self = data;

  g_assert_false (library_shard_hide (txn, &self->space, 0, 3, 99)); /* it is not 99 */
  g_assert_false (library_shard_hide (txn, &self->space, 0, 10, 7)); /* behind the end */
  g_assert_false (library_shard_hide (txn, &self->space, 9, 0, 7));
  g_assert_false (library_shard_show (txn, &self->space, 0, 3, 4, self->halves[4])); /* it is not hidden */
  g_assert_true (library_shard_hide (txn, &self->space, 0, 3, 4));
  g_assert_false (library_shard_show (txn, &self->space, 0, 3, 5, self->halves[5])); /* it is not the row of 5 */
  g_assert_false (library_shard_show (txn, &self->space, 9, 3, 4, self->halves[4]));
  g_assert_true (library_shard_show (txn, &self->space, 0, 3, 4, self->halves[4]));
  return TRUE;
}

static void
test_set_id (Fixture *self, gconstpointer data)
{
  put (self, 1, 10, 1);
  support_change (self->store, set_wrong_id, self);
  check_scan (self);
}

static gboolean
stop (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  return ++*(guint *) data < 1;
}

static void
test_stop (Fixture *self, gconstpointer data)
{
  float query[DIM] = { 1 };
  const float *queries[] = { query };
  guint shards = 0;
  g_autoptr (LibraryTxn) txn = NULL;

  put (self, 1, 1100, 1);
  txn = support_begin (self->store);
  g_assert_false (library_space_scan (txn, &self->space, queries, 1, stop, &shards));
  g_assert_cmpuint (shards, ==, 1);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/space/spaces", test_spaces);
  add ("/space/rows", test_rows);
  add ("/space/full", test_full);
  add ("/space/changed", test_changed);
  add ("/space/visible", test_visible);
  add ("/space/hidden-changed", test_hidden_changed);
  add ("/space/forget", test_forget);
  add ("/space/all-spaces", test_all_spaces);
  add ("/space/damaged-rows", test_damaged_rows);
  add ("/space/damaged-vector", test_damaged_vector);
  add ("/space/mend", test_mend);
  add ("/space/append-to-damaged", test_append_to_damaged);
  add ("/space/stop", test_stop);
  add ("/shard/damaged-ids", test_damaged_ids);
  add ("/shard/set-id", test_set_id);
  return g_test_run ();
}
