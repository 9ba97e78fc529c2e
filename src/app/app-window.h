/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "library.h"

G_BEGIN_DECLS

/* The main window: the grid of all photographs, or of a search's results. */
#define APP_TYPE_WINDOW (app_window_get_type ())
G_DECLARE_FINAL_TYPE (AppWindow, app_window, APP, WINDOW, AdwApplicationWindow)

GtkWidget *app_window_new (GtkApplication *application, LibraryEngine *engine);
/* Adds folders (of GFile) to the library and indexes them; NULL: looks for changes in those it has.  Folders that come
 * while a run goes on are done after it. */
void app_window_index (AppWindow *self, GPtrArray *folders);

G_END_DECLS
