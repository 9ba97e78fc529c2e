/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-photo.h"
#include "app-thumbnails.h"

G_BEGIN_DECLS

/* A tile: the thumbnail, and in a search the score. */
#define APP_TYPE_PHOTO_CELL (app_photo_cell_get_type ())
G_DECLARE_FINAL_TYPE (AppPhotoCell, app_photo_cell, APP, PHOTO_CELL, GtkWidget)

/* side: the smallest width and height, in pixels. */
GtkWidget *app_photo_cell_new (AppThumbnails *thumbnails, int side);
/* NULL empties the tile and withdraws what it waits for. */
void app_photo_cell_set_photo (AppPhotoCell *self, AppPhoto *photo);

G_END_DECLS
