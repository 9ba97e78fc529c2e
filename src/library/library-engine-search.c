/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-engine-search.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "library-line.h"
#include "library-search.h"
#include "library-usual.h"
#include "library-wire.h"

/* Less-of words and pictures count half as much as the others. */
#define WITHOUT_WEIGHT (-0.5f)

/* A search on its way. */
typedef struct
{
  LibraryQuery *query;
  guint limit;
} Request;

typedef struct
{
  LibraryEngine *engine;
  LibraryStore *store;
  ModelClip *clip; /* exact, or NULL if nothing needs encoding */
  LibrarySpace space;
  guint dim;
  LibrarySearch search;
  GCancellable *cancellable;
} Search;

static void
request_free (gpointer data)
{
  Request *request = data;

  library_query_free (request->query);
  g_free (request);
}

/* The space to search in: of the asked precision, else the one with more photographs. */
static gboolean
choose_space (Search *self, const char *fingerprint, GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (self->store, error);
  LibrarySpace fast, exact;

  if (txn == NULL)
    return FALSE;
  library_space_init (&fast, fingerprint, LIBRARY_CLASS_FAST, self->dim);
  library_space_init (&exact, fingerprint, LIBRARY_CLASS_EXACT, self->dim);
  library_space_find (txn, &fast);
  library_space_find (txn, &exact);
  self->space = exact.live > fast.live ? exact : fast;
  if (self->engine->options.precision == 0 && exact.live > 0)
    self->space = exact;
  if (self->engine->options.precision == 1 && fast.live > 0)
    self->space = fast;
  return library_txn_check (txn, error);
}

static void
add_term (Search *self, float *vector, float weight)
{
  g_ptr_array_add (self->search.vectors, vector);
  g_array_append_val (self->search.weights, weight);
}

static float *
embed_text (Search *self, const char *text, GError **error)
{
  g_autofree float *vector = g_new (float, self->dim);
  g_autoptr (GError) local = NULL;

  if (model_clip_embed_texts (self->clip, &text, 1, vector, self->cancellable, &local))
    return g_steal_pointer (&vector);
  library_models_take_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
add_text (Search *self, const char *text, float weight, GError **error)
{
  float *vector = embed_text (self, text, error);

  if (vector == NULL)
    return FALSE;
  add_term (self, vector, weight);
  return TRUE;
}

/* The embedding that the library has of this very file, if it has it. */
static gboolean
find_stored (Search *self, const char *path, float *out, LibraryIdentity *identity, guint64 hash[2], GError **error)
{
  g_autoptr (LibraryTxn) txn = library_txn_begin (self->store, error);
  g_autoptr (GPtrArray) photos = NULL;

  if (txn == NULL || !library_file_identify (path, identity))
    return FALSE;
  photos = library_photo_find_path (txn, path);
  for (guint i = 0; i < photos->len; i++)
    {
      const LibraryPhotoRecord *photo = g_ptr_array_index (photos, i);

      if (library_identity_equal_in_place (&photo->identity, identity) && library_space_get (txn, &self->space, photo->id, out))
        {
          memcpy (hash, photo->hash, sizeof photo->hash);
          /* As fp16 it is a little off the unit sphere. */
          return model_embedding_normalize (out, self->dim);
        }
    }
  return FALSE;
}

static float *
embed_picture (Search *self, GFile *file, LibraryIdentity *identity, guint64 hash[2], GError **error)
{
  g_autofree char *path = library_engine_get_path (file, error);
  g_autofree float *vector = g_new (float, self->dim);
  g_autoptr (GError) local = NULL;

  if (path == NULL)
    return NULL;
  if (find_stored (self, path, vector, identity, hash, &local))
    return g_steal_pointer (&vector);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (!library_engine_embed_file (self->engine, self->clip, path, vector, identity, hash, self->cancellable, error))
    return NULL;
  return g_steal_pointer (&vector);
}

static gboolean
add_pictures (Search *self, GPtrArray *files, float weight, GError **error)
{
  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      LibraryIdentity identity;
      guint64 hash[2];
      float *vector = embed_picture (self, g_ptr_array_index (files, i), &identity, hash, error);

      if (vector == NULL)
        return FALSE;
      add_term (self, vector, weight);
    }
  return TRUE;
}

static gboolean
has_words (const char *text)
{
  return text != NULL && *text != '\0';
}

static gboolean
add_similar (Search *self, const LibraryQuery *query, GError **error)
{
  g_autofree float *picture = embed_picture (self, query->similar, &self->search.leave_out, self->search.leave_out_hash, error);
  g_autofree float *less = NULL;
  g_autofree float *more = NULL;
  g_autofree float *out = g_new (float, self->dim);

  if (picture == NULL)
    return FALSE;
  if (has_words (query->less) && (less = embed_text (self, query->less, error)) == NULL)
    return FALSE;
  if (has_words (query->more) && (more = embed_text (self, query->more, error)) == NULL)
    return FALSE;
  if (!model_embedding_similar_but (picture, less, more, query->strength, self->dim, out))
    {
      g_set_error_literal (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY, _ ("The picture and the words cancel each other out; choose another strength"));
      return FALSE;
    }
  add_term (self, g_steal_pointer (&out), 1);
  return TRUE;
}

static gboolean
add_terms (Search *self, const LibraryQuery *query, GError **error)
{
  if (has_words (query->text) && !add_text (self, query->text, 1, error))
    return FALSE;
  for (guint i = 0; query->without != NULL && query->without[i] != NULL; i++)
    if (!add_text (self, query->without[i], WITHOUT_WEIGHT, error))
      return FALSE;
  return (query->similar == NULL || add_similar (self, query, error)) && add_pictures (self, query->images, 1, error) &&
         add_pictures (self, query->without_images, WITHOUT_WEIGHT, error);
}

/* Words alone, and few enough photographs. */
static void
add_usual (Search *self, const LibraryQuery *query, const char *fingerprint)
{
  if (has_words (query->text) && self->search.vectors->len == 1 && self->space.live <= LIBRARY_LINE_USUAL_MOST)
    self->search.usual = library_usual_get (self->store, self->clip, fingerprint, self->cancellable);
}

static gboolean
needs_model (const LibraryQuery *query)
{
  return has_words (query->text) || (query->without != NULL && query->without[0] != NULL) || query->similar != NULL ||
         (query->images != NULL && query->images->len > 0) || (query->without_images != NULL && query->without_images->len > 0);
}

static gboolean
prepare (Search *self, const LibraryQuery *query, GError **error)
{
  g_autofree char *fingerprint = NULL;

  self->store = library_engine_open_store (self->engine, error);
  if (self->store == NULL || !needs_model (query))
    return self->store != NULL;
  self->clip = library_engine_open_search_clip (self->engine, MODEL_PRECISION_EXACT, &fingerprint, error);
  if (self->clip == NULL)
    return FALSE;
  self->dim = model_clip_get_info (self->clip)->dim;
  if (!choose_space (self, fingerprint, error) || !add_terms (self, query, error))
    return FALSE;
  add_usual (self, query, fingerprint);
  return TRUE;
}

static void
search_clear (Search *self)
{
  g_ptr_array_unref (self->search.vectors);
  g_clear_pointer (&self->search.usual, g_ptr_array_unref);
  g_array_unref (self->search.weights);
  g_clear_pointer (&self->clip, model_clip_unref);
  g_clear_pointer (&self->store, library_store_unref);
}

static gpointer
run_search (LibraryEngine *engine, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  Search self = { .engine = engine, .cancellable = cancellable };
  LibraryResults *results = NULL;
  gint64 start = g_get_monotonic_time ();

  self.search.vectors = g_ptr_array_new_with_free_func (g_free);
  self.search.weights = g_array_new (FALSE, FALSE, sizeof (float));
  self.search.filter = request->query;
  self.search.limit = request->limit;
  if (prepare (&self, request->query, error))
    results = library_search_run (self.store, &self.space, &self.search, cancellable, error);
  if (results != NULL && self.clip != NULL)
    results->model = library_models_get_name (model_clip_get_info (self.clip)->path);
  search_clear (&self);
  if (results != NULL)
    results->milliseconds = (double) (g_get_monotonic_time () - start) / 1000;
  return results;
}

static GVariant *
pack_request (gconstpointer data)
{
  const Request *request = data;

  return g_variant_new ("(@" LIBRARY_WIRE_QUERY "u)", library_wire_pack_query (request->query), request->limit);
}

static gpointer
unpack_request (GVariant *variant)
{
  Request *request = g_new0 (Request, 1);
  g_autoptr (GVariant) query = NULL;

  g_variant_get (variant, "(@" LIBRARY_WIRE_QUERY "u)", &query, &request->limit);
  request->query = library_wire_unpack_query (query);
  return request;
}

const LibraryJobKind library_job_search = {
  .name = "search",
  .request_type = "(" LIBRARY_WIRE_QUERY "u)",
  .reply_type = LIBRARY_WIRE_RESULTS,
  .pack_request = pack_request,
  .unpack_request = unpack_request,
  .free_request = request_free,
  .pack_reply = (gpointer) library_wire_pack_results,
  .unpack_reply = (gpointer) library_wire_unpack_results,
  .free_reply = (GDestroyNotify) library_results_free,
  .run = run_search,
};

void
library_engine_search_async (LibraryEngine *self, const LibraryQuery *query, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request;

  g_return_if_fail (LIBRARY_IS_ENGINE (self) && query != NULL);

  request = g_new0 (Request, 1);
  request->query = library_query_copy (query);
  request->limit = limit;
  library_job_begin (&library_job_search, self, request, cancellable, callback, user_data);
}

LibraryResults *
library_engine_search_finish (LibraryEngine *self, GAsyncResult *result, GError **error)
{
  return library_job_finish (&library_job_search, self, result, error);
}
