/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-engine-choice.h"

#include <string.h>

/* In the library: the model that was chosen, and the one that answers until that is ready.  Names or paths. */
#define CHOSEN "model"
#define BEFORE "model-before"

/* ---- what was chosen ---- */

static char *
read_choice (LibraryEngine *self, const char *name, GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);
  g_autoptr (LibraryTxn) txn = store != NULL ? library_txn_begin (store, error) : NULL;
  g_autofree char *choice = txn != NULL ? library_txn_get_text (txn, name) : NULL;

  if (txn == NULL || !library_txn_check (txn, error))
    return NULL;
  return choice != NULL ? g_steal_pointer (&choice) : g_strdup ("");
}

static gpointer
get_choice (LibraryEngine *self, gpointer request, GCancellable *cancellable, GError **error)
{
  return read_choice (self, CHOSEN, error);
}

/* The model that was chosen in the library; "" if none was. */
const LibraryJobKind library_job_choice = {
  .name = "choice",
  .request_type = "b",
  .reply_type = "s",
  .pack_request = library_engine_pack_nothing,
  .unpack_request = library_engine_unpack_nothing,
  .free_request = library_engine_free_nothing,
  .pack_reply = library_engine_pack_text,
  .unpack_reply = library_engine_unpack_text,
  .free_reply = g_free,
  .run = get_choice,
};

static gboolean
get_chosen (LibraryEngine *self, char **chosen, GError **error)
{
  g_autofree char *directory = library_store_resolve_directory (self->options.directory);
  g_autofree char *choice = NULL;

  /* Asking must not make a library where there is none. */
  if (!g_file_test (directory, G_FILE_TEST_EXISTS))
    return TRUE;
  choice = library_job_run (&library_job_choice, self, LIBRARY_NOTHING, NULL, error);
  if (choice == NULL)
    return FALSE;
  *chosen = *choice != '\0' ? g_steal_pointer (&choice) : NULL;
  return TRUE;
}

char *
library_engine_find_model (LibraryEngine *self, GError **error)
{
  g_autofree char *chosen = NULL;

  if (self->options.model != NULL)
    return library_models_resolve (self->options.model, error);
  if (!get_chosen (self, &chosen, error))
    return NULL;
  return library_models_resolve (chosen != NULL ? chosen : LIBRARY_DEMO_MODEL, error);
}

/* ---- models ready to use ---- */

static ModelClip *
open_path (LibraryEngine *self, const char *path, ModelPrecision precision, char **fingerprint, GError **error)
{
  g_autoptr (ModelClip) clip = library_clips_open (self->clips, path, precision, error);
  g_autoptr (LibraryStore) store = NULL;

  if (clip == NULL || fingerprint == NULL)
    return g_steal_pointer (&clip);
  store = library_engine_open_store (self, error);
  *fingerprint = store != NULL ? library_clips_get_fingerprint (self->clips, store, clip, error) : NULL;
  return *fingerprint != NULL ? g_steal_pointer (&clip) : NULL;
}

ModelClip *
library_engine_open_clip (LibraryEngine *self, ModelPrecision precision, char **fingerprint, GError **error)
{
  g_autofree char *path = library_engine_find_model (self, error);

  return path != NULL ? open_path (self, path, precision, fingerprint, error) : NULL;
}

/* Photographs that a model knows, with whichever precision they were encoded. */
static guint64
count_known (LibraryEngine *self, const char *fingerprint, guint dim)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, NULL);
  g_autoptr (LibraryTxn) txn = store != NULL ? library_txn_begin (store, NULL) : NULL;
  guint64 known = 0;

  for (LibraryClass class = LIBRARY_CLASS_EXACT; txn != NULL && class <= LIBRARY_CLASS_FAST; class ++)
    {
      LibrarySpace space;

      library_space_init (&space, fingerprint, class, dim);
      if (library_space_find (txn, &space))
        known = MAX (known, space.live);
    }
  return known;
}

static ModelClip *
open_before (LibraryEngine *self, ModelPrecision precision, char **fingerprint)
{
  g_autofree char *before = self->options.model == NULL ? read_choice (self, BEFORE, NULL) : NULL;
  g_autofree char *path = before != NULL && *before != '\0' ? library_models_resolve (before, NULL) : NULL;

  return path != NULL ? open_path (self, path, precision, fingerprint, NULL) : NULL;
}

ModelClip *
library_engine_open_search_clip (LibraryEngine *self, ModelPrecision precision, char **fingerprint, GError **error)
{
  g_autofree char *old = NULL;
  g_autoptr (ModelClip) clip = library_engine_open_clip (self, precision, fingerprint, error);
  /* That there is no such model any more, or no way to load it, is not worth a word: there is the chosen one. */
  g_autoptr (ModelClip) before = clip != NULL ? open_before (self, precision, &old) : NULL;

  if (before == NULL ||
      count_known (self, old, model_clip_get_info (before)->dim) <= count_known (self, *fingerprint, model_clip_get_info (clip)->dim))
    return g_steal_pointer (&clip);
  g_free (*fingerprint);
  *fingerprint = g_steal_pointer (&old);
  return g_steal_pointer (&before);
}

/* ---- choosing ---- */

static gboolean
write_choice (LibraryTxn *txn, gpointer data, GError **error)
{
  const char *choice = data;
  g_autofree char *chosen = library_txn_get_text (txn, CHOSEN);
  g_autofree char *before = library_txn_get_text (txn, BEFORE);
  const char *now = chosen != NULL && *chosen != '\0' ? chosen : LIBRARY_DEMO_MODEL;

  if (strcmp (choice, now) == 0)
    return TRUE;
  library_txn_set_meta (txn, CHOSEN, 0, choice);
  /* One whose own index was never completed knows less than the one before it. */
  if (before == NULL || *before == '\0' || strcmp (before, choice) == 0)
    library_txn_set_meta (txn, BEFORE, 0, now);
  return TRUE;
}

gboolean
library_engine_choose_model (LibraryEngine *self, const char *path, GError **error)
{
  g_autoptr (LibraryStore) store = library_engine_open_store (self, error);
  /* By name where there is one: the bundled model may lie elsewhere after an update. */
  g_autofree char *name = library_models_get_name (path);
  const char *choice = strcmp (name, LIBRARY_DEMO_MODEL) == 0 ? name : path;

  return store != NULL && library_store_write (store, write_choice, (gpointer) choice, error);
}

static gboolean
forget_before (LibraryTxn *txn, gpointer data, GError **error)
{
  library_txn_set_meta (txn, BEFORE, 0, "");
  return TRUE;
}

/* Whether no model knows more photographs. */
static gboolean
knows_all (LibraryStore *store, guint64 known)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (store, NULL);
  g_autoptr (GArray) spaces = txn != NULL ? library_spaces_list (txn) : NULL;

  for (guint i = 0; spaces != NULL && i < spaces->len; i++)
    if (g_array_index (spaces, LibrarySpaceInfo, i).space.live > known)
      return FALSE;
  return spaces != NULL;
}

void
library_engine_confirm_model (LibraryEngine *self, const char *fingerprint, guint dim)
{
  g_autofree char *before = self->options.model == NULL ? read_choice (self, BEFORE, NULL) : NULL;
  g_autoptr (LibraryStore) store = NULL;

  if (before == NULL || *before == '\0')
    return;
  store = library_engine_open_store (self, NULL);
  if (store != NULL && knows_all (store, count_known (self, fingerprint, dim)))
    library_store_write (store, forget_before, NULL, NULL);
}
