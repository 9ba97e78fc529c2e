/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Large spaces: the same photographs in the same order as a plain loop finds, equal scores by id. */
#include "library-search.h"

#include "library-half.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEST 200u
#define CHUNK 65536u /* rows written at once */

/* Rows of multiples of 1/64: their products have an exact sum in float, so that equal scores are equal in any order. */
typedef struct
{
  guint n, dim;
  gint8 *rows; /* in 64ths */
  gint8 *query;
  LibrarySpace space;
  guint at; /* what has been written */
} Large;

static void
make_rows (Large *large)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  large->rows = g_new (gint8, (gsize) large->n * large->dim);
  large->query = g_new (gint8, large->dim);
  for (gsize i = 0; i < (gsize) large->n * large->dim; i++)
    large->rows[i] = (gint8) g_rand_int_range (rand, -8, 9);
  for (guint i = 0; i < large->dim; i++)
    large->query[i] = (gint8) g_rand_int_range (rand, -8, 9);
}

static gboolean
write_chunk (LibraryTxn *txn, gpointer data, GError **error)
{
  Large *large = data;
  guint n = MIN (CHUNK, large->n - large->at);
  g_autofree float *row = g_new (float, large->dim);
  g_autofree guint16 *halves = g_new (guint16, (gsize) n * large->dim);
  g_autofree LibraryPhotoId *ids = g_new (LibraryPhotoId, n);

  for (guint i = 0; i < n; i++)
    {
      for (guint j = 0; j < large->dim; j++)
        row[j] = (float) large->rows[(gsize) (large->at + i) * large->dim + j] / 64;
      library_half_from_floats (row, halves + (gsize) i * large->dim, large->dim);
      ids[i] = large->at + i + 1;
    }
  library_space_put_many (txn, &large->space, ids, halves, n);
  return TRUE;
}

typedef struct
{
  double score;
  guint64 id;
} Naive;

static int
compare_naive (gconstpointer a, gconstpointer b)
{
  const Naive *x = a, *y = b;

  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->id < y->id ? -1 : 1;
}

static Naive *
scan_naively (const Large *large)
{
  Naive *all = g_new (Naive, large->n);

  for (guint i = 0; i < large->n; i++)
    {
      double sum = 0;

      for (guint j = 0; j < large->dim; j++)
        sum += (double) large->rows[(gsize) i * large->dim + j] / 64 * large->query[j] / 64;
      all[i] = (Naive){ sum, i + 1 };
    }
  qsort (all, large->n, sizeof *all, compare_naive);
  return all;
}

/* Only the best need a record. */
static gboolean
write_photos (LibraryTxn *txn, gpointer data, GError **error)
{
  const Naive *all = data;

  for (guint i = 0; i < 2 * BEST; i++)
    {
      g_autofree char *path = g_strdup_printf ("/photos/%" G_GUINT64_FORMAT ".jpg", all[i].id);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, all[i].id);

      photo->id = all[i].id;
      library_photo_put (txn, photo);
    }
  return TRUE;
}

static void
check_results (LibraryStore *store, const Large *large, const Naive *all)
{
  g_autoptr (GPtrArray) vectors = g_ptr_array_new ();
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (LibraryQuery) filter = library_query_new ();
  g_autofree float *query = g_new (float, large->dim);
  LibrarySearch search = { .vectors = vectors, .weights = weights, .filter = filter, .limit = BEST };
  g_autoptr (LibraryResults) results = NULL;
  g_autoptr (GError) error = NULL;

  for (guint j = 0; j < large->dim; j++)
    query[j] = (float) large->query[j] / 64;
  g_ptr_array_add (vectors, query);
  g_array_append_vals (weights, &(float){ 1 }, 1);
  results = library_search_run (store, &large->space, &search, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (results->total, ==, large->n);
  g_assert_cmpuint (results->searched, ==, large->n);
  g_assert_cmpuint (results->hits->len, ==, BEST);
  for (guint i = 0; i < BEST; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);

      g_assert_cmpuint (hit->photo->id, ==, all[i].id);
      g_assert_cmpfloat (hit->score, ==, (float) all[i].score);
    }
  g_test_message ("%u rows of %u: %.1f ms", large->n, large->dim, results->milliseconds);
}

static void
check_large (guint n, guint dim)
{
  SupportStore fixture;
  Large large = { .n = n, .dim = dim };
  g_autofree Naive *all = NULL;

  support_store_set_up (&fixture, NULL);
  library_space_init (&large.space, "large", LIBRARY_CLASS_FAST, dim);
  make_rows (&large);
  for (; large.at < n; large.at += CHUNK)
    support_change (fixture.store, write_chunk, &large);
  all = scan_naively (&large);
  support_change (fixture.store, write_photos, all);
  check_results (fixture.store, &large, all);
  g_free (large.rows);
  g_free (large.query);
  support_store_tear_down (&fixture, NULL);
}

static void
test_million (void)
{
  check_large (1000000, 32);
}

static void
test_wide (void)
{
  check_large (20000, 512);
}

/* Rows that end within the steps of the wide instructions. */
static void
test_odd (void)
{
  check_large (5000, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exact/million", test_million);
  g_test_add_func ("/exact/wide", test_wide);
  g_test_add_func ("/exact/odd", test_odd);
  return g_test_run ();
}
