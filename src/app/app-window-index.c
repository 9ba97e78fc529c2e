/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-window-private.h"

#include <glib/gi18n.h>

/* A run that nobody asked for shows itself after so many milliseconds. */
#define QUIET 2000
/* A run that found no space is tried again after so long. */
#define AGAIN_SECONDS 60

static void
on_progress (const LibraryProgress *progress, gpointer data)
{
  app_index_banner_update (APP_INDEX_BANNER (APP_WINDOW (data)->banner), progress);
}

static void
finished (AppWindow *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  g_clear_object (&self->indexing);
  g_clear_handle_id (&self->reveal, g_source_remove);
  library_pace_set_paused (library_engine_get_pace (self->engine), FALSE);
  app_index_banner_stop (APP_INDEX_BANNER (self->banner));
  if (!self->quiet)
    app_window_refresh (self);
  if (waiting && waiting->len > 0)
    app_window_index (self, waiting);
  else if (waiting)
    app_window_catch_up (self);
  else
    app_window_follow (self);
}

static gboolean
try_again (gpointer data)
{
  AppWindow *self = data;

  self->again = 0;
  app_window_catch_up (self);
  return G_SOURCE_REMOVE;
}

static void
index_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GError) error = NULL;
  LibraryProgress progress;

  if (!library_engine_index_finish (LIBRARY_ENGINE (source), result, &progress, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        app_window_toast (self, error->message);
      /* Space may come back without a sign in the folders. */
      if (self->engine && self->again == 0 && g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_STORAGE_FULL))
        self->again = g_timeout_add_seconds (AGAIN_SECONDS, try_again, self);
    }
  else if (progress.failed > 0 && !self->quiet)
    {
      g_autofree char *text = g_strdup_printf (ngettext ("%u file could not be read", "%u files could not be read", (gulong) progress.failed), (guint) progress.failed);

      app_window_toast (self, text);
    }
  /* A closed window has let go of everything already. */
  if (self->engine)
    finished (self);
}

static void
wait_with (AppWindow *self, GPtrArray *folders)
{
  if (!self->waiting)
    self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; folders && i < folders->len; i++)
    g_ptr_array_add (self->waiting, g_object_ref (g_ptr_array_index (folders, i)));
}

static void
begin (AppWindow *self, GPtrArray *folders, gboolean quiet)
{
  self->quiet = quiet;
  self->indexing = g_cancellable_new ();
  library_engine_index_async (self->engine, folders && folders->len > 0 ? folders : NULL, LIBRARY_INDEX_DEFAULT, on_progress, NULL, self, self->indexing, index_ready, g_object_ref (self));
}

static gboolean
reveal (gpointer data)
{
  AppWindow *self = data;

  self->reveal = 0;
  app_index_banner_start (APP_INDEX_BANNER (self->banner));
  return G_SOURCE_REMOVE;
}

void
app_window_index (AppWindow *self, GPtrArray *folders)
{
  g_return_if_fail (APP_IS_WINDOW (self));

  if (self->indexing)
    {
      wait_with (self, folders);
      return;
    }
  app_index_banner_start (APP_INDEX_BANNER (self->banner));
  app_window_refresh (self);
  begin (self, folders, FALSE);
}

void
app_window_catch_up (AppWindow *self)
{
  if (self->indexing)
    {
      wait_with (self, NULL);
      return;
    }
  self->reveal = g_timeout_add (QUIET, reveal, self);
  begin (self, NULL, TRUE);
}

void
app_window_stop_indexing (AppWindow *self)
{
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  if (self->indexing)
    g_cancellable_cancel (self->indexing);
}
