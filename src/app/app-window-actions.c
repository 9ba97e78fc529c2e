/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-window-private.h"

#include <glib/gi18n.h>

#include "app-problems-window.h"
#include "app-settings.h"
#include "app-similar-dialog.h"

static void
index_one (AppWindow *self, GFile *folder)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (folders, g_object_ref (folder));
  app_window_index (self, folders);
}

static void
folder_chosen (GtkNativeDialog *dialog, int response, AppWindow *self)
{
  g_autoptr (GFile) folder = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (folder)
    index_one (self, folder);
  g_object_unref (dialog);
}

static void
add_folder (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_ ("Add a Folder of Photos"), GTK_WINDOW (widget), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Add"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (folder_chosen), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
try_samples (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) samples = library_engine_get_samples (APP_WINDOW (widget)->engine);

  index_one (APP_WINDOW (widget), samples);
}

static void
search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (APP_WINDOW (widget)->search_entry);
}

static void
clear_search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppWindow *self = APP_WINDOW (widget);

  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  app_window_show_query (self, NULL, NULL);
}

static void
rescan (GtkWidget *widget, const char *name, GVariant *parameter)
{
  app_window_index (APP_WINDOW (widget), NULL);
}

static void
problems (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_window_present (GTK_WINDOW (app_problems_window_new (GTK_WINDOW (widget), APP_WINDOW (widget)->engine)));
}

static void
stop_indexing (GtkWidget *widget, const char *name, GVariant *parameter)
{
  app_window_stop_indexing (APP_WINDOW (widget));
}

static void
pause_indexing (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LibraryPace *pace = library_engine_get_pace (APP_WINDOW (widget)->engine);
  LibraryPaceSettings settings;

  library_pace_get_settings (pace, &settings);
  library_pace_set_paused (pace, !settings.paused);
}

static void
retry (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_stack_set_visible_child_name (GTK_STACK (APP_WINDOW (widget)->stack), "loading");
  app_window_refresh (APP_WINDOW (widget));
}

static void
launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!g_app_info_launch_default_for_uri_finish (result, &error))
    app_window_toast (self, error->message);
}

static void
launch (AppWindow *self, GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);

  g_app_info_launch_default_for_uri_async (uri, NULL, NULL, launched, g_object_ref (self));
}

static void
open_selected (GtkWidget *widget, const char *name, GVariant *parameter)
{
  launch (APP_WINDOW (widget), app_photo_get (app_window_get_selected (APP_WINDOW (widget)))->file);
}

static void
show_in_files (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) folder = g_file_get_parent (app_photo_get (app_window_get_selected (APP_WINDOW (widget)))->file);

  launch (APP_WINDOW (widget), folder);
}

static void
find_similar (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppWindow *self = APP_WINDOW (widget);
  AppPhoto *photo = app_window_get_selected (self);
  g_autofree char *of = app_photo_dup_name (photo);
  g_autofree char *text = g_strdup_printf (_ ("Similar to “%s”"), of);
  LibraryQuery *query = library_query_new ();

  query->similar = g_object_ref (app_photo_get (photo)->file);
  app_window_show_query (self, query, text);
}

static void
show_similar_but (AppSimilarDialog *dialog, AppWindow *self)
{
  g_autofree char *text = app_similar_dialog_dup_name (dialog);

  app_window_show_query (self, app_similar_dialog_dup_query (dialog), text);
}

static void
find_similar_but (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppWindow *self = APP_WINDOW (widget);
  GtkWidget *dialog = app_similar_dialog_new (GTK_WINDOW (self), self->engine, self->thumbnails, app_window_get_selected (self));

  g_signal_connect_object (dialog, "accepted", G_CALLBACK (show_similar_but), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
about_models (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (widget), _ ("Use a Real Model"), NULL);

  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               _ ("The bundled model is small and knows only drawings like the sample photos.  For photographs, get a model folder as "
                                  "OpenCLIP publishes it and choose it once in a terminal:\n\neidetic-cli models use FOLDER"));
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
dismiss_demo_notice (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GSettings) settings = app_settings_new ();

  gtk_revealer_set_reveal_child (GTK_REVEALER (APP_WINDOW (widget)->demo_revealer), FALSE);
  if (settings)
    g_settings_set_boolean (settings, "demo-notice", FALSE);
}

static void
popup_menu (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppWindow *self = APP_WINDOW (widget);
  GtkWidget *child = gtk_widget_get_focus_child (self->grid);
  graphene_point_t at = { 0, 0 };

  if (app_window_get_selected (self) == NULL)
    return;
  if (child && !gtk_widget_compute_point (child, self->grid, &GRAPHENE_POINT_INIT (24, 24), &at))
    at = GRAPHENE_POINT_INIT (0, 0);
  app_window_popup_menu (self, at.x, at.y);
}

void
app_window_popup_menu (AppWindow *self, double x, double y)
{
  if (!self->popover)
    {
      self->popover = gtk_popover_menu_new_from_model (self->photo_menu);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
      gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
      gtk_widget_set_parent (self->popover, self->stack);
    }
  gtk_widget_translate_coordinates (self->grid, self->stack, x, y, &x, &y);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

void
app_window_update_actions (AppWindow *self)
{
  static const char *const of_one[] = { "win.open", "win.show-in-files", "win.find-similar", "win.find-similar-but" };
  gboolean one = self->selection && app_window_get_selected (self) != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (of_one); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), of_one[i], one);
}

void
app_window_class_add_actions (GtkWidgetClass *class)
{
  static const struct
  {
    const char *name;
    GtkWidgetActionActivateFunc run;
  } actions[] = {
    { "win.add-folder", add_folder },
    { "win.try-samples", try_samples },
    { "win.search", search },
    { "win.clear-search", clear_search },
    { "win.rescan", rescan },
    { "win.problems", problems },
    { "win.stop-indexing", stop_indexing },
    { "win.pause-indexing", pause_indexing },
    { "win.retry", retry },
    { "win.open", open_selected },
    { "win.show-in-files", show_in_files },
    { "win.find-similar", find_similar },
    { "win.find-similar-but", find_similar_but },
    { "win.about-models", about_models },
    { "win.dismiss-demo-notice", dismiss_demo_notice },
    { "win.menu", popup_menu },
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (class, actions[i].name, NULL, actions[i].run);
  gtk_widget_class_add_binding_action (class, GDK_KEY_Menu, 0, "win.menu", NULL);
  gtk_widget_class_add_binding_action (class, GDK_KEY_F10, GDK_SHIFT_MASK, "win.menu", NULL);
  gtk_widget_class_add_binding_action (class, GDK_KEY_Escape, 0, "win.clear-search", NULL);
}
