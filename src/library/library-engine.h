/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-follower.h"
#include "library-pace.h"
#include "library-query.h"

G_BEGIN_DECLS

/**
 * LibraryEngine:
 *
 * The store, the model and the worker processes for the front ends.  Everything that may take time is asynchronous:
 * begin and finish pairs on the caller's main context, work in a GTask thread, errors as GError.  Searches may run
 * while an index run goes on; only one index run at a time (a second waits for the first).
 *
 * One process at a time owns a library: the first whose engine needs it, until that engine ends.  There the work is done;
 * engines of other processes ask the owner, and if it goes away in the middle, the next one takes over and the work
 * goes on.  Nothing of that shows in this interface, but that a model is loaded where the work is done.
 *
 * Signals: "photos-changed" (rows were added or removed, by whichever process; at most once an idle while indexing), on the
 * main context that was the thread's default when the engine was made.
 */
#define LIBRARY_TYPE_ENGINE (library_engine_get_type ())
G_DECLARE_FINAL_TYPE (LibraryEngine, library_engine, LIBRARY, ENGINE, GObject)

typedef struct
{
  char *directory; /* of the library; NULL: the user's ($XDG_DATA_HOME/eidetic/library) */
  char *model;     /* folder or name; NULL: the one chosen in the library, else the bundled one */
  char *device;    /* NULL: $EIDETIC_DEVICE, else auto */
  int precision;   /* -1: the default of each job (index fast, embed exact), 0 exact, 1 fast */
} LibraryOptions;

/* Nothing is opened before it is needed, and what cannot be opened is reported by the job that needed it. */
LibraryEngine *library_engine_new (const LibraryOptions *options);

/* What other processes have asked this one for is cancelled, and they look elsewhere; to be called before the program ends. */
void library_engine_close (LibraryEngine *engine);

/* progress is called on the caller's main context, once an idle at most; may be NULL. */
typedef void (*LibraryProgressFunc) (const LibraryProgress *progress, gpointer data);
/* A file counted as failed in this run (attempts tells whether it was tried again or is known from before); same
 * context and order as it happened. */
typedef void (*LibraryProblemFunc) (const LibraryProblem *problem, gpointer data);

typedef enum
{
  LIBRARY_INDEX_DEFAULT = 0,
  LIBRARY_INDEX_RETRY = 1 << 0, /* files that failed before are tried again, also those that have not changed since */
} LibraryIndexFlags;

/* Adds the folders (GFile) and brings the index up to date.  folders NULL: those already in the library. */
void library_engine_index_async (LibraryEngine *engine,
                                 GPtrArray *folders,
                                 LibraryIndexFlags flags,
                                 LibraryProgressFunc progress,
                                 LibraryProblemFunc problem,
                                 gpointer data,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* TRUE and the last progress when it ran to its end (failed files included); FALSE: error. */
gboolean library_engine_index_finish (LibraryEngine *engine, GAsyncResult *result, LibraryProgress *progress, GError **error);

/* How fast index runs may go, those to come and the one that goes on: pausing and the like.  Belongs to the engine. */
LibraryPace *library_engine_get_pace (LibraryEngine *engine);

/* The folders that were added.  (element-type LibraryFolderState) (transfer full) */
void library_engine_folders_async (LibraryEngine *engine, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *library_engine_folders_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* Tells when something may have changed in folders (GFile), so that an index run is due; what the library writes itself is left
 * out.  library_follower_new() says more. */
LibraryFollower *library_engine_follow (LibraryEngine *engine, GPtrArray *folders, const LibraryFollowerOptions *options, LibraryFollowerFunc func, gpointer data);

/* limit 0: all hits. */
void library_engine_search_async (LibraryEngine *engine, const LibraryQuery *query, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
LibraryResults *library_engine_search_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* Every photograph, newest first.  (element-type LibraryPhoto) (transfer full) */
void library_engine_list_async (LibraryEngine *engine, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *library_engine_list_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* Files that could not be read.  (element-type LibraryProblem) (transfer full) */
void library_engine_problems_async (LibraryEngine *engine, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *library_engine_problems_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* An upright JPEG for `side` pixels: 256, 512 or as many on its longer side, or all that the picture has.  From our own files, from
 * those that the programs of the desktop share, or made now in a worker; fails if the file is gone. */
void library_engine_thumbnail_async (LibraryEngine *engine, const LibraryPhoto *photo, guint side, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GBytes *library_engine_thumbnail_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* An embedding without the library: exactly one of file and text.  (element-type float) (transfer full) */
void library_engine_embed_async (LibraryEngine *engine, GFile *file, const char *text, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GArray *library_engine_embed_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* Token ids with the model's vocabulary.  Loads no weights.  (element-type gint32) (transfer full) */
GArray *library_engine_tokenize (LibraryEngine *engine, const char *text, GError **error);

/* What runs: loads the model if need be.  Strings are (transfer full). */
typedef struct
{
  char *model; /* name */
  char *model_path;
  char *device; /* id */
  char *device_name;
  gboolean demo; /* the bundled model, which knows only drawings */
  char *notice;  /* what was done about damage when the library was opened, for people to read; or NULL */
} LibraryStatus;
void library_status_free (LibraryStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryStatus, library_status_free)
void library_engine_status_async (LibraryEngine *engine, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
LibraryStatus *library_engine_status_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* ---- models ---- */
typedef struct
{
  char *name, *path, *kind, *licence; /* licence may be NULL */
  guint dim;
  gint64 size;
  char *state;  /* "in-use", "ready", "unusable" */
  char *detail; /* why it is unusable, else NULL */
} LibraryModel;
void library_model_free (LibraryModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryModel, library_model_free)
/* The bundled model and the folders under $XDG_DATA_HOME/eidetic/models.  (element-type LibraryModel) (transfer full) */
GPtrArray *library_engine_list_models (LibraryEngine *engine, GError **error);
LibraryModel *library_engine_get_model (LibraryEngine *engine, const char *name_or_path, GError **error);
/* Tries the model and remembers it in the library. */
void library_engine_use_model_async (LibraryEngine *engine, const char *name_or_path, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean library_engine_use_model_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* ---- doctor ---- */
typedef struct
{
  char *check; /* "device cpu", "model demo", "library" … */
  gboolean ok;
  char *detail; /* a sentence */
} LibraryCheck;
void library_check_free (LibraryCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryCheck, library_check_free)
/* (element-type LibraryCheck) (transfer full) */
void library_engine_doctor_async (LibraryEngine *engine, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *library_engine_doctor_finish (LibraryEngine *engine, GAsyncResult *result, GError **error);

/* The folder with the sample pictures that came with the program.  (transfer full) */
GFile *library_engine_get_samples (LibraryEngine *engine);

G_END_DECLS
