/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-photo.h"

#include <glib/gi18n-lib.h>

struct _AppPhoto
{
  GObject parent_instance;

  LibraryPhoto *photo;
  gboolean has_score, strong;
  float score;
};

G_DEFINE_FINAL_TYPE (AppPhoto, app_photo, G_TYPE_OBJECT)

static void
app_photo_finalize (GObject *object)
{
  AppPhoto *self = APP_PHOTO (object);

  g_clear_pointer (&self->photo, library_photo_free);
  G_OBJECT_CLASS (app_photo_parent_class)->finalize (object);
}

static void
app_photo_class_init (AppPhotoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = app_photo_finalize;
}

static void
app_photo_init (AppPhoto *self)
{
}

AppPhoto *
app_photo_new (const LibraryPhoto *photo)
{
  AppPhoto *self = g_object_new (APP_TYPE_PHOTO, NULL);

  self->photo = library_photo_copy (photo);
  return self;
}

AppPhoto *
app_photo_new_hit (const LibraryHit *hit)
{
  AppPhoto *self = app_photo_new (hit->photo);

  self->has_score = TRUE;
  self->score = hit->score;
  self->strong = hit->strong;
  return self;
}

const LibraryPhoto *
app_photo_get (AppPhoto *self)
{
  g_return_val_if_fail (APP_IS_PHOTO (self), NULL);
  return self->photo;
}

gboolean
app_photo_has_score (AppPhoto *self)
{
  return self->has_score;
}

float
app_photo_get_score (AppPhoto *self)
{
  return self->score;
}

gboolean
app_photo_is_strong (AppPhoto *self)
{
  return self->strong;
}

char *
app_photo_dup_name (AppPhoto *self)
{
  g_autofree char *base = NULL;

  if (self->photo->caption && *self->photo->caption)
    return g_strdup (self->photo->caption);
  base = g_file_get_basename (self->photo->file);
  return g_filename_display_name (base);
}

char *
app_photo_dup_description (AppPhoto *self)
{
  if (!self->has_score)
    return NULL;
  /* Translators: a search result's score and how good it is, read aloud. */
  return self->strong ? g_strdup_printf (_ ("%.2f, a strong match"), self->score)
                      : g_strdup_printf (_ ("%.2f, a weaker match"), self->score);
}
