/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "library.h"

G_BEGIN_DECLS

/* The files that could not be read, each with why. */
#define APP_TYPE_PROBLEMS_WINDOW (app_problems_window_get_type ())
G_DECLARE_FINAL_TYPE (AppProblemsWindow, app_problems_window, APP, PROBLEMS_WINDOW, AdwWindow)

GtkWidget *app_problems_window_new (GtkWindow *parent, LibraryEngine *engine);

G_END_DECLS
