/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folders of the library are followed as long as the window is open. */
#include "config.h"

#include "app-window-private.h"

static void
changed (const char *const *folders, gboolean all, gpointer data)
{
  app_window_catch_up (data);
}

static GPtrArray *
get_files (GPtrArray *states)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < states->len; i++)
    g_ptr_array_add (files, g_object_ref (((LibraryFolderState *) g_ptr_array_index (states, i))->file));
  return files;
}

static gboolean
are_followed (AppWindow *self, GPtrArray *files)
{
  if (!self->followed || self->followed->len != files->len)
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    if (!g_file_equal (g_ptr_array_index (files, i), g_ptr_array_index (self->followed, i)))
      return FALSE;
  return TRUE;
}

static void
folders_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppWindow) self = data;
  g_autoptr (GPtrArray) states = library_engine_folders_finish (LIBRARY_ENGINE (source), result, NULL);
  g_autoptr (GPtrArray) files = states ? get_files (states) : NULL;
  gboolean first = !self->followed;

  /* What went wrong shows where photographs are listed. */
  if (!self->engine || !files || are_followed (self, files))
    return;
  g_clear_pointer (&self->follower, library_follower_free);
  g_clear_pointer (&self->followed, g_ptr_array_unref);
  self->follower = library_engine_follow (self->engine, files, NULL, changed, self);
  self->followed = g_steal_pointer (&files);
  if (first && self->followed->len > 0)
    app_window_catch_up (self);
}

void
app_window_follow (AppWindow *self)
{
  library_engine_folders_async (self->engine, NULL, folders_ready, g_object_ref (self));
}

void
app_window_unfollow (AppWindow *self)
{
  g_clear_pointer (&self->follower, library_follower_free);
  g_clear_pointer (&self->followed, g_ptr_array_unref);
}
