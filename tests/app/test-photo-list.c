/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-photo-list.h"

typedef struct
{
  guint times, position, removed, added;
} Changes;

static void
count (GListModel *model, guint position, guint removed, guint added, Changes *changes)
{
  *changes = (Changes){ changes->times + 1, position, removed, added };
}

static LibraryPhoto *
photo_new (guint id)
{
  LibraryPhoto *photo = g_new0 (LibraryPhoto, 1);
  g_autofree char *path = g_strdup_printf ("/photos/%u.jpg", id);

  photo->id = id;
  photo->file = g_file_new_for_path (path);
  return photo;
}

/* `ids` ends with 0. */
static GPtrArray *
photos_new (const guint *ids)
{
  GPtrArray *photos = g_ptr_array_new_with_free_func ((GDestroyNotify) library_photo_free);

  for (; *ids; ids++)
    g_ptr_array_add (photos, photo_new (*ids));
  return photos;
}

static void
assert_shows (AppPhotoList *list, const guint *ids)
{
  guint i = 0;

  for (; ids[i]; i++)
    {
      g_autoptr (AppPhoto) photo = g_list_model_get_item (G_LIST_MODEL (list), i);

      g_assert_cmpuint (app_photo_get (photo)->id, ==, ids[i]);
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, i);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), i));
}

typedef struct
{
  guint before[6], after[6];
  Changes changes;
} Case;

static const Case cases[] = {
  { { 0 }, { 1, 2, 3 }, { 1, 0, 0, 3 } },
  { { 1, 2, 3 }, { 1, 2, 3 }, { 0, 0, 0, 0 } },
  { { 1, 2, 3 }, { 1, 2, 3, 4 }, { 1, 3, 0, 1 } },
  { { 1, 2, 3 }, { 9, 1, 2, 3 }, { 1, 0, 0, 1 } },
  { { 1, 2, 3 }, { 1, 8, 9, 3 }, { 1, 1, 1, 2 } },
  { { 1, 2, 3, 4 }, { 1, 4 }, { 1, 1, 2, 0 } },
  { { 7, 7, 7 }, { 7, 7 }, { 1, 2, 1, 0 } },
  { { 1, 2 }, { 0 }, { 1, 0, 2, 0 } },
};

static void
test_changes (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (AppPhotoList) list = app_photo_list_new ();
  Changes changes = { 0 };

  app_photo_list_set_photos (list, photos_new (one->before));
  assert_shows (list, one->before);
  g_signal_connect (list, "items-changed", G_CALLBACK (count), &changes);
  app_photo_list_set_photos (list, photos_new (one->after));
  assert_shows (list, one->after);
  g_assert_cmpmem (&changes, sizeof changes, &one->changes, sizeof changes);
}

/* The grid keeps its scroll position and selection by object. */
static void
test_keeps_objects (void)
{
  g_autoptr (AppPhotoList) list = app_photo_list_new ();
  g_autoptr (AppPhoto) first = NULL, last = NULL, first_after = NULL, last_after = NULL;

  app_photo_list_set_photos (list, photos_new ((guint[]){ 1, 2, 3, 0 }));
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  last = g_list_model_get_item (G_LIST_MODEL (list), 2);
  app_photo_list_set_photos (list, photos_new ((guint[]){ 1, 5, 6, 3, 0 }));
  first_after = g_list_model_get_item (G_LIST_MODEL (list), 0);
  last_after = g_list_model_get_item (G_LIST_MODEL (list), 3);
  g_assert_true (first == first_after && last == last_after);
}

static void
test_frees_objects (void)
{
  AppPhotoList *list = app_photo_list_new ();
  AppPhoto *photo;

  app_photo_list_set_photos (list, photos_new ((guint[]){ 1, 2, 0 }));
  photo = g_list_model_get_item (G_LIST_MODEL (list), 1);
  g_object_add_weak_pointer (G_OBJECT (photo), (gpointer *) &photo);
  g_object_unref (list);
  g_object_unref (photo);
  g_assert_null (photo);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/app/photo-list/changes/%u", i);

      g_test_add_data_func (path, &cases[i], test_changes);
    }
  g_test_add_func ("/app/photo-list/keeps-objects", test_keeps_objects);
  g_test_add_func ("/app/photo-list/frees-objects", test_frees_objects);
  return g_test_run ();
}
