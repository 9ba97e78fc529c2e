/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The best k against a sort of everything. */
#include "library-topk.h"

#include <math.h>

static int
compare (gconstpointer a, gconstpointer b)
{
  const LibraryScored *x = a, *y = b;

  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* levels: how many different scores there are; ids come in an order of their own. */
static GArray *
make_scores (GRand *rand, guint n, gint32 levels)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (LibraryScored));

  for (guint i = 0; i < n; i++)
    {
      LibraryScored scored = { (float) g_rand_int_range (rand, -levels, levels) / 8, ((guint64) i * 7919) % 100003 + 1 };

      g_array_append_val (all, scored);
    }
  return all;
}

static GArray *
keep_best (const GArray *all, guint k)
{
  LibraryTopK *top = library_topk_new (k);

  for (guint i = 0; i < all->len; i++)
    library_topk_add (top, &g_array_index (all, LibraryScored, i));
  return library_topk_finish (top);
}

static void
check_best (GArray *all, guint k)
{
  g_autoptr (GArray) best = keep_best (all, k);

  g_array_sort (all, compare);
  g_assert_cmpuint (best->len, ==, MIN (k, all->len));
  for (guint i = 0; i < best->len; i++)
    {
      const LibraryScored *got = &g_array_index (best, LibraryScored, i), *wanted = &g_array_index (all, LibraryScored, i);

      g_assert_cmpuint (got->id, ==, wanted->id);
      g_assert_cmpfloat (got->score, ==, wanted->score);
    }
}

static void
test_against_sort (void)
{
  static const gint32 levels[] = { 1, 3, 100, 1000000 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (gsize l = 0; l < G_N_ELEMENTS (levels); l++)
    for (guint n = 0; n < 600; n = n * 2 + 1)
      {
        guint wanted[] = { 0, 1, 2, 3, n / 2, n > 0 ? n - 1 : 0, n, n + 1, n + 100 };

        for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
          {
            g_autoptr (GArray) all = make_scores (rand, n, levels[l]);

            check_best (all, wanted[i]);
          }
      }
}

/* Memory is for k, so k may be as large as it likes. */
static void
test_largest_k (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GArray) all = make_scores (rand, 50, 10);

  check_best (all, G_MAXUINT);
}

/* The order in which they come must not matter, sorted and reversed included. */
static void
test_sorted_input (void)
{
  for (guint k = 0; k <= 40; k++)
    {
      g_autoptr (GArray) rising = g_array_new (FALSE, FALSE, sizeof (LibraryScored));
      g_autoptr (GArray) falling = g_array_new (FALSE, FALSE, sizeof (LibraryScored));

      for (guint i = 0; i < 40; i++)
        {
          LibraryScored up = { (float) (i / 4), i + 1 }, down = { (float) ((39 - i) / 4), 40 - i };

          g_array_append_val (rising, up);
          g_array_append_val (falling, down);
        }
      check_best (rising, k);
      check_best (falling, k);
    }
}

static void
test_not_finite (void)
{
  static const LibraryScored given[] = { { NAN, 1 }, { -5, 2 }, { INFINITY, 3 }, { 0.5f, 4 }, { -NAN, 5 }, { -INFINITY, 6 }, { 0.25f, 7 } };

  for (guint k = 1; k <= 8; k++)
    {
      g_autoptr (GArray) best = NULL;
      LibraryTopK *top = library_topk_new (k);
      static const guint64 wanted[] = { 4, 7, 2 };

      for (gsize i = 0; i < G_N_ELEMENTS (given); i++)
        library_topk_add (top, &given[i]);
      best = library_topk_finish (top);
      g_assert_cmpuint (best->len, ==, MIN (k, 3));
      for (guint i = 0; i < best->len; i++)
        g_assert_cmpuint (g_array_index (best, LibraryScored, i).id, ==, wanted[i]);
    }
}

/* Zero has two signs and one place. */
static void
test_zeros (void)
{
  static const LibraryScored given[] = { { -0.0f, 1 }, { 0.0f, 2 }, { -0.0f, 3 } };
  g_autoptr (GArray) best = NULL;
  LibraryTopK *top = library_topk_new (2);

  for (gsize i = G_N_ELEMENTS (given); i > 0; i--)
    library_topk_add (top, &given[i - 1]);
  best = library_topk_finish (top);
  g_assert_cmpuint (g_array_index (best, LibraryScored, 0).id, ==, 1);
  g_assert_cmpuint (g_array_index (best, LibraryScored, 1).id, ==, 2);
}

static void
test_dates (void)
{
  static const LibraryDated given[] = { { 5, 9 }, { G_MININT64, 1 }, { 5, 2 }, { G_MAXINT64, 3 }, { -1, 4 }, { 5, G_MAXUINT64 }, { 0, 6 } };
  static const guint64 wanted[] = { 3, 2, 9, G_MAXUINT64, 6, 4, 1 };
  g_autoptr (GArray) dated = g_array_new (FALSE, FALSE, sizeof (LibraryDated));

  g_array_append_vals (dated, given, G_N_ELEMENTS (given));
  library_dated_sort (dated);
  for (guint i = 0; i < dated->len; i++)
    g_assert_cmpuint (g_array_index (dated, LibraryDated, i).id, ==, wanted[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/topk/against-sort", test_against_sort);
  g_test_add_func ("/topk/largest-k", test_largest_k);
  g_test_add_func ("/topk/sorted-input", test_sorted_input);
  g_test_add_func ("/topk/not-finite", test_not_finite);
  g_test_add_func ("/topk/zeros", test_zeros);
  g_test_add_func ("/topk/dates", test_dates);
  return g_test_run ();
}
