/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-photo-list.h"

/* What the list shows: photographs or results, and the objects made of them so far. */
typedef struct
{
  GPtrArray *photos;       /* of LibraryPhoto, or NULL */
  LibraryResults *results; /* or NULL */
  AppPhoto **objects;
  guint n;
} Contents;

struct _AppPhotoList
{
  GObject parent_instance;

  Contents now;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AppPhotoList, app_photo_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
contents_clear (Contents *contents)
{
  for (guint i = 0; i < contents->n; i++)
    g_clear_object (&contents->objects[i]);
  g_clear_pointer (&contents->objects, g_free);
  g_clear_pointer (&contents->photos, g_ptr_array_unref);
  g_clear_pointer (&contents->results, library_results_free);
  contents->n = 0;
}

static const LibraryPhoto *
contents_photo (const Contents *contents, guint i)
{
  return contents->photos ? contents->photos->pdata[i] : ((LibraryHit *) contents->results->hits->pdata[i])->photo;
}

static gboolean
same (const Contents *a, guint i, const Contents *b, guint j)
{
  const LibraryPhoto *x = contents_photo (a, i), *y = contents_photo (b, j);

  /* A result of another search has another score, so it is another item. */
  return !a->results && !b->results && x->id == y->id && !g_strcmp0 (x->caption, y->caption) && g_file_equal (x->file, y->file);
}

static void
replace (AppPhotoList *self, Contents next)
{
  Contents before = self->now;
  guint head = 0, tail = 0, most = MIN (before.n, next.n);

  while (head < most && same (&before, head, &next, head))
    {
      next.objects[head] = g_steal_pointer (&before.objects[head]);
      head++;
    }
  while (tail < most - head && same (&before, before.n - 1 - tail, &next, next.n - 1 - tail))
    {
      next.objects[next.n - 1 - tail] = g_steal_pointer (&before.objects[before.n - 1 - tail]);
      tail++;
    }
  self->now = next;
  if (before.n != next.n || head + tail < next.n)
    g_list_model_items_changed (G_LIST_MODEL (self), head, before.n - head - tail, next.n - head - tail);
  contents_clear (&before);
}

void
app_photo_list_set_photos (AppPhotoList *self, GPtrArray *photos)
{
  g_return_if_fail (APP_IS_PHOTO_LIST (self));
  replace (self, (Contents){ photos, NULL, g_new0 (AppPhoto *, photos->len), photos->len });
}

void
app_photo_list_set_results (AppPhotoList *self, LibraryResults *results)
{
  g_return_if_fail (APP_IS_PHOTO_LIST (self));
  replace (self, (Contents){ NULL, results, g_new0 (AppPhoto *, results->hits->len), results->hits->len });
}

static GType
get_item_type (GListModel *model)
{
  return APP_TYPE_PHOTO;
}

static guint
get_n_items (GListModel *model)
{
  return APP_PHOTO_LIST (model)->now.n;
}

static gpointer
get_item (GListModel *model, guint i)
{
  Contents *contents = &APP_PHOTO_LIST (model)->now;

  if (i >= contents->n)
    return NULL;
  if (!contents->objects[i])
    contents->objects[i] = contents->photos ? app_photo_new (contents->photos->pdata[i]) : app_photo_new_hit (contents->results->hits->pdata[i]);
  return g_object_ref (contents->objects[i]);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
app_photo_list_finalize (GObject *object)
{
  contents_clear (&APP_PHOTO_LIST (object)->now);
  G_OBJECT_CLASS (app_photo_list_parent_class)->finalize (object);
}

static void
app_photo_list_class_init (AppPhotoListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = app_photo_list_finalize;
}

static void
app_photo_list_init (AppPhotoList *self)
{
}

AppPhotoList *
app_photo_list_new (void)
{
  return g_object_new (APP_TYPE_PHOTO_LIST, NULL);
}
