/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-index-banner.h"
#include "app-photo-list.h"
#include "app-thumbnails.h"
#include "app-window.h"

G_BEGIN_DECLS

struct _AppWindow
{
  AdwApplicationWindow parent_instance;

  LibraryEngine *engine;
  AppThumbnails *thumbnails;
  AppPhotoList *photos;
  GtkSingleSelection *selection;

  /* The search that is shown; NULL: all photographs.  A newer one cancels what is under way. */
  LibraryQuery *query;
  char *query_name; /* for the bar above the results, NULL for words */
  GCancellable *showing;
  gboolean fresh; /* what comes is of another search than what is shown: it is seen from its start */

  GCancellable *indexing; /* NULL: nothing runs */
  GPtrArray *waiting;     /* folders for the next run, or NULL */
  gboolean quiet;         /* nobody asked for the run: it says nothing of what is known already */
  guint reveal;           /* a source that shows it after all */
  guint again;            /* a source that begins another */

  LibraryFollower *follower; /* NULL: not yet */
  GPtrArray *followed;       /* folders */

  guint refresh; /* a source that is about to show what changed */

  /* template */
  GtkWidget *search_entry, *query_revealer, *query_label, *toasts, *stack, *nothing_page, *failed_page, *scroller, *grid;
  GtkWidget *demo_revealer, *banner;
  GMenuModel *photo_menu;
  GtkWidget *popover;
};

/* Takes the query; NULL: all photographs. */
void app_window_show_query (AppWindow *self, LibraryQuery *query, const char *name);
/* Asks the library again for what is shown. */
void app_window_refresh (AppWindow *self);
void app_window_update_page (AppWindow *self);
void app_window_toast (AppWindow *self, const char *text);
AppPhoto *app_window_get_selected (AppWindow *self);
void app_window_stop_indexing (AppWindow *self);
/* Looks for changes in all folders without making much of it. */
void app_window_catch_up (AppWindow *self);

/* Follows the folders that the library has now, and catches up with them the first time. */
void app_window_follow (AppWindow *self);
void app_window_unfollow (AppWindow *self);

void app_window_class_add_actions (GtkWidgetClass *class);
void app_window_update_actions (AppWindow *self);
/* The menu of the selected photograph, at a point of the grid. */
void app_window_popup_menu (AppWindow *self, double x, double y);

G_END_DECLS
