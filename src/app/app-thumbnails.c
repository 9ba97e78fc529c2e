/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-thumbnails.h"

#define SIDE 256
#define IN_FLIGHT 4
#define KEPT 600 /* textures: about 120 MB at most */

typedef struct
{
  guint number;
  LibraryPhoto *photo;
  AppThumbnailFunc callback; /* NULL: withdrawn */
  gpointer data;
} Wish;

struct _AppThumbnails
{
  GObject parent_instance;

  LibraryEngine *engine;
  GCancellable *cancellable;
  GQueue *waiting;    /* of Wish, newest first */
  GHashTable *flying; /* number -> Wish */
  guint last_number;

  GHashTable *textures; /* photo id -> GdkTexture */
  GQueue *order;        /* of photo ids as gint64 *, oldest first */
};

G_DEFINE_FINAL_TYPE (AppThumbnails, app_thumbnails, G_TYPE_OBJECT)

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  library_photo_free (wish->photo);
  g_free (wish);
}

static void
app_thumbnails_dispose (GObject *object)
{
  AppThumbnails *self = APP_THUMBNAILS (object);

  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (self->waiting, wish_free);
  g_hash_table_remove_all (self->flying);
  G_OBJECT_CLASS (app_thumbnails_parent_class)->dispose (object);
}

static void
app_thumbnails_finalize (GObject *object)
{
  AppThumbnails *self = APP_THUMBNAILS (object);

  g_queue_free_full (self->waiting, wish_free);
  g_queue_free_full (self->order, g_free);
  g_hash_table_unref (self->flying);
  g_hash_table_unref (self->textures);
  g_object_unref (self->cancellable);
  g_object_unref (self->engine);
  G_OBJECT_CLASS (app_thumbnails_parent_class)->finalize (object);
}

static void
app_thumbnails_class_init (AppThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = app_thumbnails_dispose;
  G_OBJECT_CLASS (klass)->finalize = app_thumbnails_finalize;
}

static void
app_thumbnails_init (AppThumbnails *self)
{
  self->cancellable = g_cancellable_new ();
  self->waiting = g_queue_new ();
  self->flying = g_hash_table_new_full (NULL, NULL, NULL, wish_free);
  self->textures = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  self->order = g_queue_new ();
}

AppThumbnails *
app_thumbnails_new (LibraryEngine *engine)
{
  AppThumbnails *self = g_object_new (APP_TYPE_THUMBNAILS, NULL);

  self->engine = g_object_ref (engine);
  return self;
}

static gint64 *
key_of (const LibraryPhoto *photo)
{
  gint64 *key = g_new (gint64, 1);

  *key = (gint64) photo->id;
  return key;
}

static void
keep (AppThumbnails *self, const LibraryPhoto *photo, GdkTexture *texture)
{
  g_hash_table_replace (self->textures, key_of (photo), g_object_ref (texture));
  g_queue_push_tail (self->order, key_of (photo));
  while (g_queue_get_length (self->order) > KEPT)
    {
      g_autofree gint64 *oldest = g_queue_pop_head (self->order);

      g_hash_table_remove (self->textures, oldest);
    }
}

typedef struct
{
  AppThumbnails *self;
  guint number;
} Flight;

static void start (AppThumbnails *self);

static void
land (AppThumbnails *self, guint number, GdkTexture *texture)
{
  Wish *wish = g_hash_table_lookup (self->flying, GUINT_TO_POINTER (number));

  if (!wish)
    return; /* disposed meanwhile */
  g_hash_table_steal (self->flying, GUINT_TO_POINTER (number));
  if (texture)
    keep (self, wish->photo, texture);
  if (wish->callback)
    wish->callback (texture, wish->data);
  wish_free (wish);
  start (self);
}

static void
on_texture (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Flight *flight = data;
  g_autoptr (AppThumbnails) self = flight->self;
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), NULL);

  land (self, flight->number, texture);
}

static void
make_texture (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture = gdk_texture_new_from_bytes (data, &error);

  if (texture)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_bytes (GObject *source, GAsyncResult *result, gpointer data)
{
  Flight *flight = data;
  g_autoptr (GBytes) bytes = library_engine_thumbnail_finish (LIBRARY_ENGINE (source), result, NULL);
  g_autoptr (GTask) task = NULL;

  if (!bytes)
    {
      land (flight->self, flight->number, NULL);
      g_object_unref (flight->self);
      g_free (flight);
      return;
    }
  task = g_task_new (NULL, flight->self->cancellable, on_texture, flight);
  g_task_set_source_tag (task, on_bytes);
  g_task_set_task_data (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, make_texture);
}

static void
start (AppThumbnails *self)
{
  while (g_hash_table_size (self->flying) < IN_FLIGHT && !g_queue_is_empty (self->waiting))
    {
      Wish *wish = g_queue_pop_head (self->waiting);
      Flight *flight = g_new (Flight, 1);

      flight->self = g_object_ref (self);
      flight->number = wish->number;
      g_hash_table_insert (self->flying, GUINT_TO_POINTER (wish->number), wish);
      library_engine_thumbnail_async (self->engine, wish->photo, SIDE, self->cancellable, on_bytes, flight);
    }
}

GdkTexture *
app_thumbnails_request (AppThumbnails *self, const LibraryPhoto *photo, AppThumbnailFunc callback, gpointer data, guint *number)
{
  gint64 key = (gint64) photo->id;
  GdkTexture *texture = g_hash_table_lookup (self->textures, &key);
  Wish *wish;

  *number = 0;
  if (texture)
    return texture;
  wish = g_new0 (Wish, 1);
  wish->number = *number = ++self->last_number;
  wish->photo = library_photo_copy (photo);
  wish->callback = callback;
  wish->data = data;
  g_queue_push_head (self->waiting, wish);
  start (self);
  return NULL;
}

void
app_thumbnails_withdraw (AppThumbnails *self, guint number)
{
  Wish *flying = g_hash_table_lookup (self->flying, GUINT_TO_POINTER (number));

  if (flying)
    flying->callback = NULL;
  for (GList *l = self->waiting->head; l; l = l->next)
    if (((Wish *) l->data)->number == number)
      {
        wish_free (l->data);
        g_queue_delete_link (self->waiting, l);
        return;
      }
}
