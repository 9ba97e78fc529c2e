/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-photo.h"

G_BEGIN_DECLS

/* The photographs of the grid as a list model.  Items answer in constant time; objects are made when first asked for. */
#define APP_TYPE_PHOTO_LIST (app_photo_list_get_type ())
G_DECLARE_FINAL_TYPE (AppPhotoList, app_photo_list, APP, PHOTO_LIST, GObject)

AppPhotoList *app_photo_list_new (void);
/* photos: of LibraryPhoto, taken over.  Only what differs from before is reported as changed. */
void app_photo_list_set_photos (AppPhotoList *self, GPtrArray *photos);
/* results: taken over. */
void app_photo_list_set_results (AppPhotoList *self, LibraryResults *results);

G_END_DECLS
