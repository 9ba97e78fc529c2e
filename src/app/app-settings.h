/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The application's settings, or NULL where its schema is not installed (a program run straight from a build folder):
 * everything works without, nothing is remembered.  (transfer full) (nullable) */
GSettings *app_settings_new (void);

/* Gives the window the size that the last one had, and remembers this one's. */
void app_settings_bind_window (GtkWindow *window);

G_END_DECLS
