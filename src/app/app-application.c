/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-application.h"

#include <glib/gi18n.h>

#include "app-window.h"

struct _AppApplication
{
  AdwApplication parent_instance;

  LibraryEngine *engine;
  char *library, *model, *device;
};

G_DEFINE_FINAL_TYPE (AppApplication, app_application, ADW_TYPE_APPLICATION)

static LibraryEngine *
get_engine (AppApplication *self)
{
  LibraryOptions options = { self->library, self->model, self->device, -1 };

  if (!self->engine)
    self->engine = library_engine_new (&options);
  return self->engine;
}

static GtkWindow *
get_window (AppApplication *self)
{
  for (GList *at = gtk_application_get_windows (GTK_APPLICATION (self)); at; at = at->next)
    if (APP_IS_WINDOW (at->data))
      return at->data;
  return GTK_WINDOW (app_window_new (GTK_APPLICATION (self), get_engine (self)));
}

static void
app_application_activate (GApplication *application)
{
  gtk_window_present (get_window (APP_APPLICATION (application)));
}

static void
app_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  GtkWindow *window = get_window (APP_APPLICATION (application));
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_object_unref);

  for (int i = 0; i < n_files; i++)
    g_ptr_array_add (folders, g_object_ref (files[i]));
  gtk_window_present (window);
  app_window_index (APP_WINDOW (window), folders);
}

static void
quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));

  for (GList *at = windows; at; at = at->next)
    gtk_window_close (at->data);
  g_list_free (windows);
}

static void
about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *developers[] = { "The Eidetic developers", NULL };

  adw_show_about_window (gtk_application_get_active_window (data),
                         "application-name", "Eidetic",
                         "application-icon", EIDETIC_APP_ID,
                         "version", EIDETIC_VERSION,
                         "license-type", GTK_LICENSE_GPL_3_0,
                         "developers", developers,
                         "comments", _ ("Find photos by what you remember"),
                         NULL);
}

static void
set_accelerators (GtkApplication *application)
{
  static const struct
  {
    const char *action, *keys[3];
  } table[] = {
    { "win.search", { "<Control>f" } },
    { "win.add-folder", { "<Control>o" } },
    { "win.rescan", { "F5" } },
    { "win.find-similar", { "<Control>m" } },
    { "win.find-similar-but", { "<Control><Shift>m" } },
    { "window.close", { "<Control>w" } },
    { "app.quit", { "<Control>q" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_application_set_accels_for_action (application, table[i].action, (const char *const *) table[i].keys);
}

static void
app_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = { { "quit", quit }, { "about", about } };

  G_APPLICATION_CLASS (app_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions), application);
  set_accelerators (GTK_APPLICATION (application));
}

static void
app_application_finalize (GObject *object)
{
  AppApplication *self = APP_APPLICATION (object);

  if (self->engine)
    library_engine_close (self->engine);
  g_clear_object (&self->engine);
  g_free (self->library);
  g_free (self->model);
  g_free (self->device);
  G_OBJECT_CLASS (app_application_parent_class)->finalize (object);
}

static void
app_application_class_init (AppApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = app_application_finalize;
  application_class->startup = app_application_startup;
  application_class->activate = app_application_activate;
  application_class->open = app_application_open;
}

static void
app_application_init (AppApplication *self)
{
  const GOptionEntry entries[] = {
    { "library", 0, 0, G_OPTION_ARG_FILENAME, &self->library, N_ ("Use the library in this folder"), N_ ("FOLDER") },
    { "model", 0, 0, G_OPTION_ARG_STRING, &self->model, N_ ("Use this model, by folder or name"), N_ ("MODEL") },
    { "device", 0, 0, G_OPTION_ARG_STRING, &self->device, N_ ("Compute on this device"), N_ ("DEVICE") },
    G_OPTION_ENTRY_NULL,
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FOLDER…]"));
}

AppApplication *
app_application_new (void)
{
  return g_object_new (APP_TYPE_APPLICATION, "application-id", EIDETIC_APP_ID, "resource-base-path", "/io/github/eidetic/Eidetic",
                       "flags", G_APPLICATION_HANDLES_OPEN, NULL);
}
