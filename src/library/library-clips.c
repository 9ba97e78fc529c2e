/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-clips.h"

#include <string.h>

/* The one in use and the one before it. */
#define MAX_MODELS 2

typedef struct
{
  char *path;
  char *fingerprint;   /* NULL: not asked for yet */
  ModelClip *clips[2]; /* by ModelPrecision */
} Loaded;

struct _LibraryClips
{
  char *device;
  GMutex mutex;  /* held while a model is loaded: one at a time is enough */
  GQueue loaded; /* of Loaded, the one used last first */
};

static void
loaded_free (gpointer data)
{
  Loaded *loaded = data;

  for (guint i = 0; i < G_N_ELEMENTS (loaded->clips); i++)
    g_clear_pointer (&loaded->clips[i], model_clip_unref);
  g_free (loaded->path);
  g_free (loaded->fingerprint);
  g_free (loaded);
}

LibraryClips *
library_clips_new (const char *device)
{
  LibraryClips *self = g_new0 (LibraryClips, 1);

  self->device = g_strdup (device);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->loaded);
  return self;
}

void
library_clips_free (LibraryClips *self)
{
  g_queue_clear_full (&self->loaded, loaded_free);
  g_mutex_clear (&self->mutex);
  g_free (self->device);
  g_free (self);
}

/* The place of a model, in front of the others; with the mutex held. */
static Loaded *
find (LibraryClips *self, const char *path)
{
  GList *link = self->loaded.head;

  while (link != NULL && strcmp (((Loaded *) link->data)->path, path) != 0)
    link = link->next;
  if (link != NULL)
    g_queue_unlink (&self->loaded, link);
  else
    {
      link = g_list_append (NULL, g_new0 (Loaded, 1));
      ((Loaded *) link->data)->path = g_strdup (path);
    }
  g_queue_push_head_link (&self->loaded, link);
  if (self->loaded.length > MAX_MODELS)
    loaded_free (g_queue_pop_tail (&self->loaded));
  return link->data;
}

ModelClip *
library_clips_open (LibraryClips *self, const char *path, ModelPrecision precision, GError **error)
{
  g_autoptr (GError) local = NULL;
  ModelClip *clip = NULL;
  Loaded *loaded;

  g_mutex_lock (&self->mutex);
  loaded = find (self, path);
  if (loaded->clips[precision] == NULL)
    loaded->clips[precision] = model_clip_load (path, self->device, precision, &local);
  if (loaded->clips[precision] != NULL)
    clip = model_clip_ref (loaded->clips[precision]);
  g_mutex_unlock (&self->mutex);
  if (clip == NULL)
    library_models_take_error (error, g_steal_pointer (&local));
  return clip;
}

char *
library_clips_get_fingerprint (LibraryClips *self, LibraryStore *store, ModelClip *clip, GError **error)
{
  const ModelInfo *info = model_clip_get_info (clip);
  char *fingerprint;
  Loaded *loaded;

  g_mutex_lock (&self->mutex);
  loaded = find (self, info->path);
  if (loaded->fingerprint == NULL)
    loaded->fingerprint = library_models_get_fingerprint (store, info, error);
  fingerprint = g_strdup (loaded->fingerprint);
  g_mutex_unlock (&self->mutex);
  return fingerprint;
}
