/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-similar-dialog.h"

#include <glib/gi18n.h>

#include "app-photo-cell.h"

#define N_RESULTS 8
#define RESULT_SIDE 112
#define TYPING_PAUSE_MS 150

struct _AppSimilarDialog
{
  AdwWindow parent_instance;

  LibraryEngine *engine;
  AppThumbnails *thumbnails;
  AppPhoto *photo;
  GCancellable *searching;
  guint pause, wish;

  /* template */
  GtkWidget *picture, *less_row, *more_row, *strength, *message, *results, *show_button;
};

G_DEFINE_FINAL_TYPE (AppSimilarDialog, app_similar_dialog, ADW_TYPE_WINDOW)

static guint accepted_signal;

static char *
dup_words (GtkWidget *row)
{
  char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  if (*text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

LibraryQuery *
app_similar_dialog_dup_query (AppSimilarDialog *self)
{
  LibraryQuery *query = library_query_new ();

  query->similar = g_object_ref (app_photo_get (self->photo)->file);
  query->less = dup_words (self->less_row);
  query->more = dup_words (self->more_row);
  query->strength = (float) gtk_range_get_value (GTK_RANGE (self->strength));
  return query;
}

char *
app_similar_dialog_dup_name (AppSimilarDialog *self)
{
  g_autofree char *name = app_photo_dup_name (self->photo);
  g_autofree char *less = dup_words (self->less_row), *more = dup_words (self->more_row);

  if (less && more)
    return g_strdup_printf (_ ("Similar to “%s”, less “%s”, more “%s”"), name, less, more);
  if (less)
    return g_strdup_printf (_ ("Similar to “%s”, less “%s”"), name, less);
  if (more)
    return g_strdup_printf (_ ("Similar to “%s”, more “%s”"), name, more);
  return g_strdup_printf (_ ("Similar to “%s”"), name);
}

static void
add_result (AppSimilarDialog *self, const LibraryHit *hit)
{
  GtkWidget *cell = app_photo_cell_new (self->thumbnails, RESULT_SIDE), *child = gtk_flow_box_child_new ();
  g_autoptr (AppPhoto) photo = app_photo_new_hit (hit);

  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), cell);
  app_photo_cell_set_photo (APP_PHOTO_CELL (cell), photo);
  gtk_flow_box_append (GTK_FLOW_BOX (self->results), child);
}

static void
results_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppSimilarDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryResults) results = library_engine_search_finish (LIBRARY_ENGINE (source), result, &error);
  GtkWidget *child;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->photo)
    return;
  while ((child = gtk_widget_get_first_child (self->results)) != NULL)
    gtk_flow_box_remove (GTK_FLOW_BOX (self->results), child);
  gtk_label_set_label (GTK_LABEL (self->message), error ? error->message : results->hits->len > 0 ? _ ("The most similar photos")
                                                                                                  : _ ("There are no other photos"));
  for (guint i = 0; results && i < results->hits->len; i++)
    add_result (self, g_ptr_array_index (results->hits, i));
}

static gboolean
search_now (gpointer data)
{
  AppSimilarDialog *self = data;
  g_autoptr (LibraryQuery) query = app_similar_dialog_dup_query (self);

  self->pause = 0;
  g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  self->searching = g_cancellable_new ();
  library_engine_search_async (self->engine, query, N_RESULTS, self->searching, results_ready, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
changed (AppSimilarDialog *self)
{
  g_clear_handle_id (&self->pause, g_source_remove);
  self->pause = g_timeout_add (TYPING_PAUSE_MS, search_now, self);
}

static void
accept (AppSimilarDialog *self)
{
  g_signal_emit (self, accepted_signal, 0);
  gtk_window_close (GTK_WINDOW (self));
}

static void
show_picture (GdkTexture *texture, gpointer data)
{
  AppSimilarDialog *self = data;

  self->wish = 0;
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
}

static void
app_similar_dialog_dispose (GObject *object)
{
  AppSimilarDialog *self = APP_SIMILAR_DIALOG (object);

  g_clear_handle_id (&self->pause, g_source_remove);
  if (self->wish)
    app_thumbnails_withdraw (self->thumbnails, self->wish);
  self->wish = 0;
  g_cancellable_cancel (self->searching);
  g_clear_object (&self->searching);
  g_clear_object (&self->photo);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (app_similar_dialog_parent_class)->dispose (object);
}

static void
app_similar_dialog_class_init (AppSimilarDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = app_similar_dialog_dispose;
  accepted_signal = g_signal_new ("accepted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/eidetic/Eidetic/app-similar-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, picture);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, less_row);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, more_row);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, strength);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, message);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, results);
  gtk_widget_class_bind_template_child (widget_class, AppSimilarDialog, show_button);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
app_similar_dialog_init (AppSimilarDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_scale_add_mark (GTK_SCALE (self->strength), 1.0, GTK_POS_BOTTOM, NULL);
  gtk_scale_add_mark (GTK_SCALE (self->strength), 1.5, GTK_POS_BOTTOM, NULL);
  g_signal_connect_swapped (self->less_row, "changed", G_CALLBACK (changed), self);
  g_signal_connect_swapped (self->more_row, "changed", G_CALLBACK (changed), self);
  g_signal_connect_swapped (self->less_row, "entry-activated", G_CALLBACK (accept), self);
  g_signal_connect_swapped (self->more_row, "entry-activated", G_CALLBACK (accept), self);
  g_signal_connect_swapped (self->strength, "value-changed", G_CALLBACK (changed), self);
  g_signal_connect_swapped (self->show_button, "clicked", G_CALLBACK (accept), self);
}

GtkWidget *
app_similar_dialog_new (GtkWindow *parent, LibraryEngine *engine, AppThumbnails *thumbnails, AppPhoto *photo)
{
  AppSimilarDialog *self = g_object_new (APP_TYPE_SIMILAR_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
  g_autofree char *name = app_photo_dup_name (photo);
  GdkTexture *texture;

  self->engine = g_object_ref (engine);
  self->thumbnails = g_object_ref (thumbnails);
  self->photo = g_object_ref (photo);
  gtk_picture_set_alternative_text (GTK_PICTURE (self->picture), name);
  texture = app_thumbnails_request (thumbnails, app_photo_get (photo), show_picture, self, &self->wish);
  if (texture)
    show_picture (texture, self);
  gtk_widget_grab_focus (self->less_row);
  search_now (self);
  return GTK_WIDGET (self);
}
