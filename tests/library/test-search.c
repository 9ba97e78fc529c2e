/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches against a plain loop in double over everything there is. */
#include "library-search.h"

#include "library-half.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIM 24u
#define PHOTOS 1500u

typedef struct
{
  char *folder;
  LibraryStore *store;
  LibrarySpace space;
  GRand *rand;
  guint16 halves[PHOTOS][DIM]; /* of photograph i + 1 */
  LibraryQuery *filter;
  LibrarySearch search;
} Fixture;

/* Every 100th has the embedding of the one before it, every 7th is a PNG, every 50th is gone. */
static LibraryPhotoRecord *
make_photo (guint number)
{
  g_autofree char *path = g_strdup_printf ("/photos/%s/%u.jpg", number % 2 ? "odd" : "even", number);
  LibraryPhotoRecord *photo = support_photo (path, number);

  if (number % 7 == 0)
    {
      g_free (photo->format);
      photo->format = g_strdup ("png");
    }
  photo->taken = (gint64) (number % 300) * 86400 + 1;
  if (number % 3 == 0)
    {
      g_free (photo->caption);
      photo->caption = g_strdup_printf ("Photograph %u, with words", number);
    }
  return photo;
}

static gboolean
is_gone (guint64 number)
{
  return number % 50 == 0;
}

static gboolean
fill (LibraryTxn *txn, gpointer data, GError **error)
{
  Fixture *self = data;
  LibraryPhotoId ids[PHOTOS];

  for (guint i = 0; i < PHOTOS; i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = make_photo (i + 1);

      photo->flags = is_gone (i + 1) ? LIBRARY_PHOTO_GONE : 0;
      library_photo_put (txn, photo);
      g_assert_cmpuint (photo->id, ==, i + 1);
      ids[i] = photo->id;
    }
  library_space_put_many (txn, &self->space, ids, self->halves[0], PHOTOS);
  /* Written once more, their rows are the last, and not in the order of their ids. */
  for (guint i = 250; i < PHOTOS; i += 97)
    library_space_put_many (txn, &self->space, &ids[PHOTOS - i], self->halves[PHOTOS - i], 1);
  for (guint i = 0; i < PHOTOS; i++)
    if (is_gone (i + 1))
      library_spaces_set_visible (txn, i + 1, FALSE);
  return TRUE;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  float unit[DIM];

  self->folder = support_make_folder ();
  self->store = support_open (self->folder, 0);
  self->rand = g_rand_new_with_seed (12);
  library_space_init (&self->space, "model", LIBRARY_CLASS_FAST, DIM);
  for (guint i = 0; i < PHOTOS; i++)
    {
      if ((i + 1) % 100 != 0 || i == 0)
        support_unit (self->rand, unit, DIM);
      library_half_from_floats (unit, self->halves[i], DIM);
    }
  support_change (self->store, fill, self);
  self->filter = library_query_new ();
  self->search = (LibrarySearch){ g_ptr_array_new_with_free_func (g_free), g_array_new (FALSE, FALSE, sizeof (float)), self->filter };
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_ptr_array_unref (self->search.vectors);
  g_array_unref (self->search.weights);
  library_query_free (self->filter);
  library_store_unref (self->store);
  support_remove (self->folder);
  g_rand_free (self->rand);
}

static void
add_term (Fixture *self, float weight)
{
  float *vector = g_new (float, DIM);

  support_unit (self->rand, vector, DIM);
  g_ptr_array_add (self->search.vectors, vector);
  g_array_append_val (self->search.weights, weight);
}

static void
set_filter (Fixture *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  library_query_free (self->filter);
  self->filter = library_query_parse (text, &error);
  g_assert_no_error (error);
  self->search.filter = self->filter;
}

static LibraryResults *
run (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  LibraryResults *results = library_search_run (self->store, &self->space, &self->search, NULL, &error);

  g_assert_no_error (error);
  return results;
}

static double
dot (Fixture *self, guint photo, const float *vector)
{
  float row[DIM];
  double sum = 0;

  library_half_to_floats (self->halves[photo], row, DIM);
  for (guint i = 0; i < DIM; i++)
    sum += (double) row[i] * vector[i];
  return sum;
}

/* The scores of all photographs, those that are gone left out of what is usual. */
static double *
score_all (Fixture *self)
{
  double *scores = g_new0 (double, PHOTOS);
  float one = 1;
  gboolean plain = self->search.weights->len == 1 && memcmp (self->search.weights->data, &one, sizeof one) == 0;

  for (guint t = 0; t < self->search.vectors->len; t++)
    {
      double sum = 0, squares = 0, n = 0, mean, deviation, term[PHOTOS];

      for (guint i = 0; i < PHOTOS; i++)
        {
          term[i] = dot (self, i, g_ptr_array_index (self->search.vectors, t));
          if (is_gone (i + 1))
            continue;
          sum += term[i];
          squares += term[i] * term[i];
          n++;
        }
      mean = plain ? 0 : sum / n;
      deviation = plain ? 1 : sqrt (squares / n - mean * mean);
      for (guint i = 0; i < PHOTOS; i++)
        scores[i] += g_array_index (self->search.weights, float, t) * (term[i] - mean) / deviation;
    }
  return scores;
}

typedef gboolean (*WantedFunc) (const Fixture *self, guint number);

/* The hits are those that are wanted, all or the best of them, in the order of their scores and of their ids. */
static void
check (Fixture *self, WantedFunc wanted)
{
  g_autofree double *scores = score_all (self);
  g_autoptr (LibraryResults) results = run (self);
  guint64 total = 0, strong = 0, better = 0;
  double worst = INFINITY;

  for (guint i = 0; i < results->hits->len; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);
      const LibraryHit *before = i > 0 ? g_ptr_array_index (results->hits, i - 1) : NULL;

      g_assert_true (!is_gone (hit->photo->id) && wanted (self, (guint) hit->photo->id));
      g_assert_cmpfloat (fabs (hit->score - scores[hit->photo->id - 1]), <, 1e-4);
      g_assert_true (before == NULL || before->score > hit->score || (before->score == hit->score && before->photo->id < hit->photo->id));
      g_assert_true (before == NULL || before->strong || !hit->strong);
      strong += hit->strong;
      worst = hit->score;
    }
  for (guint i = 1; i <= PHOTOS; i++)
    if (!is_gone (i) && wanted (self, i))
      {
        total++;
        better += scores[i - 1] > worst + 1e-4;
      }
  g_assert_cmpuint (results->total, ==, total);
  g_assert_cmpuint (results->searched, ==, PHOTOS - PHOTOS / 50);
  g_assert_cmpuint (results->photos, ==, PHOTOS - PHOTOS / 50);
  g_assert_cmpuint (results->hits->len, ==, self->search.limit != 0 ? MIN (self->search.limit, total) : total);
  g_assert_cmpuint (better, <=, results->hits->len); /* nothing better was left out */
  g_assert_cmpuint (strong, ==, MIN (results->strong, results->hits->len));
}

static gboolean
all (const Fixture *self, guint number)
{
  return TRUE;
}

static gboolean
is_odd (const Fixture *self, guint number)
{
  return number % 2;
}

static gboolean
is_odd_png (const Fixture *self, guint number)
{
  return number % 2 && number % 7 == 0;
}

static gboolean
is_even_png (const Fixture *self, guint number)
{
  return number % 2 == 0 && number % 7 == 0;
}

static gboolean
has_caption (const Fixture *self, guint number)
{
  return number % 3 == 0;
}

static gboolean
has_no_caption (const Fixture *self, guint number)
{
  return number % 3 != 0;
}

static gboolean
is_early (const Fixture *self, guint number)
{
  return number % 300 < 31;
}

static gboolean
none (const Fixture *self, guint number)
{
  return FALSE;
}

static void
test_one_term (Fixture *self, gconstpointer data)
{
  static const guint limits[] = { 0, 1, 10, 1024, PHOTOS, PHOTOS + 1, G_MAXUINT };

  add_term (self, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      self->search.limit = limits[i];
      check (self, all);
    }
}

static void
test_mixture (Fixture *self, gconstpointer data)
{
  add_term (self, 1);
  add_term (self, -0.5f);
  check (self, all);
  add_term (self, 0.25f);
  self->search.limit = 33;
  check (self, all);
}

static void
test_negative (Fixture *self, gconstpointer data)
{
  add_term (self, -1);
  check (self, all);
}

static void
test_filters (Fixture *self, gconstpointer data)
{
  add_term (self, 1);
  set_filter (self, "folder:odd");
  check (self, is_odd);
  self->search.limit = 20;
  check (self, is_odd);
  self->search.limit = 0;
  set_filter (self, "folder:/photos/odd type:png");
  check (self, is_odd_png);
  set_filter (self, "date:..1970-01");
  check (self, is_early);
  set_filter (self, "-folder:odd type:png");
  check (self, is_even_png);
  set_filter (self, "has:caption");
  check (self, has_caption);
  set_filter (self, "has:no-caption");
  check (self, has_no_caption);
  set_filter (self, "folder:nowhere");
  check (self, none);
  /* What is usual comes from the whole space, whatever is filtered. */
  add_term (self, -0.5f);
  set_filter (self, "folder:odd");
  check (self, is_odd);
}

static gboolean
is_not_twelve (const Fixture *self, guint number)
{
  return number != 12;
}

static void
test_leave_out (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryPhotoRecord) photo = make_photo (12);

  add_term (self, 1);
  self->search.leave_out = photo->identity;
  check (self, is_not_twelve);
  self->search.leave_out.device++; /* another disk */
  check (self, all);
  memcpy (self->search.leave_out_hash, photo->hash, sizeof photo->hash);
  check (self, is_not_twelve);
  self->search.leave_out_hash[1] += 15; /* half of the hash is the same */
  self->search.leave_out_hash[0]++;
  check (self, all);
}

static int
compare_by_date (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x % 300 != y % 300 ? (x % 300 > y % 300 ? -1 : 1) : (x < y ? -1 : x > y);
}

static void
check_by_date (Fixture *self, WantedFunc wanted)
{
  guint numbers[PHOTOS], n = 0;
  g_autoptr (LibraryResults) results = run (self);

  for (guint i = 1; i <= PHOTOS; i++)
    if (!is_gone (i) && wanted (self, i))
      numbers[n++] = i;
  qsort (numbers, n, sizeof *numbers, compare_by_date);
  g_assert_cmpuint (results->total, ==, n);
  g_assert_cmpuint (results->strong, ==, n);
  g_assert_cmpuint (results->hits->len, ==, self->search.limit != 0 ? MIN (self->search.limit, n) : n);
  for (guint i = 0; i < results->hits->len; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);

      g_assert_cmpuint (hit->photo->id, ==, numbers[i]);
      g_assert_true (hit->strong);
      g_assert_cmpfloat (hit->score, ==, 0);
    }
}

static void
test_no_terms (Fixture *self, gconstpointer data)
{
  check_by_date (self, all);
  self->search.limit = 17;
  check_by_date (self, all);
  set_filter (self, "type:png folder:odd");
  check_by_date (self, is_odd_png);
}

/* What stands out is strong, and what does not is found all the same. */
static void
test_strong (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryResults) results = NULL;
  float *vector = g_new (float, DIM), weight = 1;

  library_half_to_floats (self->halves[198], vector, DIM); /* photograph 199, whose twin 200 is gone */
  g_ptr_array_add (self->search.vectors, vector);
  g_array_append_val (self->search.weights, weight);
  results = run (self);
  g_assert_cmpuint (((LibraryHit *) g_ptr_array_index (results->hits, 0))->photo->id, ==, 199);
  g_assert_true (((LibraryHit *) g_ptr_array_index (results->hits, 0))->strong);
  g_assert_cmpuint (results->strong, <, 10);
  g_assert_cmpuint (results->hits->len, ==, results->total);
}

/* Other words change no scores and no order; and in a library as large as this one they are not asked. */
static void
test_usual (Fixture *self, gconstpointer data)
{
  float *vector = g_new (float, DIM), weight = 1;
  g_autoptr (GPtrArray) usual = g_ptr_array_new_with_free_func (g_free);

  library_half_to_floats (self->halves[198], vector, DIM);
  g_ptr_array_add (self->search.vectors, vector);
  g_array_append_val (self->search.weights, weight);
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (usual, g_memdup2 (vector, DIM * sizeof *vector));
  self->search.usual = usual;
  check (self, all);
}

static void
test_other_space (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryResults) results = NULL;

  add_term (self, 1);
  library_space_init (&self->space, "another model", LIBRARY_CLASS_FAST, DIM);
  results = run (self);
  g_assert_cmpuint (results->total, ==, 0);
  g_assert_cmpuint (results->hits->len, ==, 0);
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  for (guint terms = 0; terms < 2; terms++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (library_search_run (self->store, &self->space, &self->search, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      add_term (self, 1);
    }
}

/* Every hit, and every number about them, is of one state: what is written meanwhile is of the next. */
static gboolean
hide_some (LibraryTxn *txn, gpointer data, GError **error)
{
  g_autoptr (LibraryPhotoRecord) photo = library_photo_get (txn, 7);

  photo->flags |= LIBRARY_PHOTO_GONE;
  library_photo_put (txn, photo);
  library_spaces_set_visible (txn, 7, FALSE);
  return TRUE;
}

static void
test_generation (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryResults) before = NULL;
  g_autoptr (LibraryResults) same = NULL;
  g_autoptr (LibraryResults) after = NULL;

  add_term (self, 1);
  before = run (self);
  same = run (self);
  support_change (self->store, hide_some, NULL);
  after = run (self);
  g_assert_cmpuint (same->generation, ==, before->generation);
  g_assert_cmpuint (after->generation, >, before->generation);
  g_assert_cmpuint (after->photos, ==, before->photos - 1);
  g_assert_cmpuint (after->searched, ==, before->searched - 1);
  g_assert_cmpuint (after->total, ==, before->total - 1);
}

/* Photographs that the model has not seen yet are counted, but not searched. */
static gboolean
add_bare (LibraryTxn *txn, gpointer data, GError **error)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = make_photo (PHOTOS + 1 + i);

      library_photo_put (txn, photo);
    }
  return TRUE;
}

static void
test_partial (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryResults) words = NULL;
  g_autoptr (LibraryResults) everything = NULL;
  guint all_photos = PHOTOS - PHOTOS / 50;

  support_change (self->store, add_bare, NULL);
  everything = run (self);
  add_term (self, 1);
  words = run (self);
  g_assert_cmpuint (everything->searched, ==, all_photos + 5);
  g_assert_cmpuint (everything->photos, ==, all_photos + 5);
  g_assert_cmpuint (words->searched, ==, all_photos);
  g_assert_cmpuint (words->total, ==, all_photos);
  g_assert_cmpuint (words->photos, ==, all_photos + 5);
}

/* A photograph that cannot be read is no result, and is not counted as one. */
static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autoptr (LibraryResults) before = NULL;
  g_autoptr (LibraryResults) after = NULL;
  LibraryKey key = library_key_u64 (9);

  add_term (self, 1);
  before = run (self);
  support_damage (self->store, LIBRARY_TABLE_PHOTOS, &key, 60);
  support_expect_damage ();
  after = run (self);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (after->total, ==, before->total - 1);
  g_assert_cmpuint (after->hits->len, ==, before->hits->len - 1);
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
  add ("/search/one-term", test_one_term);
  add ("/search/mixture", test_mixture);
  add ("/search/negative", test_negative);
  add ("/search/filters", test_filters);
  add ("/search/leave-out", test_leave_out);
  add ("/search/no-terms", test_no_terms);
  add ("/search/strong", test_strong);
  add ("/search/usual", test_usual);
  add ("/search/other-space", test_other_space);
  add ("/search/generation", test_generation);
  add ("/search/partial", test_partial);
  add ("/search/damaged", test_damaged);
  add ("/search/cancelled", test_cancelled);
  return g_test_run ();
}
