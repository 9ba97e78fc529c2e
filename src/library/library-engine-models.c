/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-models.h"

#include <string.h>

void
library_model_free (LibraryModel *model)
{
  g_free (model->name);
  g_free (model->path);
  g_free (model->kind);
  g_free (model->licence);
  g_free (model->state);
  g_free (model->detail);
  g_free (model);
}

/* What a folder says of itself; one that is no model is "unusable". */
static LibraryModel *
describe (const char *path, const char *used)
{
  LibraryModel *model = g_new0 (LibraryModel, 1);
  g_autoptr (GError) local = NULL;
  g_autoptr (ModelInfo) info = model_info_load (path, &local);

  model->name = library_models_get_name (path);
  model->path = g_strdup (path);
  if (info == NULL)
    {
      model->kind = g_strdup ("unknown");
      model->state = g_strdup ("unusable");
      model->detail = g_strdup (local->message);
      return model;
    }
  model->kind = g_strdup (info->kind);
  model->licence = g_strdup (info->licence);
  model->dim = info->dim;
  model->size = info->size;
  model->state = g_strdup (g_strcmp0 (path, used) == 0 ? "in-use" : "ready");
  return model;
}

GPtrArray *
library_engine_list_models (LibraryEngine *self, GError **error)
{
  g_autoptr (GPtrArray) paths = library_models_list ();
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify) library_model_free);
  /* One that was chosen and is no more must not hide the others. */
  g_autofree char *used = NULL;

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self), NULL);

  used = library_engine_find_model (self, NULL);
  if (used != NULL && !g_ptr_array_find_with_equal_func (paths, used, g_str_equal, NULL))
    g_ptr_array_add (paths, g_strdup (used));
  for (guint i = 0; i < paths->len; i++)
    g_ptr_array_add (models, describe (g_ptr_array_index (paths, i), used));
  return g_steal_pointer (&models);
}

LibraryModel *
library_engine_get_model (LibraryEngine *self, const char *name_or_path, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *used = NULL;

  g_return_val_if_fail (LIBRARY_IS_ENGINE (self) && name_or_path != NULL, NULL);

  path = library_models_resolve (name_or_path, error);
  if (path == NULL)
    return NULL;
  used = library_engine_find_model (self, NULL);
  return describe (path, used);
}

/* ---- choosing ---- */

static gpointer
use_model (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  g_autoptr (ModelClip) clip = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *path = library_models_resolve (request, error);

  if (path == NULL)
    return NULL;
  /* Loaded whole, so that damaged weights are refused now and not by the next search. */
  clip = model_clip_load (path, self->options.device, MODEL_PRECISION_FAST, &local);
  if (clip == NULL)
    {
      library_models_take_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return library_engine_choose_model (self, path, error) ? LIBRARY_NOTHING : NULL;
}

const LibraryJobKind library_job_use_model = {
  .name = "use-model",
  .request_type = "s",
  .reply_type = "b",
  .pack_request = library_engine_pack_text,
  .unpack_request = library_engine_unpack_text,
  .free_request = g_free,
  .pack_reply = library_engine_pack_nothing,
  .unpack_reply = library_engine_unpack_nothing,
  .free_reply = library_engine_free_nothing,
  .run = use_model,
};

void
library_engine_use_model_async (LibraryEngine *self, const char *name_or_path, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  gboolean folder;

  g_return_if_fail (LIBRARY_IS_ENGINE (self) && name_or_path != NULL);

  folder = g_file_test (name_or_path, G_FILE_TEST_IS_DIR);
  library_job_begin (&library_job_use_model, self, folder ? g_canonicalize_filename (name_or_path, NULL) : g_strdup (name_or_path), cancellable, callback, user_data);
}

gboolean
library_engine_use_model_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_use_model, self, result, error) != NULL;
}
