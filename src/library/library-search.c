/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-search.h"

#include <math.h>
#include <string.h>

#include "library-filter.h"
#include "library-line.h"
#include "library-scores.h"
#include "library-topk.h"

/* Cancelling is asked for once in so many photographs. */
#define PIECE 4096u

typedef struct
{
  const LibrarySearch *search;
  GCancellable *cancellable;
  LibraryTxn *txn;
  LibraryFilter *filter; /* NULL: none is needed */
  LibraryPhotoGlance glance;
  GArray *allowed; /* of guint64, rising: what passes the filters; NULL: all */
  GArray *refused; /* of guint64: what is left out; a few at most */
  GArray *dated;   /* of LibraryDated; only without terms */
  guint64 photos, looked_at;
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

static void
refuse_found (Run *run, GPtrArray *photos)
{
  for (guint i = 0; i < photos->len; i++)
    {
      const LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);

      if (is_left_out (run->search, photo))
        g_array_append_val (run->refused, photo->id);
    }
}

static void
find_left_out (Run *run)
{
  const LibrarySearch *search = run->search;

  if (search->leave_out.inode != 0)
    {
      g_autoptr (GPtrArray) photos = library_photo_find_inode (run->txn, search->leave_out.device, search->leave_out.inode);

      refuse_found (run, photos);
    }
  if (search->leave_out_hash[0] != 0 || search->leave_out_hash[1] != 0)
    {
      g_autoptr (GPtrArray) photos = library_photo_find_hash (run->txn, search->leave_out_hash);

      refuse_found (run, photos);
    }
}

static gboolean
is_refused (const Run *run, guint64 id)
{
  for (guint i = 0; i < run->refused->len; i++)
    if (g_array_index (run->refused, guint64, i) == id)
      return TRUE;
  return FALSE;
}

/* Rows come about in the order of their photographs: the next one is looked at first. */
static gboolean
is_allowed (const Run *run, guint64 id, guint *next)
{
  const guint64 *ids = (const guint64 *) (gpointer) run->allowed->data;
  guint low = 0, high = run->allowed->len;

  if (*next < high && ids[*next] == id)
    return (*next)++, TRUE;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (ids[middle] < id)
        low = middle + 1;
      else
        high = middle;
    }
  *next = low;
  if (low == run->allowed->len || ids[low] != id)
    return FALSE;
  (*next)++;
  return TRUE;
}

/* ---- a look at every photograph ---- */

static gboolean
should_go_on (Run *run)
{
  return ++run->looked_at % PIECE != 0 || !g_cancellable_is_cancelled (run->cancellable);
}

static gboolean
count_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Run *run = data;
  LibraryReader reader;

  /* Whether it is sound does not matter here; the flags come first. */
  if ((library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO, &reader) || library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO_1, &reader)) &&
      !(library_read_u32 (&reader) & LIBRARY_PHOTO_GONE))
    run->photos++;
  return should_go_on (run);
}

static gboolean
look_at_photo (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Run *run = data;
  const LibraryPhotoRecord *photo = library_photo_glance_at (txn, key, value, length, &run->glance);

  if (photo == NULL || photo->flags & LIBRARY_PHOTO_GONE)
    return should_go_on (run);
  run->photos++;
  if (run->filter != NULL && !library_filter_matches (run->filter, photo))
    return should_go_on (run);
  if (run->allowed != NULL)
    g_array_append_val (run->allowed, photo->id);
  if (run->dated != NULL && !is_refused (run, photo->id))
    {
      LibraryDated dated = { library_photo_record_get_date (photo), photo->id };

      g_array_append_val (run->dated, dated);
    }
  return should_go_on (run);
}

static void
look_at_photos (Run *run)
{
  LibraryWalkFunc look = run->allowed != NULL || run->dated != NULL ? look_at_photo : count_photo;

  library_photo_glance_init (&run->glance);
  library_txn_walk (run->txn, LIBRARY_TABLE_PHOTOS, NULL, 0, look, run);
  library_photo_glance_clear (&run->glance);
}

/* ---- ranking ---- */

static float
find_line (const LibraryScores *scores, const float *total)
{
  guint n = scores->ids->len;
  g_autofree float *copy = g_memdup2 (total, n * sizeof *total);
  LibraryUsual usual;
  gboolean has_usual = scores->best->len > 0 && n <= LIBRARY_LINE_USUAL_MOST &&
                       library_line_find_usual ((float *) (gpointer) scores->best->data, scores->best->len, &usual);

  return library_line_find (copy, n, has_usual ? &usual : NULL);
}

static GArray *
pick_best (Run *run, const LibraryScores *scores, const float *total, float line, LibraryResults *results)
{
  guint n = scores->ids->len, next = 0;
  LibraryTopK *top = library_topk_new (run->search->limit != 0 ? run->search->limit : n);

  for (guint i = 0; i < n; i++)
    {
      LibraryScored scored = { total[i], g_array_index (scores->ids, guint64, i) };

      if ((run->allowed != NULL && !is_allowed (run, scored.id, &next)) || is_refused (run, scored.id))
        continue;
      results->total++;
      results->strong += scored.score >= line;
      library_topk_add (top, &scored);
    }
  return library_topk_finish (top);
}

/* NULL if it was cancelled. */
static GArray *
rank_scores (Run *run, const LibrarySpace *space, LibraryResults *results, float *line)
{
  LibrarySpace now = *space;
  g_autoptr (LibraryScores) scores = NULL;
  const float *total;

  /* The space may have changed since the caller looked. */
  if (!library_space_find (run->txn, &now))
    return g_array_new (FALSE, FALSE, sizeof (LibraryScored));
  scores = library_scores_scan (run->txn, &now, run->search->vectors, now.live <= LIBRARY_LINE_USUAL_MOST ? run->search->usual : NULL, run->cancellable);
  if (scores == NULL)
    return NULL;
  total = library_scores_combine (scores, (const float *) (gpointer) run->search->weights->data);
  results->searched = scores->ids->len;
  *line = find_line (scores, total);
  return pick_best (run, scores, total, *line, results);
}

static GArray *
rank_dates (Run *run, LibraryResults *results)
{
  GArray *best = g_array_new (FALSE, FALSE, sizeof (LibraryScored));

  results->searched = run->photos;
  results->total = results->strong = run->dated->len;
  library_dated_sort (run->dated);
  for (guint i = 0; i < run->dated->len && (run->search->limit == 0 || i < run->search->limit); i++)
    {
      LibraryScored scored = { 0, g_array_index (run->dated, LibraryDated, i).id };

      g_array_append_val (best, scored);
    }
  return best;
}

/* ---- results ---- */

static LibraryHit *
make_hit (LibraryTxn *txn, const LibraryScored *scored, gboolean strong)
{
  g_autoptr (LibraryPhotoRecord) record = library_photo_get (txn, scored->id);
  LibraryHit *hit;

  if (record == NULL || record->flags & LIBRARY_PHOTO_GONE)
    return NULL;
  hit = g_new0 (LibraryHit, 1);
  hit->photo = library_photo_from_record (record);
  hit->score = scored->score;
  hit->strong = strong;
  return hit;
}

static void
make_hits (Run *run, const GArray *best, float line, LibraryResults *results)
{
  for (guint i = 0; i < best->len && should_go_on (run); i++)
    {
      const LibraryScored *scored = &g_array_index (best, LibraryScored, i);
      LibraryHit *hit = make_hit (run->txn, scored, scored->score >= line);

      if (hit != NULL)
        {
          g_ptr_array_add (results->hits, hit);
          continue;
        }
      results->total--;
      results->strong -= scored->score >= line;
    }
}

static gboolean
read_store (Run *run, const LibrarySpace *space, LibraryResults *results, GError **error)
{
  g_autoptr (GArray) best = NULL;
  float line = -INFINITY;

  results->generation = library_txn_get_generation (run->txn);
  find_left_out (run);
  look_at_photos (run);
  results->photos = run->photos;
  if (!g_cancellable_is_cancelled (run->cancellable))
    best = run->dated != NULL ? rank_dates (run, results) : rank_scores (run, space, results, &line);
  if (best != NULL)
    make_hits (run, best, line, results);
  return !g_cancellable_set_error_if_cancelled (run->cancellable, error) && library_txn_check (run->txn, error);
}

static void
run_init (Run *run, const LibrarySearch *search, GCancellable *cancellable)
{
  *run = (Run){ .search = search, .cancellable = cancellable };
  run->refused = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (library_query_has_filters (search->filter))
    run->filter = library_filter_new (search->filter);
  if (search->vectors->len == 0)
    run->dated = g_array_new (FALSE, FALSE, sizeof (LibraryDated));
  else if (run->filter != NULL)
    run->allowed = g_array_new (FALSE, FALSE, sizeof (guint64));
}

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->txn, library_txn_end);
  g_clear_pointer (&run->filter, library_filter_free);
  g_clear_pointer (&run->allowed, g_array_unref);
  g_clear_pointer (&run->dated, g_array_unref);
  g_array_unref (run->refused);
}

LibraryResults *
library_search_run (LibraryStore *store, const LibrarySpace *space, const LibrarySearch *search, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryResults) results = g_new0 (LibraryResults, 1);
  gint64 start = g_get_monotonic_time ();
  gboolean ok;
  Run run;

  g_return_val_if_fail (store != NULL && space != NULL && search != NULL && search->vectors->len == search->weights->len, NULL);

  results->hits = g_ptr_array_new_with_free_func ((GDestroyNotify) library_hit_free);
  run_init (&run, search, cancellable);
  run.txn = library_txn_begin (store, error);
  ok = run.txn != NULL && read_store (&run, space, results, error);
  run_clear (&run);
  if (!ok)
    return NULL;
  results->milliseconds = (double) (g_get_monotonic_time () - start) / 1000;
  return g_steal_pointer (&results);
}
