/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-search.h"

#include <math.h>
#include <string.h>

#include "library-filter.h"
#include "library-line.h"
#include "library-topk.h"

/* Photographs copied out in one transaction. */
#define PIECE 4096u

typedef struct
{
  const LibrarySearch *search;
  GCancellable *cancellable;
  GHashTable *allowed; /* ids that pass the filters; NULL: all */
  GHashTable *refused; /* ids that are left out; NULL: none */
  GArray *found;       /* of LibraryScored: all live rows, filters or not */
  GArray *columns;     /* of GArray of float: the scores of each term, parallel to found */
  GArray *dates;       /* only without terms */
} Run;

/* ---- which photographs ---- */

static gboolean
is_left_out (const LibrarySearch *search, const LibraryPhotoRecord *photo)
{
  if (search->leave_out.inode != 0 && photo->identity.inode == search->leave_out.inode && photo->identity.device == search->leave_out.device)
    return TRUE;
  return (search->leave_out_hash[0] != 0 || search->leave_out_hash[1] != 0) &&
         memcmp (photo->hash, search->leave_out_hash, sizeof photo->hash) == 0;
}

static gpointer
id_to_key (guint64 id)
{
  return g_memdup2 (&id, sizeof id);
}

static gboolean
filter_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Run *run = data;
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);

  if (photo != NULL && !(photo->flags & LIBRARY_PHOTO_GONE) && library_filter_matches (run->search->filter, photo))
    g_hash_table_add (run->allowed, id_to_key (photo->id));
  return !g_cancellable_is_cancelled (run->cancellable);
}

static void
refuse_found (Run *run, GPtrArray *photos)
{
  for (guint i = 0; i < photos->len; i++)
    {
      const LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);

      if (is_left_out (run->search, photo))
        g_hash_table_add (run->refused, id_to_key (photo->id));
    }
}

static void
find_left_out (Run *run, LibraryTxn *txn)
{
  const LibrarySearch *search = run->search;

  if (search->leave_out.inode != 0)
    {
      g_autoptr (GPtrArray) photos = library_photo_find_inode (txn, search->leave_out.device, search->leave_out.inode);

      refuse_found (run, photos);
    }
  if (search->leave_out_hash[0] != 0 || search->leave_out_hash[1] != 0)
    {
      g_autoptr (GPtrArray) photos = library_photo_find_hash (txn, search->leave_out_hash);

      refuse_found (run, photos);
    }
}

static gboolean
may_show (const Run *run, guint64 id)
{
  return (run->allowed == NULL || g_hash_table_contains (run->allowed, &id)) && !g_hash_table_contains (run->refused, &id);
}

/* ---- scores ---- */

static gboolean
take_scores (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  Run *run = data;

  for (guint i = 0; i < count; i++)
    {
      LibraryScored scored = { 0, ids[i] };

      if (ids[i] == 0)
        continue;
      g_array_append_val (run->found, scored);
      for (guint t = 0; t < run->columns->len; t++)
        g_array_append_val (g_array_index (run->columns, GArray *, t), scores[t * LIBRARY_SHARD_ROWS + i]);
    }
  return !g_cancellable_is_cancelled (run->cancellable);
}

static void
get_mean_and_deviation (const GArray *column, double *mean, double *deviation)
{
  double sum = 0, squares = 0;

  for (guint i = 0; i < column->len; i++)
    sum += g_array_index (column, float, i);
  *mean = column->len > 0 ? sum / column->len : 0;
  for (guint i = 0; i < column->len; i++)
    squares += (g_array_index (column, float, i) - *mean) * (g_array_index (column, float, i) - *mean);
  *deviation = column->len > 0 ? sqrt (squares / column->len) : 0;
}

static void
add_standardised (GArray *found, const GArray *column, float weight)
{
  double mean, deviation;

  get_mean_and_deviation (column, &mean, &deviation);
  /* A term that tells no photograph from another adds nothing. */
  if (deviation < 1e-9)
    return;
  for (guint i = 0; i < found->len; i++)
    g_array_index (found, LibraryScored, i).score += (float) (weight * (g_array_index (column, float, i) - mean) / deviation);
}

static void
combine (Run *run)
{
  const GArray *weights = run->search->weights;

  if (run->columns->len == 1 && g_array_index (weights, float, 0) == 1)
    {
      const GArray *column = g_array_index (run->columns, GArray *, 0);

      for (guint i = 0; i < run->found->len; i++)
        g_array_index (run->found, LibraryScored, i).score = g_array_index (column, float, i);
      return;
    }
  for (guint t = 0; t < run->columns->len; t++)
    add_standardised (run->found, g_array_index (run->columns, GArray *, t), g_array_index (weights, float, t));
}

static float
find_line (const GArray *found)
{
  g_autofree float *scores = g_new (float, found->len + 1);

  for (guint i = 0; i < found->len; i++)
    scores[i] = g_array_index (found, LibraryScored, i).score;
  return library_line_find (scores, found->len, NULL);
}

static gboolean
take_date (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Run *run = data;
  g_autoptr (LibraryPhotoRecord) photo = library_photo_from_value (txn, key, value, length);

  if (photo != NULL && !(photo->flags & LIBRARY_PHOTO_GONE) && library_filter_matches (run->search->filter, photo) &&
      !g_hash_table_contains (run->refused, &photo->id))
    {
      LibraryDated dated = { library_photo_record_get_date (photo), photo->id };

      g_array_append_val (run->dates, dated);
    }
  return !g_cancellable_is_cancelled (run->cancellable);
}

/* ---- results ---- */

static LibraryHit *
make_hit (LibraryTxn *txn, guint64 id, float score, gboolean strong)
{
  g_autoptr (LibraryPhotoRecord) record = library_photo_get (txn, id);
  LibraryHit *hit;

  if (record == NULL || record->flags & LIBRARY_PHOTO_GONE)
    return NULL;
  hit = g_new0 (LibraryHit, 1);
  hit->photo = library_photo_from_record (record);
  hit->score = score;
  hit->strong = strong;
  return hit;
}

static gboolean
make_hits (LibraryStore *store, const GArray *best, float line, GPtrArray *hits, GCancellable *cancellable, GError **error)
{
  for (guint from = 0; from < best->len; from += PIECE)
    {
      g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);

      if (txn == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      for (guint i = from; i < MIN (best->len, from + PIECE); i++)
        {
          const LibraryScored *scored = &g_array_index (best, LibraryScored, i);
          LibraryHit *hit = make_hit (txn, scored->id, scored->score, scored->score >= line);

          if (hit != NULL)
            g_ptr_array_add (hits, hit);
        }
      if (!library_txn_check (txn, error))
        return FALSE;
    }
  return TRUE;
}

static GArray *
rank_scores (Run *run, LibraryResults *results, float line)
{
  LibraryTopK *top = library_topk_new (run->search->limit != 0 ? run->search->limit : run->found->len);

  for (guint i = 0; i < run->found->len; i++)
    {
      const LibraryScored *scored = &g_array_index (run->found, LibraryScored, i);

      if (!may_show (run, scored->id))
        continue;
      results->total++;
      results->strong += scored->score >= line;
      library_topk_add (top, scored);
    }
  return library_topk_finish (top);
}

static GArray *
rank_dates (Run *run, LibraryResults *results)
{
  GArray *best = g_array_new (FALSE, FALSE, sizeof (LibraryScored));

  results->total = results->strong = run->dates->len;
  library_dated_sort (run->dates);
  for (guint i = 0; i < run->dates->len && (run->search->limit == 0 || i < run->search->limit); i++)
    {
      LibraryScored scored = { 0, g_array_index (run->dates, LibraryDated, i).id };

      g_array_append_val (best, scored);
    }
  return best;
}

static gboolean
read_store (Run *run, LibraryStore *store, const LibrarySpace *space, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, error);

  if (txn == NULL)
    return FALSE;
  find_left_out (run, txn);
  if (run->search->vectors->len == 0)
    library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, take_date, run);
  else
    {
      LibrarySpace now = *space;

      if (run->allowed != NULL)
        library_txn_walk (txn, LIBRARY_TABLE_PHOTOS, NULL, 0, filter_photo, run);
      /* The space may have grown since the caller looked. */
      if (library_space_find (txn, &now))
        library_space_scan (txn, &now, (const float *const *) run->search->vectors->pdata, run->search->vectors->len, take_scores, run);
    }
  return !g_cancellable_set_error_if_cancelled (run->cancellable, error) && library_txn_check (txn, error);
}

static void
clear_column (gpointer column)
{
  g_array_unref (*(GArray **) column);
}

static void
run_init (Run *run, const LibrarySearch *search, GCancellable *cancellable)
{
  *run = (Run){ .search = search, .cancellable = cancellable };
  run->refused = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (search->vectors->len > 0 && library_filter_is_needed (search->filter))
    run->allowed = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  run->found = g_array_new (FALSE, FALSE, sizeof (LibraryScored));
  run->dates = g_array_new (FALSE, FALSE, sizeof (LibraryDated));
  run->columns = g_array_new (FALSE, FALSE, sizeof (GArray *));
  g_array_set_clear_func (run->columns, clear_column);
  for (guint i = 0; i < search->vectors->len; i++)
    {
      GArray *column = g_array_new (FALSE, FALSE, sizeof (float));

      g_array_append_val (run->columns, column);
    }
}

static void
run_clear (Run *run)
{
  g_hash_table_unref (run->refused);
  g_clear_pointer (&run->allowed, g_hash_table_unref);
  g_array_unref (run->found);
  g_array_unref (run->dates);
  g_array_unref (run->columns);
}

LibraryResults *
library_search_run (LibraryStore *store, const LibrarySpace *space, const LibrarySearch *search, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryResults) results = g_new0 (LibraryResults, 1);
  g_autoptr (GArray) best = NULL;
  gint64 start = g_get_monotonic_time ();
  float line = -INFINITY;
  gboolean ok;
  Run run;

  g_return_val_if_fail (store != NULL && space != NULL && search != NULL && search->vectors->len == search->weights->len, NULL);

  results->hits = g_ptr_array_new_with_free_func ((GDestroyNotify) library_hit_free);
  run_init (&run, search, cancellable);
  ok = read_store (&run, store, space, error);
  if (ok && search->vectors->len > 0)
    {
      combine (&run);
      line = find_line (run.found);
      best = rank_scores (&run, results, line);
    }
  else if (ok)
    best = rank_dates (&run, results);
  ok = ok && make_hits (store, best, line, results->hits, cancellable, error);
  run_clear (&run);
  if (!ok)
    return NULL;
  results->milliseconds = (double) (g_get_monotonic_time () - start) / 1000;
  return g_steal_pointer (&results);
}
