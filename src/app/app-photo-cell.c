/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-photo-cell.h"

struct _AppPhotoCell
{
  GtkWidget parent_instance;

  /* owned */
  AppThumbnails *thumbnails;
  AppPhoto *photo;
  guint wish;
  int side;

  /* template */
  GtkWidget *overlay, *picture, *broken, *badge, *star, *score;
};

G_DEFINE_FINAL_TYPE (AppPhotoCell, app_photo_cell, GTK_TYPE_WIDGET)

static void
app_photo_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  /* Square, whatever the picture: a tile is as high as it is wide. */
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL && for_size > 0 ? for_size : APP_PHOTO_CELL (widget)->side;
  *minimum_baseline = *natural_baseline = -1;
}

static GtkSizeRequestMode
app_photo_cell_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
app_photo_cell_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AppPhotoCell *self = APP_PHOTO_CELL (widget);
  int ignored;

  gtk_widget_measure (self->overlay, GTK_ORIENTATION_HORIZONTAL, -1, &ignored, NULL, NULL, NULL);
  gtk_widget_size_allocate (self->overlay, &(GtkAllocation){ 0, 0, width, height }, baseline);
}

static void
app_photo_cell_dispose (GObject *object)
{
  AppPhotoCell *self = APP_PHOTO_CELL (object);

  if (self->overlay)
    app_photo_cell_set_photo (self, NULL);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->thumbnails);
  G_OBJECT_CLASS (app_photo_cell_parent_class)->dispose (object);
}

static void
app_photo_cell_class_init (AppPhotoCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = app_photo_cell_dispose;
  widget_class->measure = app_photo_cell_measure;
  widget_class->get_request_mode = app_photo_cell_get_request_mode;
  widget_class->size_allocate = app_photo_cell_size_allocate;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/eidetic/Eidetic/app-photo-cell.ui");
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, overlay);
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, picture);
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, broken);
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, badge);
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, star);
  gtk_widget_class_bind_template_child (widget_class, AppPhotoCell, score);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
app_photo_cell_init (AppPhotoCell *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
app_photo_cell_new (AppThumbnails *thumbnails, int side)
{
  AppPhotoCell *self = g_object_new (APP_TYPE_PHOTO_CELL, NULL);

  self->thumbnails = g_object_ref (thumbnails);
  self->side = side;
  return GTK_WIDGET (self);
}

static void
show_texture (GdkTexture *texture, gpointer data)
{
  AppPhotoCell *self = data;

  self->wish = 0;
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->broken, texture == NULL);
}

static void
show_score (AppPhotoCell *self)
{
  g_autofree char *text = NULL;
  gboolean strong = app_photo_is_strong (self->photo);

  gtk_widget_set_visible (self->badge, app_photo_has_score (self->photo));
  if (!app_photo_has_score (self->photo))
    return;
  text = g_strdup_printf ("%.2f", app_photo_get_score (self->photo));
  gtk_label_set_label (GTK_LABEL (self->score), text);
  gtk_widget_set_visible (self->star, strong);
  if (strong)
    gtk_widget_remove_css_class (self->badge, "weak");
  else
    gtk_widget_add_css_class (self->badge, "weak");
}

/* A screen reader meets the tile and, around it, the list's own item: both say what the picture is. */
static void
name_widgets (AppPhotoCell *self)
{
  g_autofree char *name = app_photo_dup_name (self->photo), *description = app_photo_dup_description (self->photo);
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));

  gtk_picture_set_alternative_text (GTK_PICTURE (self->picture), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (item)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, name, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description ? description : "", -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), name);
}

void
app_photo_cell_set_photo (AppPhotoCell *self, AppPhoto *photo)
{
  GdkTexture *texture;

  if (self->wish)
    app_thumbnails_withdraw (self->thumbnails, self->wish);
  self->wish = 0;
  g_set_object (&self->photo, photo);
  gtk_widget_set_visible (self->broken, FALSE);
  gtk_picture_set_paintable (GTK_PICTURE (self->picture), NULL);
  if (!photo)
    return;
  name_widgets (self);
  show_score (self);
  texture = app_thumbnails_request (self->thumbnails, app_photo_get (photo), show_texture, self, &self->wish);
  if (texture)
    show_texture (texture, self);
}
