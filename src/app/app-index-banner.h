/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "library.h"

G_BEGIN_DECLS

/* Where indexing stands: counts, rate, time left, failures, Pause, Stop.  Hidden while nothing runs. */
#define APP_TYPE_INDEX_BANNER (app_index_banner_get_type ())
G_DECLARE_FINAL_TYPE (AppIndexBanner, app_index_banner, APP, INDEX_BANNER, GtkWidget)

void app_index_banner_start (AppIndexBanner *self);
void app_index_banner_update (AppIndexBanner *self, const LibraryProgress *progress);
void app_index_banner_stop (AppIndexBanner *self);

/* "1,234 of 40,000 photos, 87 a second, 7 minutes left" (transfer full) */
char *app_index_banner_describe (const LibraryProgress *progress);

G_END_DECLS
