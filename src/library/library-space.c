/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-space.h"

#include <string.h>
#include <xxhash.h>

#include "library-half.h"
#include "library-shard.h"
#include "library-space-private.h"

void
library_space_init (LibrarySpace *space, const char *fingerprint, LibraryClass class, guint dim)
{
  g_autofree char *text = g_strdup_printf ("%s %u %u", fingerprint, LIBRARY_PIPELINE_REVISION, class);
  XXH128_hash_t hash = XXH3_128bits (text, strlen (text));
  guint64 parts[2] = { GUINT64_TO_BE (hash.high64), GUINT64_TO_BE (hash.low64) };

  *space = (LibrarySpace){ .dim = dim };
  memcpy (space->key, parts, sizeof space->key);
}

static gboolean
read_space (LibraryReader *reader, LibrarySpace *space)
{
  const guint8 *key = library_read_raw (reader, LIBRARY_HASH_BYTES);

  if (key != NULL)
    memcpy (space->key, key, LIBRARY_HASH_BYTES);
  space->dim = library_read_u32 (reader);
  space->shards = library_read_u32 (reader);
  space->live = library_read_u64 (reader);
  return library_read_end (reader) && space->dim > 0 && space->dim <= LIBRARY_MAX_DIM;
}

gboolean
library_space_from_value (const LibraryKey *key, const guint8 *value, gsize length, LibrarySpace *space)
{
  LibraryReader reader;

  if (key->length != sizeof (guint32) || !library_record_open (value, length, LIBRARY_RECORD_SPACE, key, &reader))
    return FALSE;
  space->id = library_get_be32 (key->bytes);
  return read_space (&reader, space);
}

static gboolean
collect (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  LibrarySpace space = { 0 };

  if (library_space_from_value (key, value, length, &space))
    g_array_append_val ((GArray *) data, space);
  else
    library_txn_report_damage (txn, LIBRARY_TABLE_SPACES);
  return TRUE;
}

GArray *
library_space_list_all (LibraryTxn *txn)
{
  GArray *spaces = g_array_new (FALSE, FALSE, sizeof (LibrarySpace));

  library_txn_walk (txn, LIBRARY_TABLE_SPACES, NULL, 0, collect, spaces);
  return spaces;
}

void
library_space_write (LibraryTxn *txn, const LibrarySpace *space)
{
  LibraryKey key = library_key_u32 (space->id);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_SPACE);

  library_put_raw (record, space->key, sizeof space->key);
  library_put_u32 (record, space->dim);
  library_put_u32 (record, space->shards);
  library_put_u64 (record, space->live);
  library_txn_put_record (txn, LIBRARY_TABLE_SPACES, &key, record);
}

void
library_space_put_empty (LibraryTxn *txn, const LibrarySpace *space)
{
  LibrarySpace empty = *space;

  empty.shards = 0;
  empty.live = 0;
  library_space_write (txn, &empty);
}

gboolean
library_space_find (LibraryTxn *txn, LibrarySpace *space)
{
  g_autoptr (GArray) spaces = library_space_list_all (txn);

  space->id = space->shards = 0;
  space->live = 0;
  for (guint i = 0; i < spaces->len; i++)
    {
      const LibrarySpace *other = &g_array_index (spaces, LibrarySpace, i);

      if (memcmp (other->key, space->key, sizeof space->key) == 0 && other->dim == space->dim)
        {
          *space = *other;
          return TRUE;
        }
    }
  return FALSE;
}

void
library_space_ensure (LibraryTxn *txn, LibrarySpace *space)
{
  LibraryKey last;

  if (library_space_find (txn, space))
    return;
  space->id = (guint32) library_txn_next_number (txn, "last-space");
  if (library_txn_get_last (txn, LIBRARY_TABLE_SPACES, &last) && last.length == sizeof (guint32) && library_get_be32 (last.bytes) >= space->id)
    {
      space->id = library_get_be32 (last.bytes) + 1;
      library_txn_set_meta (txn, "last-space", space->id, NULL);
    }
  library_space_write (txn, space);
}

/* Where a photograph's embedding is. */
typedef struct
{
  guint32 shard, row;
  const guint8 *halves;
} Place;

static gboolean
find_place (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, Place *place)
{
  LibraryKey key = library_key_vector (space->id, photo);
  LibraryReader reader;

  if (space->id == 0 || !library_txn_get_record (txn, LIBRARY_TABLE_VECTORS, &key, LIBRARY_RECORD_VECTOR, &reader))
    return FALSE;
  place->shard = library_read_u32 (&reader);
  place->row = library_read_u32 (&reader);
  if (library_read_u32 (&reader) != space->dim)
    return FALSE;
  place->halves = library_read_raw (&reader, space->dim * sizeof (guint16));
  return library_read_end (&reader);
}

gboolean
library_space_get (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, float *out)
{
  Place place;

  if (!find_place (txn, space, photo, &place))
    return FALSE;
  if (out != NULL)
    library_half_to_floats ((const guint16 *) (gconstpointer) place.halves, out, space->dim);
  return TRUE;
}

gboolean
library_space_get_halves (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, guint16 *out)
{
  Place place;

  if (!find_place (txn, space, photo, &place))
    return FALSE;
  memcpy (out, place.halves, space->dim * sizeof (guint16));
  return TRUE;
}

gboolean
library_space_vector_from_value (const LibraryKey *key, const guint8 *value, gsize length, guint32 *space, LibraryPhotoId *photo, guint *dim, const guint16 **halves)
{
  LibraryReader reader;

  if (key->length != sizeof (guint32) + sizeof (guint64) || !library_record_open (value, length, LIBRARY_RECORD_VECTOR, key, &reader))
    return FALSE;
  *space = library_get_be32 (key->bytes);
  *photo = library_get_be64 (key->bytes + sizeof (guint32));
  library_read_raw (&reader, 2 * sizeof (guint32));
  *dim = library_read_u32 (&reader);
  if (*dim == 0 || *dim > LIBRARY_MAX_DIM)
    return FALSE;
  *halves = (const guint16 *) (gconstpointer) library_read_raw (&reader, *dim * sizeof (guint16));
  return library_read_end (&reader);
}

void
library_space_put_vector (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, guint32 shard, guint32 row, const guint16 *halves)
{
  LibraryKey key = library_key_vector (space->id, photo);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_VECTOR);

  library_put_u32 (record, shard);
  library_put_u32 (record, row);
  library_put_u32 (record, space->dim);
  library_put_raw (record, halves, space->dim * sizeof (guint16));
  library_txn_put_record (txn, LIBRARY_TABLE_VECTORS, &key, record);
}

static void
hide_row (LibraryTxn *txn, LibrarySpace *space, guint32 number, guint32 row, LibraryPhotoId photo)
{
  if (library_shard_hide (txn, space, number, row, photo))
    space->live -= MIN (space->live, 1);
}

static void
hide_in_shard (LibraryTxn *txn, LibrarySpace *space, guint32 number, LibraryPhotoId photo)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);

  if (!library_shard_get (txn, space, number, shard))
    return;
  for (guint row = 0; row < shard->count; row++)
    if (shard->ids[row] == photo)
      hide_row (txn, space, number, row, photo);
}

/* Takes the photograph's row out of sight.  Where its record, damaged, does not say which one that is, all are looked at. */
static void
hide (LibraryTxn *txn, LibrarySpace *space, LibraryPhotoId photo)
{
  LibraryKey key = library_key_vector (space->id, photo);
  const guint8 *value;
  gsize length;
  Place place;

  if (find_place (txn, space, photo, &place))
    hide_row (txn, space, place.shard, place.row, photo);
  else if (library_txn_get (txn, LIBRARY_TABLE_VECTORS, &key, &value, &length))
    for (guint32 number = 0; number < space->shards; number++)
      hide_in_shard (txn, space, number, photo);
}

void
library_space_put_many (LibraryTxn *txn, LibrarySpace *space, const LibraryPhotoId *photos, const guint16 *halves, guint count)
{
  library_space_ensure (txn, space);
  for (guint i = 0; i < count; i++)
    hide (txn, space, photos[i]);
  for (guint done = 0; done < count;)
    {
      guint32 shard, row;
      guint n = library_shard_append (txn, space, photos + done, halves + (gsize) done * space->dim, count - done, &shard, &row);

      if (n == 0)
        return; /* the transaction has failed */
      for (guint i = 0; i < n; i++)
        library_space_put_vector (txn, space, photos[done + i], shard, row + i, halves + (gsize) (done + i) * space->dim);
      done += n;
    }
  space->live += count;
  library_space_write (txn, space);
}

/* In its former row, or in a new one if that is no more. */
static void
show (LibraryTxn *txn, LibrarySpace *space, LibraryPhotoId photo)
{
  g_autofree guint16 *halves = g_new (guint16, space->dim);
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);
  Place place;

  if (!find_place (txn, space, photo, &place))
    return;
  memcpy (halves, place.halves, space->dim * sizeof *halves);
  if (place.shard < space->shards && library_shard_get (txn, space, place.shard, shard) && place.row < shard->count && shard->ids[place.row] == photo)
    return; /* it was not hidden */
  if (library_shard_show (txn, space, place.shard, place.row, photo, halves))
    space->live++;
  else
    library_space_put_many (txn, space, &photo, halves, 1);
}

static void
set_visible (LibraryTxn *txn, LibrarySpace *space, LibraryPhotoId photo, gboolean visible)
{
  guint64 before = space->live;

  if (visible)
    show (txn, space, photo);
  else
    hide (txn, space, photo);
  if (space->live != before)
    library_space_write (txn, space);
}

void
library_spaces_set_visible (LibraryTxn *txn, LibraryPhotoId photo, gboolean visible)
{
  g_autoptr (GArray) spaces = library_space_list_all (txn);

  for (guint i = 0; i < spaces->len; i++)
    set_visible (txn, &g_array_index (spaces, LibrarySpace, i), photo, visible);
}

static void
forget (LibraryTxn *txn, LibrarySpace *space, LibraryPhotoId photo)
{
  LibraryKey key = library_key_vector (space->id, photo);

  set_visible (txn, space, photo, FALSE);
  library_txn_delete (txn, LIBRARY_TABLE_VECTORS, &key);
}

void
library_spaces_forget (LibraryTxn *txn, LibraryPhotoId photo)
{
  g_autoptr (GArray) spaces = library_space_list_all (txn);

  for (guint i = 0; i < spaces->len; i++)
    forget (txn, &g_array_index (spaces, LibrarySpace, i), photo);
}

/* ---- damage ---- */

/* Photographs whose row lies in a shard that cannot be read. */
typedef struct
{
  guint32 shard;
  GArray *photos; /* of LibraryPhotoId */
} Lost;

static gboolean
collect_lost (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  Lost *lost = data;
  LibraryReader reader;
  LibraryPhotoId photo;

  if (key->length != sizeof (guint32) + sizeof (guint64) || !library_record_open (value, length, LIBRARY_RECORD_VECTOR, key, &reader))
    return TRUE;
  photo = library_get_be64 (key->bytes + sizeof (guint32));
  if (library_read_u32 (&reader) == lost->shard)
    g_array_append_val (lost->photos, photo);
  return TRUE;
}

static void
forget_shard (LibraryTxn *txn, const LibrarySpace *space, guint32 number)
{
  g_autoptr (GArray) photos = g_array_new (FALSE, FALSE, sizeof (LibraryPhotoId));
  LibraryKey prefix = library_key_u32 (space->id);
  Lost lost = { number, photos };

  library_txn_walk (txn, LIBRARY_TABLE_VECTORS, &prefix, prefix.length, collect_lost, &lost);
  for (guint i = 0; i < photos->len; i++)
    {
      LibraryKey key = library_key_vector (space->id, g_array_index (photos, LibraryPhotoId, i));

      library_txn_delete (txn, LIBRARY_TABLE_VECTORS, &key);
    }
  library_shard_clear (txn, space, number);
}

static guint64
count_live (LibraryTxn *txn, const LibrarySpace *space)
{
  g_autofree LibraryShard *shard = g_new0 (LibraryShard, 1);
  guint64 live = 0;

  for (guint32 number = 0; number < space->shards; number++)
    for (guint row = library_shard_get (txn, space, number, shard) ? shard->count : 0; row > 0; row--)
      live += shard->ids[row - 1] != 0;
  return live;
}

gboolean
library_space_is_sound (LibraryTxn *txn, const LibrarySpace *space)
{
  for (guint32 number = 0; number < space->shards; number++)
    if (!library_shard_is_sound (txn, space, number))
      return FALSE;
  return TRUE;
}

void
library_space_mend (LibraryTxn *txn, LibrarySpace *space)
{
  if (!library_space_find (txn, space))
    return;
  for (guint32 number = 0; number < space->shards; number++)
    if (!library_shard_is_sound (txn, space, number))
      forget_shard (txn, space, number);
  space->live = count_live (txn, space);
  library_space_write (txn, space);
}

/* The rows of a damaged shard, from the photographs' own records. */
static const guint16 *
rebuild_rows (LibraryTxn *txn, const LibrarySpace *space, LibraryShard *shard, guint16 *buffer)
{
  for (guint i = 0; i < shard->count; i++)
    if (shard->ids[i] != 0 && !library_space_get_halves (txn, space, shard->ids[i], buffer + (gsize) i * space->dim))
      {
        memset (buffer + (gsize) i * space->dim, 0, space->dim * sizeof (guint16));
        shard->ids[i] = 0;
      }
  return buffer;
}

gboolean
library_space_scan (LibraryTxn *txn, const LibrarySpace *space, const float *const *queries, guint terms, LibraryScanFunc func, gpointer data)
{
  g_autofree float *scores = g_new (float, (gsize) terms *LIBRARY_SHARD_ROWS);
  g_autofree guint16 *buffer = NULL;

  for (guint32 number = 0; number < space->shards; number++)
    {
      LibraryShard shard;
      const guint16 *rows;

      if (!library_shard_get (txn, space, number, &shard))
        continue;
      rows = shard.rows;
      if (rows == NULL)
        {
          if (buffer == NULL)
            buffer = g_new0 (guint16, (gsize) space->dim * LIBRARY_SHARD_ROWS);
          rows = rebuild_rows (txn, space, &shard, buffer);
        }
      for (guint t = 0; t < terms; t++)
        library_half_dot_rows (rows, shard.count, space->dim, queries[t], scores + t * LIBRARY_SHARD_ROWS);
      if (!func (shard.ids, scores, shard.count, data))
        return FALSE;
    }
  return TRUE;
}
