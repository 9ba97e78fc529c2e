/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-window-private.h"

#include <glib/gi18n.h>

#include "app-photo-cell.h"
#include "app-settings.h"

#define MAX_RESULTS 1000
#define TILE_SIDE 150
/* What changes shows after so many milliseconds, and not more often. */
#define REFRESH_INTERVAL 1000
#define LIST_ITEM "eidetic-list-item"

G_DEFINE_FINAL_TYPE (AppWindow, app_window, ADW_TYPE_APPLICATION_WINDOW)

void
app_window_toast (AppWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (self->toasts), adw_toast_new (markup));
}

AppPhoto *
app_window_get_selected (AppWindow *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

static void
show_page (AppWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), name);
}

void
app_window_update_page (AppWindow *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->photos)) > 0)
    show_page (self, "grid");
  else if (self->query)
    show_page (self, "nothing");
  else
    show_page (self, self->indexing ? "indexing" : "first-run");
  app_window_update_actions (self);
}

static void
show_failure (AppWindow *self, const GError *error)
{
  g_autofree char *markup = g_markup_escape_text (error->message, -1);

  if (g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY))
    {
      adw_status_page_set_description (ADW_STATUS_PAGE (self->nothing_page), markup);
      show_page (self, "nothing");
      return;
    }
  adw_status_page_set_title (ADW_STATUS_PAGE (self->failed_page), g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_MODEL) ? _ ("The Model Cannot Be Used") : _ ("The Library Cannot Be Read"));
  adw_status_page_set_description (ADW_STATUS_PAGE (self->failed_page), markup);
  show_page (self, "failed");
}

static void
name_query (AppWindow *self, const LibraryResults *results)
{
  g_autofree char *count = results->strong > 0 ? g_strdup_printf (ngettext ("%u good match", "%u good matches", (gulong) results->strong), (guint) results->strong)
                                               : g_strdup (_ ("No good match, only the closest"));
  g_autofree char *text = self->query_name ? g_strdup_printf ("%s · %s", self->query_name, count) : g_strdup (count);

  gtk_label_set_label (GTK_LABEL (self->query_label), text);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->query_revealer), TRUE);
}

static void
show_start (AppWindow *self)
{
  if (!self->fresh)
    return;
  self->fresh = FALSE;
  gtk_single_selection_set_selected (self->selection, 0);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
}

static void
results_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GError) error = NULL;
  LibraryResults *results = library_engine_search_finish (LIBRARY_ENGINE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!results)
    {
      show_failure (self, error);
      return;
    }
  name_query (self, results);
  app_photo_list_set_results (self->photos, results);
  show_start (self);
  app_window_update_page (self);
}

static void
photos_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GError) error = NULL;
  GPtrArray *photos = library_engine_list_finish (LIBRARY_ENGINE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!photos)
    {
      show_failure (self, error);
      return;
    }
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->query_revealer), FALSE);
  app_photo_list_set_photos (self->photos, photos);
  show_start (self);
  app_window_update_page (self);
}

void
app_window_refresh (AppWindow *self)
{
  g_cancellable_cancel (self->showing);
  g_clear_object (&self->showing);
  self->showing = g_cancellable_new ();
  if (self->query)
    library_engine_search_async (self->engine, self->query, MAX_RESULTS, self->showing, results_ready, g_object_ref (self));
  else
    library_engine_list_async (self->engine, self->showing, photos_ready, g_object_ref (self));
}

static gboolean
refresh_at_last (gpointer data)
{
  AppWindow *self = data;

  self->refresh = 0;
  app_window_refresh (self);
  return G_SOURCE_REMOVE;
}

/* Photographs were added or removed, here or by another program; while indexing it says so all the time. */
static void
photos_changed (AppWindow *self)
{
  if (self->engine && self->refresh == 0)
    self->refresh = g_timeout_add (REFRESH_INTERVAL, refresh_at_last, self);
}

void
app_window_show_query (AppWindow *self, LibraryQuery *query, const char *name)
{
  g_clear_pointer (&self->query, library_query_free);
  g_free (self->query_name);
  self->query_name = g_strdup (name);
  self->query = query;
  self->fresh = TRUE;
  adw_status_page_set_description (ADW_STATUS_PAGE (self->nothing_page), _ ("Try other words, or fewer."));
  app_window_refresh (self);
}

static void
search_changed (GtkSearchEntry *entry, AppWindow *self)
{
  g_autoptr (GError) error = NULL;
  LibraryQuery *query = library_query_parse (gtk_editable_get_text (GTK_EDITABLE (entry)), &error);

  if (!query)
    show_failure (self, error);
  else if (library_query_is_empty (query))
    {
      library_query_free (query);
      app_window_show_query (self, NULL, NULL);
    }
  else
    app_window_show_query (self, query, NULL);
}

/* ---- tiles ---- */

static void
setup_cell (GtkSignalListItemFactory *factory, GtkListItem *item, AppWindow *self)
{
  GtkWidget *cell = app_photo_cell_new (self->thumbnails, TILE_SIDE);

  /* The item owns the cell, and knows where in the list it stands now. */
  g_object_set_data (G_OBJECT (cell), LIST_ITEM, item);
  gtk_list_item_set_child (item, cell);
}

static void
bind_cell (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  app_photo_cell_set_photo (APP_PHOTO_CELL (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
unbind_cell (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  app_photo_cell_set_photo (APP_PHOTO_CELL (gtk_list_item_get_child (item)), NULL);
}

static void
setup_grid (AppWindow *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cell), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cell), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cell), NULL);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->photos)));
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (app_window_update_actions), self);
  gtk_grid_view_set_factory (GTK_GRID_VIEW (self->grid), factory);
  gtk_grid_view_set_model (GTK_GRID_VIEW (self->grid), GTK_SELECTION_MODEL (self->selection));
  g_object_unref (factory);
}

static void
open_photo (GtkGridView *grid, guint position, AppWindow *self)
{
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open", NULL);
}

/* The tile under a point becomes the selected one. */
static gboolean
select_at (AppWindow *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (self->grid, x, y, GTK_PICK_DEFAULT);
  GtkWidget *cell = widget ? gtk_widget_get_ancestor (widget, APP_TYPE_PHOTO_CELL) : NULL;

  if (!cell && widget)
    cell = gtk_widget_get_first_child (widget);
  if (!cell || !APP_IS_PHOTO_CELL (cell))
    return FALSE;
  gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (g_object_get_data (G_OBJECT (cell), LIST_ITEM)));
  return TRUE;
}

static void
clicked (GtkGestureClick *gesture, int presses, double x, double y, AppWindow *self)
{
  if (select_at (self, x, y))
    app_window_popup_menu (self, x, y);
}

static void
held (GtkGestureLongPress *gesture, double x, double y, AppWindow *self)
{
  if (select_at (self, x, y))
    app_window_popup_menu (self, x, y);
}

static void
setup_gestures (AppWindow *self)
{
  GtkGesture *click = gtk_gesture_click_new (), *press = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect (click, "pressed", G_CALLBACK (clicked), self);
  g_signal_connect (press, "pressed", G_CALLBACK (held), self);
  gtk_widget_add_controller (self->grid, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (self->grid, GTK_EVENT_CONTROLLER (press));
}

static gboolean
dropped (GtkDropTarget *target, const GValue *value, double x, double y, AppWindow *self)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_object_unref);

  for (GSList *at = g_value_get_boxed (value); at; at = at->next)
    if (g_file_query_file_type (at->data, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY)
      g_ptr_array_add (folders, g_object_ref (at->data));
  if (folders->len == 0)
    {
      app_window_toast (self, _ ("Drop a folder of photos, not single files"));
      return FALSE;
    }
  app_window_index (self, folders);
  return TRUE;
}

static void
setup_drop (AppWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (dropped), self);
  gtk_widget_add_css_class (self->toasts, "drop-target");
  gtk_widget_add_controller (self->toasts, GTK_EVENT_CONTROLLER (target));
}

/* ---- life ---- */

static gboolean
close_request (GtkWindow *window)
{
  AppWindow *self = APP_WINDOW (window);

  app_window_unfollow (self);
  app_window_stop_indexing (self);
  g_cancellable_cancel (self->showing);
  return GTK_WINDOW_CLASS (app_window_parent_class)->close_request (window);
}

static void
app_window_dispose (GObject *object)
{
  AppWindow *self = APP_WINDOW (object);

  app_window_unfollow (self);
  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_handle_id (&self->reveal, g_source_remove);
  g_clear_handle_id (&self->again, g_source_remove);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->photos);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->showing);
  g_clear_object (&self->indexing);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->query, library_query_free);
  g_clear_pointer (&self->query_name, g_free);
  G_OBJECT_CLASS (app_window_parent_class)->dispose (object);
}

static void
app_window_class_init (AppWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = app_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = close_request;
  g_type_ensure (APP_TYPE_INDEX_BANNER);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/eidetic/Eidetic/app-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, query_revealer);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, query_label);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, nothing_page);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, failed_page);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, scroller);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, grid);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, demo_revealer);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, AppWindow, photo_menu);
  app_window_class_add_actions (widget_class);
}

/* GTK gives the entry's own clear button no name. */
static void
name_clear_button (GtkWidget *entry)
{
  for (GtkWidget *child = gtk_widget_get_first_child (entry); child; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_IMAGE (child))
      gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Clear Search"), -1);
}

static void
app_window_init (AppWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  name_clear_button (self->search_entry);
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (self->search_entry), GTK_WIDGET (self));
  g_signal_connect (self->search_entry, "search-changed", G_CALLBACK (search_changed), self);
  g_signal_connect (self->grid, "activate", G_CALLBACK (open_photo), self);
}

static gboolean
wants_demo_notice (void)
{
  g_autoptr (GSettings) settings = app_settings_new ();

  return !settings || g_settings_get_boolean (settings, "demo-notice");
}

static void
tell_notice (AppWindow *self, const char *notice)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("The Library Was Damaged"), notice);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
status_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryStatus) status = library_engine_status_finish (LIBRARY_ENGINE (source), result, &error);

  if (status)
    gtk_revealer_set_reveal_child (GTK_REVEALER (self->demo_revealer), status->demo && wants_demo_notice ());
  if (status && status->notice)
    tell_notice (self, status->notice);
  if (g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_MODEL))
    app_window_toast (self, error->message); /* the photographs themselves can still be shown */
}

GtkWidget *
app_window_new (GtkApplication *application, LibraryEngine *engine)
{
  AppWindow *self = g_object_new (APP_TYPE_WINDOW, "application", application, NULL);

  app_settings_bind_window (GTK_WINDOW (self));
  self->engine = g_object_ref (engine);
  self->thumbnails = app_thumbnails_new (engine);
  self->photos = app_photo_list_new ();
  setup_grid (self);
  setup_gestures (self);
  setup_drop (self);
  g_signal_connect_object (engine, "photos-changed", G_CALLBACK (photos_changed), self, G_CONNECT_SWAPPED);
  app_window_refresh (self);
  library_engine_status_async (engine, NULL, status_ready, g_object_ref (self));
  app_window_follow (self);
  return GTK_WIDGET (self);
}
