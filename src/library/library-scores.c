/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-scores.h"

#include <math.h>

typedef struct
{
  LibraryScores *scores;
  GCancellable *cancellable;
} Scan;

static LibraryScores *
scores_new (guint terms, guint others)
{
  LibraryScores *self = g_new0 (LibraryScores, 1);

  self->terms = terms;
  self->ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->scores = g_new0 (GArray *, terms);
  for (guint t = 0; t < terms; t++)
    self->scores[t] = g_array_new (FALSE, FALSE, sizeof (float));
  self->best = g_array_new (FALSE, FALSE, sizeof (float));
  for (guint i = 0; i < others; i++)
    g_array_append_vals (self->best, &(float){ -INFINITY }, 1);
  return self;
}

void
library_scores_free (LibraryScores *self)
{
  g_array_unref (self->ids);
  for (guint t = 0; t < self->terms; t++)
    g_array_unref (self->scores[t]);
  g_free (self->scores);
  g_array_unref (self->best);
  g_free (self);
}

/* Those of rows that belong to a photograph, in one piece. */
static void
append_scores (GArray *array, const guint64 *ids, const float *scores, guint count)
{
  guint at = array->len;
  float *to;

  g_array_set_size (array, at + count);
  to = &g_array_index (array, float, at);
  for (guint i = 0; i < count; i++)
    if (ids[i] != 0)
      *to++ = scores[i];
  g_array_set_size (array, (guint) (to - &g_array_index (array, float, 0)));
}

static void
append_ids (GArray *array, const guint64 *ids, guint count)
{
  for (guint i = 0; i < count; i++)
    if (ids[i] != 0)
      g_array_append_val (array, ids[i]);
}

static float
find_best (const guint64 *ids, const float *scores, guint count, float best)
{
  for (guint i = 0; i < count; i++)
    if (ids[i] != 0)
      best = MAX (best, scores[i]);
  return best;
}

static gboolean
take_shard (const guint64 *ids, const float *scores, guint count, gpointer data)
{
  Scan *scan = data;
  LibraryScores *self = scan->scores;

  append_ids (self->ids, ids, count);
  for (guint t = 0; t < self->terms; t++)
    append_scores (self->scores[t], ids, scores + (gsize) t * LIBRARY_SHARD_ROWS, count);
  for (guint i = 0; i < self->best->len; i++)
    {
      float *best = &g_array_index (self->best, float, i);

      *best = find_best (ids, scores + (gsize) (self->terms + i) * LIBRARY_SHARD_ROWS, count, *best);
    }
  return !g_cancellable_is_cancelled (scan->cancellable);
}

LibraryScores *
library_scores_scan (LibraryTxn *txn, const LibrarySpace *space, GPtrArray *vectors, GPtrArray *others, GCancellable *cancellable)
{
  g_autoptr (LibraryScores) self = scores_new (vectors->len, others != NULL ? others->len : 0);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  Scan scan = { self, cancellable };

  g_ptr_array_extend (all, vectors, NULL, NULL);
  if (others != NULL)
    g_ptr_array_extend (all, others, NULL, NULL);
  if (!library_space_scan (txn, space, (const float *const *) all->pdata, all->len, take_shard, &scan))
    return NULL;
  return g_steal_pointer (&self);
}

static void
standardise (float *scores, guint n, float weight)
{
  double sum = 0, squares = 0, mean, deviation, factor;

  for (guint i = 0; i < n; i++)
    sum += scores[i];
  mean = n > 0 ? sum / n : 0;
  for (guint i = 0; i < n; i++)
    squares += (scores[i] - mean) * (scores[i] - mean);
  deviation = n > 0 ? sqrt (squares / n) : 0;
  /* A term that tells no photograph from another adds nothing. */
  factor = deviation < 1e-9 ? 0 : weight / deviation;
  for (guint i = 0; i < n; i++)
    scores[i] = (float) (factor * (scores[i] - mean));
}

float *
library_scores_combine (LibraryScores *self, const float *weights)
{
  float *total = (float *) (gpointer) self->scores[0]->data;

  if (self->terms == 1 && weights[0] == 1)
    return total;
  for (guint t = 0; t < self->terms; t++)
    {
      float *term = (float *) (gpointer) self->scores[t]->data;

      standardise (term, self->ids->len, weights[t]);
      for (guint i = 0; t > 0 && i < self->ids->len; i++)
        total[i] += term[i];
    }
  return total;
}
