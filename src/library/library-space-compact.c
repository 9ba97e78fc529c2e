/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-space-private.h"

#include <string.h>

#include "library-shard.h"

/* Embeddings removed in one transaction, and shards. */
#define PIECE_VECTORS 1024u
#define PIECE_SHARDS 4u

static gboolean
find_by_id (LibraryTxn *txn, guint32 id, LibrarySpace *space)
{
  g_autoptr (GArray) spaces = library_space_list_all (txn);

  for (guint i = 0; i < spaces->len; i++)
    if (g_array_index (spaces, LibrarySpace, i).id == id)
      {
        *space = g_array_index (spaces, LibrarySpace, i);
        return TRUE;
      }
  return FALSE;
}

GArray *
library_spaces_list (LibraryTxn *txn)
{
  g_autoptr (GArray) spaces = library_space_list_all (txn);
  GArray *infos = g_array_new (FALSE, TRUE, sizeof (LibrarySpaceInfo));

  for (guint i = 0; i < spaces->len; i++)
    {
      LibrarySpaceInfo info = { g_array_index (spaces, LibrarySpace, i) };

      info.bytes = info.space.live * (LIBRARY_RECORD_HEAD + LIBRARY_RECORD_TAIL + 3 * sizeof (guint32) + info.space.dim * sizeof (guint16));
      for (guint32 number = 0; number < info.space.shards; number++)
        info.bytes += library_shard_get_bytes (txn, &info.space, number);
      g_array_append_val (infos, info);
    }
  return infos;
}

/* ---- moving rows together ---- */

typedef struct
{
  guint32 id;
  guint32 target; /* all shards before it are full */
  guint32 next;   /* the target after this step */
  gboolean done;
} Compaction;

/* Rows for one shard. */
typedef struct
{
  guint count;
  guint kept; /* the first of them, which are where they were */
  guint64 ids[LIBRARY_SHARD_ROWS];
  guint16 *halves;
} Rows;

/* Takes live rows of a shard, whose ids become tombstones, until there is no more room.  A row that cannot be read is made from
 * its photograph's own record, or lost as it was before. */
static void
take_rows (LibraryTxn *txn, LibrarySpace *space, LibraryShard *shard, Rows *rows)
{
  for (guint i = 0; i < shard->count && rows->count < LIBRARY_SHARD_ROWS; i++)
    {
      guint16 *to = rows->halves + (gsize) rows->count * space->dim;
      guint64 id = shard->ids[i];

      if (id == 0)
        continue;
      shard->ids[i] = 0;
      if (shard->rows != NULL)
        memcpy (to, shard->rows + (gsize) i * space->dim, space->dim * sizeof *to);
      else if (!library_space_get_halves (txn, space, id, to))
        {
          space->live -= MIN (space->live, 1);
          continue;
        }
      rows->ids[rows->count++] = id;
    }
}

static void
write_rows (LibraryTxn *txn, const LibrarySpace *space, guint32 number, const Rows *rows)
{
  library_shard_write (txn, space, number, rows->ids, rows->halves, rows->count);
  for (guint i = rows->kept; i < rows->count; i++)
    library_space_put_vector (txn, space, rows->ids[i], number, i, rows->halves + (gsize) i * space->dim);
}

/* The next shard that has rows; space->shards if there is none. */
static guint32
find_source (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  guint rows, live;

  while (number < space->shards && (!library_shard_count (txn, space, number, &rows, &live) || live == 0))
    number++;
  return number;
}

/* Drops empty shards at the end. */
static void
trim (LibraryTxn *txn, LibrarySpace *space)
{
  guint rows, live;

  while (space->shards > 0 && library_shard_count (txn, space, space->shards - 1, &rows, &live) && live == 0)
    library_shard_delete (txn, space, --space->shards);
}

static void
fill_shard (LibraryTxn *txn, LibrarySpace *space, guint32 target, guint32 source)
{
  g_autofree LibraryShard *to = g_new0 (LibraryShard, 1);
  g_autofree LibraryShard *from = g_new0 (LibraryShard, 1);
  g_autofree Rows *rows = g_new0 (Rows, 1);
  g_autofree guint16 *halves = g_new (guint16, (gsize) LIBRARY_SHARD_ROWS * space->dim);
  guint left = 0;

  rows->halves = halves;
  if (!library_shard_get (txn, space, target, to))
    return;
  while (to->rows != NULL && rows->kept < to->count && to->ids[rows->kept] != 0)
    rows->kept++;
  take_rows (txn, space, to, rows);
  if (source < space->shards && library_shard_get (txn, space, source, from))
    {
      take_rows (txn, space, from, rows);
      for (guint i = 0; i < from->count; i++)
        left += from->ids[i] != 0;
      if (left > 0)
        library_shard_write_ids (txn, space, source, from);
      else
        library_shard_clear (txn, space, source);
    }
  write_rows (txn, space, target, rows);
}

static gboolean
compact_step (LibraryTxn *txn, gpointer data, GError **error)
{
  Compaction *self = data;
  LibrarySpace space;
  guint32 source;
  guint rows, live;

  self->next = self->target;
  self->done = !find_by_id (txn, self->id, &space);
  if (self->done)
    return TRUE;
  /* What is full or cannot be read stays. */
  while (self->next < space.shards && (!library_shard_count (txn, &space, self->next, &rows, &live) || live == LIBRARY_SHARD_ROWS))
    self->next++;
  source = find_source (txn, &space, self->next + 1);
  if (self->next < space.shards && (source < space.shards || live < rows))
    fill_shard (txn, &space, self->next, source);
  self->done = source >= space.shards;
  if (self->done)
    trim (txn, &space);
  library_space_write (txn, &space);
  return TRUE;
}

gboolean
library_space_compact (LibraryStore *store, guint32 id, GCancellable *cancellable, GError **error)
{
  Compaction compaction = { .id = id };

  g_return_val_if_fail (store != NULL, FALSE);

  while (!compaction.done)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !library_store_write (store, compact_step, &compaction, error))
        return FALSE;
      compaction.target = compaction.next;
    }
  return TRUE;
}

static gboolean
is_sparse (LibraryTxn *txn, const LibrarySpace *space)
{
  guint64 all = 0, dead = 0;

  for (guint32 number = 0; number < space->shards; number++)
    {
      guint rows, live;

      if (!library_shard_count (txn, space, number, &rows, &live))
        continue;
      all += rows;
      dead += rows - live;
    }
  /* Empty shards cost nothing but the asking. */
  return (dead > LIBRARY_SHARD_ROWS && dead > all / 4) || space->shards > 8 + 2 * (all / LIBRARY_SHARD_ROWS);
}

gboolean
library_spaces_compact (LibraryStore *store, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) sparse = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) spaces = NULL;
  LibraryTxn *txn;
  gboolean ok;

  g_return_val_if_fail (store != NULL, FALSE);

  txn = library_txn_begin (store, error);
  if (txn == NULL)
    return FALSE;
  spaces = library_space_list_all (txn);
  for (guint i = 0; i < spaces->len; i++)
    if (is_sparse (txn, &g_array_index (spaces, LibrarySpace, i)))
      g_array_append_val (sparse, g_array_index (spaces, LibrarySpace, i).id);
  ok = library_txn_check (txn, error);
  library_txn_end (txn);
  for (guint i = 0; i < sparse->len && ok; i++)
    ok = library_space_compact (store, g_array_index (sparse, guint32, i), cancellable, error);
  return ok;
}

/* ---- removing ---- */

static gboolean
collect_key (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  g_array_append_val ((GArray *) data, *key);
  return ((GArray *) data)->len < PIECE_VECTORS;
}

/* The shards first, so that no search finds what is to go; the space itself last, so that it can be gone on with. */
static gboolean
drop_step (LibraryTxn *txn, gpointer data, GError **error)
{
  Compaction *self = data;
  LibraryKey prefix = library_key_u32 (self->id);
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (LibraryKey));
  LibrarySpace space;

  self->done = !find_by_id (txn, self->id, &space);
  if (self->done)
    return TRUE;
  for (guint i = 0; i < PIECE_SHARDS && space.shards > 0; i++)
    library_shard_delete (txn, &space, --space.shards);
  space.live = 0;
  library_space_write (txn, &space);
  if (space.shards > 0)
    return TRUE;
  library_txn_walk (txn, LIBRARY_TABLE_VECTORS, &prefix, prefix.length, collect_key, keys);
  for (guint i = 0; i < keys->len; i++)
    library_txn_delete (txn, LIBRARY_TABLE_VECTORS, &g_array_index (keys, LibraryKey, i));
  if (keys->len < PIECE_VECTORS)
    library_txn_delete (txn, LIBRARY_TABLE_SPACES, &prefix);
  return TRUE;
}

gboolean
library_space_drop (LibraryStore *store, guint32 id, GCancellable *cancellable, GError **error)
{
  Compaction step = { .id = id };

  g_return_val_if_fail (store != NULL, FALSE);

  while (!step.done)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) || !library_store_write (store, drop_step, &step, error))
      return FALSE;
  return TRUE;
}
