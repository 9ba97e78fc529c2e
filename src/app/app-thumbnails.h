/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "library.h"

G_BEGIN_DECLS

/**
 * AppThumbnails:
 *
 * Thumbnails as textures: at most a few are fetched at once, the newest wishes first (they are what is on the screen),
 * and the last few hundred are kept.  Main thread.
 */
#define APP_TYPE_THUMBNAILS (app_thumbnails_get_type ())
G_DECLARE_FINAL_TYPE (AppThumbnails, app_thumbnails, APP, THUMBNAILS, GObject)

AppThumbnails *app_thumbnails_new (LibraryEngine *engine);

/* texture is NULL where the photograph could not be read. */
typedef void (*AppThumbnailFunc) (GdkTexture *texture, gpointer data);

/* The texture if it is at hand (borrowed); else NULL, and `callback` is called once it is there, unless withdrawn.
 * Returns the wish's number in `wish`, 0 if there is none to withdraw. */
GdkTexture *app_thumbnails_request (AppThumbnails *self, const LibraryPhoto *photo, AppThumbnailFunc callback, gpointer data, guint *wish);
void app_thumbnails_withdraw (AppThumbnails *self, guint wish);

G_END_DECLS
