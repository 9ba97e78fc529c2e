/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-folders.h"

#include "library-folders.h"
#include "library-wire.h"

static gpointer
list_folders (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);

  return store != NULL ? library_folders_get_states (store, error) : NULL;
}

const LibraryJobKind library_job_folders = {
  .name = "folders",
  .request_type = "b",
  .reply_type = LIBRARY_WIRE_FOLDERS,
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = (gpointer) library_wire_pack_folders,
  .unpack_reply = (gpointer) library_wire_unpack_folders,
  .free_reply = (GDestroyNotify) g_ptr_array_unref,
  .run = list_folders,
};

void
library_engine_folders_async (LibraryEngine *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (LIBRARY_IS_ENGINE (self));

  library_job_begin (&library_job_folders, self, LIBRARY_NOTHING, cancellable, callback, user_data);
}

GPtrArray *
library_engine_folders_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_folders, self, result, error);
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
