/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-usual.h"

#include <string.h>

/* Things, places and events that photographs show, so various that most small libraries have few of them. */
static const char *const words[] = {
  "person", "dog", "cat", "bird", "horse", "car", "bus", "train", "boat", "airplane", "bicycle", "tree",
  "flower", "grass", "mountain", "beach", "sea", "river", "lake", "forest", "snow", "sky", "street", "building",
  "house", "bridge", "room", "table", "chair", "book", "food", "fruit", "cake", "cup", "bottle", "phone",
  "computer", "screen", "document", "map", "toy", "ball", "shoe", "dress", "hat", "glasses", "clock", "lamp",
  "window", "door", "stairs", "garden", "fire", "smoke", "rain", "sunset", "night", "crowd", "child", "baby",
  "wedding", "concert", "sport", "museum", "statue", "church", "castle"
};

typedef struct
{
  char *fingerprint;
  GPtrArray *vectors;
} Usual;

static GMutex mutex; /* held while the words are embedded: others would do the same work */

static void
usual_free (gpointer data)
{
  Usual *usual = data;

  g_free (usual->fingerprint);
  g_ptr_array_unref (usual->vectors);
  g_free (usual);
}

static GPtrArray *
embed (ModelClip *clip, GCancellable *cancellable)
{
  guint dim = model_clip_get_info (clip)->dim;
  g_autofree float *all = g_new (float, G_N_ELEMENTS (words) * (gsize) dim);
  GPtrArray *vectors;

  if (!model_clip_embed_texts (clip, words, G_N_ELEMENTS (words), all, cancellable, NULL))
    return NULL;
  vectors = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (vectors, g_memdup2 (all + i * dim, dim * sizeof *all));
  return vectors;
}

GPtrArray *
library_usual_embed (GObject *cache, ModelClip *clip, const char *fingerprint, GCancellable *cancellable)
{
  static const char *const key = "library-usual";
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  Usual *usual = g_object_get_data (cache, key);
  GPtrArray *vectors;

  if (usual != NULL && strcmp (usual->fingerprint, fingerprint) == 0)
    return g_ptr_array_ref (usual->vectors);
  vectors = embed (clip, cancellable);
  if (vectors == NULL)
    return NULL;
  usual = g_new (Usual, 1);
  *usual = (Usual){ g_strdup (fingerprint), g_ptr_array_ref (vectors) };
  g_object_set_data_full (cache, key, usual, usual_free);
  return vectors;
}
