/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-problems-window.h"

#include <glib/gi18n.h>

struct _AppProblemsWindow
{
  AdwWindow parent_instance;

  /* template */
  GtkWidget *stack, *list, *none_page;
};

G_DEFINE_FINAL_TYPE (AppProblemsWindow, app_problems_window, ADW_TYPE_WINDOW)

static void
app_problems_window_class_init (AppProblemsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/eidetic/Eidetic/app-problems-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppProblemsWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AppProblemsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, AppProblemsWindow, none_page);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
app_problems_window_init (AppProblemsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
add_row (AppProblemsWindow *self, const LibraryProblem *problem)
{
  g_autofree char *base = g_file_get_basename (problem->file), *name = g_filename_display_name (base);
  g_autofree char *path = g_file_get_parse_name (problem->file);
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), problem->detail);
  gtk_widget_set_tooltip_text (row, path);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
}

static void
problems_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppProblemsWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = library_engine_problems_finish (LIBRARY_ENGINE (source), result, &error);

  if (error)
    adw_status_page_set_title (ADW_STATUS_PAGE (self->none_page), error->message);
  for (guint i = 0; problems && i < problems->len; i++)
    add_row (self, g_ptr_array_index (problems, i));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), problems && problems->len > 0 ? "list" : "none");
}

GtkWidget *
app_problems_window_new (GtkWindow *parent, LibraryEngine *engine)
{
  GtkWidget *self = g_object_new (APP_TYPE_PROBLEMS_WINDOW, "transient-for", parent, "modal", TRUE, NULL);

  library_engine_problems_async (engine, NULL, problems_ready, g_object_ref (self));
  return self;
}
