/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-index-banner.h"

#include <glib/gi18n-lib.h>

struct _AppIndexBanner
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *revealer, *label, *bar, *problems_button, *pause_button, *stop_button;
};

G_DEFINE_FINAL_TYPE (AppIndexBanner, app_index_banner, GTK_TYPE_WIDGET)

static void
app_index_banner_dispose (GObject *object)
{
  g_clear_pointer (&APP_INDEX_BANNER (object)->revealer, gtk_widget_unparent);
  G_OBJECT_CLASS (app_index_banner_parent_class)->dispose (object);
}

static void
app_index_banner_class_init (AppIndexBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = app_index_banner_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/eidetic/Eidetic/app-index-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, label);
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, bar);
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, problems_button);
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, pause_button);
  gtk_widget_class_bind_template_child (widget_class, AppIndexBanner, stop_button);
}

static void
app_index_banner_init (AppIndexBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
describe_time (double seconds)
{
  guint minutes = (guint) (seconds / 60 + 0.5), hours = (minutes + 30) / 60;

  if (minutes < 1)
    return g_strdup (_ ("less than a minute left"));
  if (minutes < 90)
    return g_strdup_printf (ngettext ("%u minute left", "%u minutes left", minutes), minutes);
  return g_strdup_printf (ngettext ("%u hour left", "%u hours left", hours), hours);
}

/* What it waits for, or NULL. */
static const char *
describe_state (const LibraryProgress *progress)
{
  if (progress->state == LIBRARY_INDEX_PAUSED)
    return _ ("paused");
  return progress->state == LIBRARY_INDEX_WAITING_FOR_MAINS ? _ ("waiting for mains power") : NULL;
}

char *
app_index_banner_describe (const LibraryProgress *progress)
{
  const char *state = describe_state (progress);
  g_autofree char *time = NULL;

  if (progress->total == 0 && state == NULL)
    return g_strdup (_ ("Looking for photos…"));
  if (state)
    /* Translators: “1,234 of 40,000 photos, paused”. */
    return g_strdup_printf (ngettext ("%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photo, %s", "%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photos, %s", (gulong) progress->total),
                            progress->done, progress->total, state);
  if (progress->scanning || progress->seconds_left < 0 || progress->photos_per_second < 0.1)
    /* Translators: done and known so far, as in “1,234 of 40,000 photos”. */
    return g_strdup_printf (ngettext ("%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photo", "%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photos", (gulong) progress->total),
                            progress->done, progress->total);
  time = describe_time (progress->seconds_left);
  /* Translators: “1,234 of 40,000 photos, 87 a second, 7 minutes left”. */
  return g_strdup_printf (ngettext ("%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photo, %.0f a second, %s", "%'" G_GUINT64_FORMAT " of %'" G_GUINT64_FORMAT " photos, %.0f a second, %s", (gulong) progress->total),
                          progress->done, progress->total, progress->photos_per_second, time);
}

static void
show_failures (AppIndexBanner *self, guint64 failed)
{
  g_autofree char *text = g_strdup_printf (ngettext ("%" G_GUINT64_FORMAT " could not be read", "%" G_GUINT64_FORMAT " could not be read", (gulong) failed), failed);

  gtk_widget_set_visible (self->problems_button, failed > 0);
  gtk_button_set_label (GTK_BUTTON (self->problems_button), text);
}

static void
show_pause (AppIndexBanner *self, gboolean paused)
{
  const char *name = paused ? _ ("Resume") : _ ("Pause");

  gtk_button_set_icon_name (GTK_BUTTON (self->pause_button), paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (self->pause_button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause_button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
app_index_banner_start (AppIndexBanner *self)
{
  LibraryProgress nothing = { .scanning = TRUE };

  app_index_banner_update (self, &nothing);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), TRUE);
}

void
app_index_banner_update (AppIndexBanner *self, const LibraryProgress *progress)
{
  g_autofree char *text = app_index_banner_describe (progress);

  gtk_label_set_label (GTK_LABEL (self->label), text);
  if (progress->total > 0)
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), MIN (1.0, (double) (progress->done + progress->failed + progress->ignored) / progress->total));
  else
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (self->bar));
  show_failures (self, progress->failed);
  show_pause (self, progress->state == LIBRARY_INDEX_PAUSED);
}

void
app_index_banner_stop (AppIndexBanner *self)
{
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->revealer), FALSE);
}
