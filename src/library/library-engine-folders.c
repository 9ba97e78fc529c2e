/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-folders.h"

#include "library-folders.h"

static void
folders_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LibraryEngine *self = source;
  GError *error = NULL;
  g_autoptr (LibraryStore) store = library_engine_open_store (self, &error);
  GPtrArray *states = store != NULL ? library_folders_get_states (store, &error) : NULL;

  if (states != NULL)
    g_task_return_pointer (task, states, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
library_engine_folders_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  g_task_set_source_tag (task, library_engine_folders_async);
  g_task_run_in_thread (task, folders_thread);
}

GPtrArray *
library_engine_folders_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, library_engine_folders_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

LibraryFollower *
library_engine_follow (LibraryEngine *self, GPtrArray *folders, const LibraryFollowerOptions *options, LibraryFollowerFunc func, gpointer data)
{
  g_autofree char *directory = NULL;
  g_autofree char *models = library_models_get_folder ();
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *skip[] = { NULL, library_thumbnails_get_folder (self->thumbnails), models, NULL };

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self) && folders != NULL, NULL);

  /* What a run writes itself would be followed by another run. */
  skip[0] = directory = library_store_resolve_directory (self->options.directory);
  for (guint i = 0; i < folders->len; i++)
    {
      char *path = g_file_get_path (g_ptr_array_index (folders, i));

      if (path != NULL)
        g_ptr_array_add (paths, path);
    }
  g_ptr_array_add (paths, NULL);
  return library_follower_new ((const char *const *) paths->pdata, skip, options, func, data);
}
