/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-topk.h"

#include <math.h>

/* A binary heap with the worst on top. */
struct _LibraryTopK
{
  guint k;
  GArray *heap;
};

LibraryTopK *
library_topk_new (guint k)
{
  LibraryTopK *self = g_new0 (LibraryTopK, 1);

  self->k = k;
  self->heap = g_array_new (FALSE, FALSE, sizeof (LibraryScored));
  return self;
}

static inline gboolean
is_worse (const LibraryScored *a, const LibraryScored *b)
{
  return a->score != b->score ? a->score < b->score : a->id > b->id;
}

static inline void
swap (LibraryScored *a, LibraryScored *b)
{
  LibraryScored held = *a;

  *a = *b;
  *b = held;
}

static void
sift_up (LibraryScored *heap, guint i)
{
  for (; i > 0 && is_worse (&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
    swap (&heap[i], &heap[(i - 1) / 2]);
}

static void
sift_down (LibraryScored *heap, guint n)
{
  guint i = 0;

  for (;;)
    {
      guint worst = i;

      for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
        if (is_worse (&heap[child], &heap[worst]))
          worst = child;
      if (worst == i)
        return;
      swap (&heap[i], &heap[worst]);
      i = worst;
    }
}

void
library_topk_add (LibraryTopK *self, const LibraryScored *scored)
{
  LibraryScored *heap = (LibraryScored *) (gpointer) self->heap->data;

  if (!isfinite (scored->score) || self->k == 0)
    return;
  if (self->heap->len < self->k)
    {
      g_array_append_val (self->heap, *scored);
      sift_up ((LibraryScored *) (gpointer) self->heap->data, self->heap->len - 1);
    }
  else if (is_worse (&heap[0], scored))
    {
      heap[0] = *scored;
      sift_down (heap, self->heap->len);
    }
}

static int
compare_scored (gconstpointer a, gconstpointer b)
{
  return is_worse (b, a) ? -1 : is_worse (a, b);
}

GArray *
library_topk_finish (LibraryTopK *self)
{
  GArray *best = self->heap;

  g_free (self);
  g_array_sort (best, compare_scored);
  return best;
}

static int
compare_dated (gconstpointer a, gconstpointer b)
{
  const LibraryDated *x = a;
  const LibraryDated *y = b;

  if (x->date != y->date)
    return x->date > y->date ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

void
library_dated_sort (GArray *dated)
{
  g_array_sort (dated, compare_dated);
}
