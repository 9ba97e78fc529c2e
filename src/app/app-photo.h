/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library.h"

G_BEGIN_DECLS

/* One photograph as an object: what a list model holds.  Immutable. */
#define APP_TYPE_PHOTO (app_photo_get_type ())
G_DECLARE_FINAL_TYPE (AppPhoto, app_photo, APP, PHOTO, GObject)

/* With a score it is a search result. */
AppPhoto *app_photo_new (const LibraryPhoto *photo);
AppPhoto *app_photo_new_hit (const LibraryHit *hit);

const LibraryPhoto *app_photo_get (AppPhoto *self);
gboolean app_photo_has_score (AppPhoto *self);
float app_photo_get_score (AppPhoto *self);
gboolean app_photo_is_strong (AppPhoto *self);

/* The caption if there is one, else the file's name.  (transfer full) */
char *app_photo_dup_name (AppPhoto *self);
/* "0.71, a strong match" for a screen reader, or NULL.  (transfer full) */
char *app_photo_dup_description (AppPhoto *self);

G_END_DECLS
