/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Milliseconds of searches, in a library of random embeddings:  bench-search [PHOTOS DIMENSION]... */
#include "library-line.h"
#include "library-search.h"

#include "library-half.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK 16384u
#define TIMES 9u

typedef struct
{
  SupportStore store;
  LibrarySpace space;
  GRand *rand;
  guint n, at;
} Bench;

static gboolean
write_chunk (LibraryTxn *txn, gpointer data, GError **error)
{
  Bench *bench = data;
  guint n = MIN (CHUNK, bench->n - bench->at), dim = bench->space.dim;
  g_autofree float *unit = g_new (float, dim);
  g_autofree guint16 *halves = g_new (guint16, (gsize) n * dim);
  g_autofree LibraryPhotoId *ids = g_new (LibraryPhotoId, n);

  for (guint i = 0; i < n; i++)
    {
      guint number = bench->at + i + 1;
      g_autofree char *path = g_strdup_printf ("/home/user/Pictures/%u/holidays/IMG_%06u.jpg", 2000 + number / 5000, number);
      g_autoptr (LibraryPhotoRecord) photo = support_photo (path, number);

      support_unit (bench->rand, unit, dim);
      library_half_from_floats (unit, halves + (gsize) i * dim, dim);
      library_photo_put (txn, photo);
      ids[i] = photo->id;
    }
  library_space_put_many (txn, &bench->space, ids, halves, n);
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Best and middle of several, as other programs use the machine too. */
static void
print_times (const char *what, double *times)
{
  qsort (times, TIMES, sizeof *times, compare);
  printf ("  %-34s %8.2f ms best, %8.2f ms median\n", what, times[0], times[TIMES / 2]);
}

static void
measure (Bench *bench, const char *what, const char *text, guint terms, guint limit)
{
  g_autoptr (GPtrArray) vectors = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (LibraryQuery) filter = library_query_parse (text, NULL);
  LibrarySearch search = { .vectors = vectors, .weights = weights, .filter = filter, .limit = limit };
  double times[TIMES];

  for (guint t = 0; t < terms; t++)
    {
      float *query = g_new (float, bench->space.dim), weight = t == 0 ? 1 : -0.5f;

      support_unit (bench->rand, query, bench->space.dim);
      g_ptr_array_add (vectors, query);
      g_array_append_val (weights, weight);
    }
  for (guint i = 0; i < TIMES; i++)
    {
      g_autoptr (LibraryResults) results = library_search_run (bench->store.store, &bench->space, &search, NULL, NULL);

      g_assert_true (results != NULL);
      times[i] = results->milliseconds;
    }
  print_times (what, times);
}

static void
measure_line (Bench *bench)
{
  g_autofree float *scores = g_new (float, bench->n);
  double times[TIMES];

  for (guint i = 0; i < TIMES; i++)
    {
      gint64 start;

      for (guint j = 0; j < bench->n; j++)
        {
          double sum = 0;

          for (guint k = 0; k < 12; k++)
            sum += g_rand_double (bench->rand);
          scores[j] = (float) (j % 50 == 0 ? 0.30 + 0.03 * (sum - 6) : 0.15 + 0.04 * (sum - 6));
        }
      start = g_get_monotonic_time ();
      library_line_find (scores, bench->n, NULL);
      times[i] = (double) (g_get_monotonic_time () - start) / 1000;
    }
  print_times ("the line alone", times);
}

static void
run (guint n, guint dim)
{
  Bench bench = { .n = n, .rand = g_rand_new_with_seed (1) };

  support_store_set_up (&bench.store, NULL);
  library_space_init (&bench.space, "bench", LIBRARY_CLASS_FAST, dim);
  for (; bench.at < n; bench.at += CHUNK)
    support_change (bench.store.store, write_chunk, &bench);
  printf ("%u photographs, %u dimensions\n", n, dim);
  measure (&bench, "one text, 200 results", "", 1, 200);
  measure (&bench, "one text, all results", "", 1, 0);
  measure (&bench, "text and -word, 200 results", "", 2, 200);
  measure (&bench, "in a folder, 200 results", "folder:2003", 1, 200);
  measure (&bench, "not in a folder, 200 results", "-folder:2003", 1, 200);
  measure (&bench, "caption words, 200 results", "\"dog\"", 1, 200);
  measure (&bench, "by date in a folder, 200 results", "folder:2003", 0, 200);
  measure_line (&bench);
  g_rand_free (bench.rand);
  support_store_tear_down (&bench.store, NULL);
}

int
main (int argc, char **argv)
{
  static const guint usual[][2] = { { 40000, 512 }, { 100000, 512 }, { 1000000, 64 } };

  for (int i = 1; i + 1 < argc; i += 2)
    run ((guint) atoi (argv[i]), (guint) atoi (argv[i + 1]));
  for (gsize i = 0; argc < 3 && i < G_N_ELEMENTS (usual); i++)
    run (usual[i][0], usual[i][1]);
  return 0;
}
