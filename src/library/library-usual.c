/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-usual.h"

#include "library-half.h"

/* Things, places and events that photographs show, so various that most small libraries have few of them. */
static const char *const words[] = {
  "person", "dog", "cat", "bird", "horse", "car", "bus", "train", "boat", "airplane", "bicycle", "tree",
  "flower", "grass", "mountain", "beach", "sea", "river", "lake", "forest", "snow", "sky", "street", "building",
  "house", "bridge", "room", "table", "chair", "book", "food", "fruit", "cake", "cup", "bottle", "phone",
  "computer", "screen", "document", "map", "toy", "ball", "shoe", "dress", "hat", "glasses", "clock", "lamp",
  "window", "door", "stairs", "garden", "fire", "smoke", "rain", "sunset", "night", "crowd", "child", "baby",
  "wedding", "concert", "sport", "museum", "statue", "church", "castle"
};

/* Raise it when the words change. */
#define REVISION 1u
#define COUNT G_N_ELEMENTS (words)

static GMutex mutex; /* held while the words are embedded: others would do the same work */

/* ---- in the library ---- */

static GPtrArray *
make_vectors (const float *all, guint dim)
{
  GPtrArray *vectors = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < COUNT; i++)
    g_ptr_array_add (vectors, g_memdup2 (all + i * dim, dim * sizeof *all));
  return vectors;
}

static GPtrArray *
recall (LibraryStore *store, const char *fingerprint, guint dim)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, NULL);
  LibraryKey key = library_key_path (fingerprint);
  g_autofree float *all = g_new (float, COUNT *(gsize) dim);
  g_autofree char *name = NULL;
  const guint8 *halves;
  LibraryReader reader;

  if (txn == NULL || !library_txn_get_record (txn, LIBRARY_TABLE_USUAL, &key, LIBRARY_RECORD_USUAL, &reader) ||
      library_read_u32 (&reader) != REVISION || library_read_u32 (&reader) != dim)
    return NULL;
  name = library_read_text (&reader, 64);
  halves = library_read_raw (&reader, COUNT * dim * sizeof (guint16));
  if (!library_read_end (&reader) || g_strcmp0 (name, fingerprint) != 0)
    return NULL;
  library_half_to_floats ((const guint16 *) (gconstpointer) halves, all, COUNT * (gsize) dim);
  return make_vectors (all, dim);
}

typedef struct
{
  const char *fingerprint;
  guint dim;
  const guint16 *halves;
} Remember;

static gboolean
remember (LibraryTxn *txn, gpointer data, GError **error)
{
  const Remember *found = data;
  LibraryKey key = library_key_path (found->fingerprint);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_USUAL);

  library_put_u32 (record, REVISION);
  library_put_u32 (record, found->dim);
  library_put_text (record, found->fingerprint);
  library_put_raw (record, found->halves, COUNT * found->dim * sizeof *found->halves);
  library_txn_put_record (txn, LIBRARY_TABLE_USUAL, &key, record);
  return TRUE;
}

static GPtrArray *
embed (LibraryStore *store, ModelClip *clip, const char *fingerprint, GCancellable *cancellable)
{
  guint dim = model_clip_get_info (clip)->dim;
  g_autofree float *all = g_new (float, COUNT *(gsize) dim);
  g_autofree guint16 *halves = g_new (guint16, COUNT * (gsize) dim);
  Remember found = { fingerprint, dim, halves };
  g_autoptr (GError) error = NULL;

  if (!model_clip_embed_texts (clip, words, COUNT, all, cancellable, NULL))
    return NULL;
  library_half_from_floats (all, halves, COUNT * (gsize) dim);
  /* Not being remembered does no harm: they are computed again. */
  if (!library_store_write (store, remember, &found, &error))
    g_debug ("Everyday words: %s", error->message);
  return make_vectors (all, dim);
}

GPtrArray *
library_usual_get (LibraryStore *store, ModelClip *clip, const char *fingerprint, GCancellable *cancellable)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  GPtrArray *vectors = recall (store, fingerprint, model_clip_get_info (clip)->dim);

  return vectors != NULL ? vectors : embed (store, clip, fingerprint, cancellable);
}
