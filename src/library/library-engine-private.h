/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-decoder.h"
#include "library-engine.h"
#include "library-models.h"
#include "library-pace.h"
#include "library-photo.h"
#include "library-space.h"
#include "library-thumbnails.h"

G_BEGIN_DECLS

struct _LibraryEngine
{
  GObject parent_instance;
  LibraryOptions options;
  LibraryPace *pace; /* of index runs */
  GMutex store_mutex;
  LibraryStore *store; /* NULL: not opened yet */
  GMutex model_mutex;  /* held while a model is loaded */
  char *model_path;    /* of what is loaded */
  char *fingerprint;
  ModelClip *clips[2]; /* by ModelPrecision */
  GMutex worker_mutex;
  ImageWorker *worker; /* for single pictures; NULL: not used yet */
  GMutex thumbnail_mutex;
  LibraryThumbnails *thumbnails;
  GThreadPool *thumbnail_pool;    /* NULL: not used yet */
  GAsyncQueue *thumbnail_workers; /* of ImageWorker: idle ones */
};

/* The store, opened if need be.  (transfer full) */
LibraryStore *library_engine_open_store (LibraryEngine *engine, GError **error);

/* The folder of the model in use: that of the options, else that chosen in the library, else the bundled one.
 * (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
char *library_engine_find_model (LibraryEngine *engine, GError **error);

/* A model ready to use, loaded if need be; *fingerprint (transfer full) may be NULL.  Blocks.
 * Errors: LIBRARY_ERROR_MODEL and those of the store. */
ModelClip *library_engine_open_clip (LibraryEngine *engine, ModelPrecision precision, char **fingerprint, GError **error);
/* Lets go of what is loaded. */
void library_engine_forget_clips (LibraryEngine *engine);

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
