/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "app-photo.h"
#include "app-thumbnails.h"

G_BEGIN_DECLS

/**
 * AppSimilarDialog:
 *
 * A photograph, less of, more of, and how strongly; the best results change with every letter.
 *
 * Signals: "accepted" (the person wants to see all results in the window).
 */
#define APP_TYPE_SIMILAR_DIALOG (app_similar_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppSimilarDialog, app_similar_dialog, APP, SIMILAR_DIALOG, AdwWindow)

GtkWidget *app_similar_dialog_new (GtkWindow *parent, LibraryEngine *engine, AppThumbnails *thumbnails, AppPhoto *photo);
/* (transfer full) */
LibraryQuery *app_similar_dialog_dup_query (AppSimilarDialog *self);
/* "Similar to “boat”, less “red”, more “blue”" (transfer full) */
char *app_similar_dialog_dup_name (AppSimilarDialog *self);

G_END_DECLS
