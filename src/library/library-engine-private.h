/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-client.h"
#include "library-clips.h"
#include "library-decoder.h"
#include "library-engine.h"
#include "library-models.h"
#include "library-pace.h"
#include "library-photo.h"
#include "library-service.h"
#include "library-space.h"
#include "library-thumbnails.h"

G_BEGIN_DECLS

struct _LibraryEngine
{
  GObject parent_instance;
  LibraryOptions options;
  GMainContext *context; /* of the front end: signals are emitted there */
  LibraryPace *pace;     /* of index runs */
  GMutex store_mutex;
  LibraryStore *store;     /* NULL: not opened yet, or another process owns it */
  LibraryService *service; /* NULL: not opened yet, or a guest */
  LibraryClient *client;   /* NULL: not needed yet */
  LibraryClips *clips;
  GMutex worker_mutex;
  ImageWorker *worker; /* for single pictures; NULL: not used yet */
  GMutex thumbnail_mutex;
  LibraryThumbnails *thumbnails;
  GThreadPool *thumbnail_pool;    /* NULL: not used yet */
  GAsyncQueue *thumbnail_workers; /* of ImageWorker: idle ones */
};

/* An engine for the service of a store, which it borrows. */
LibraryEngine *library_engine_new_guest (LibraryStore *store, const LibraryOptions *options);

/* The store, opened if need be; this process owns the library then.  (transfer full)
 * Errors: LIBRARY_ERROR_BUSY if another process does. */
LibraryStore *library_engine_open_store (LibraryEngine *engine, GError **error);

/* A connection to the process that owns the library.  (transfer full)  Errors: any; there is none. */
LibraryClient *library_engine_open_client (LibraryEngine *engine, GCancellable *cancellable, GError **error);

/* Photographs were added or removed: tells every engine of the library, here and elsewhere.  Any thread. */
void library_engine_announce_change (LibraryEngine *engine);
/* Has this engine emit "photos-changed" where it belongs. */
void library_engine_say_changed (LibraryEngine *engine);

/* Stands for a request or a reply that has nothing to say. */
#define LIBRARY_NOTHING GINT_TO_POINTER (1)
GVariant *library_engine_pack_nothing (gconstpointer nothing);
gpointer library_engine_unpack_nothing (GVariant *variant);
void library_engine_free_nothing (gpointer nothing);
/* The same for one that is a text. */
GVariant *library_engine_pack_text (gconstpointer text);
gpointer library_engine_unpack_text (GVariant *variant);

/* The precision of a job whose usual one is given. */
ModelPrecision library_engine_choose_precision (LibraryEngine *engine, ModelPrecision usual);

/* How a model wants its pictures. */
void library_engine_get_tensor_spec (const ModelInfo *info, gboolean reduced, ImageTensorSpec *spec);

/* A picture outside the library as an embedding: decoded in full.  job: what the decoder found, or NULL.  Blocks. */
gboolean library_engine_embed_file (LibraryEngine *engine, ModelClip *clip, const char *path, float *out, LibraryIdentity *identity, guint64 hash[2], GCancellable *cancellable, GError **error);

/* The local path of a file.  (transfer full)  Errors: LIBRARY_ERROR_NO_SUCH_FILE. */
char *library_engine_get_path (GFile *file, GError **error);

/* Moves an error about a picture into LIBRARY_ERROR_NO_SUCH_FILE if that is what it says.  Always FALSE. */
gboolean library_engine_take_error (GError **error, GError *taken, const char *path);

G_END_DECLS
