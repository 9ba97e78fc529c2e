/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-engine.h"

G_BEGIN_DECLS

/*
 * What the engine does on request.  A job runs in the process that owns the library: here if that is this one, else there,
 * by way of LibraryClient and LibraryService; so both what is asked for and what comes back can be written down.
 */
typedef struct _LibraryJobKind LibraryJobKind;

/* Takes something that is told while a job runs; takes over a variant that floats. */
typedef void (*LibraryJobEventFunc) (GVariant *event, gpointer data);

struct _LibraryJobKind
{
  const char *name;
  const char *request_type, *reply_type, *event_type; /* of GVariant; event_type NULL: it tells nothing, "*": it looks itself */
  GVariant *(*pack_request) (gconstpointer request);
  gpointer (*unpack_request) (GVariant *variant); /* NULL: it makes no sense */
  void (*free_request) (gpointer request);
  GVariant *(*pack_reply) (gconstpointer reply);
  gpointer (*unpack_reply) (GVariant *variant);
  void (*free_reply) (gpointer reply);
  /* The work itself, in the owner, on a thread of its own.  NULL with an error. */
  gpointer (*run) (LibraryEngine *engine, gpointer request, GCancellable *cancellable, GError **error);
  /* What the owner told, on the thread of the job. */
  void (*take_event) (GVariant *event, gpointer request);
  /* The other way round: whoever asked changes something of the job while it runs.  `watch` has `send` called, on any thread,
   * until `unwatch`; `control` takes it in the owner, also on any thread. */
  void (*watch) (gpointer request, LibraryJobEventFunc send, gpointer data);
  void (*unwatch) (gpointer request, gpointer data);
  void (*control) (gpointer request, GVariant *change);
  /* How it is begun if not by library_job_start(), and who is to hear of its events. */
  void (*start) (LibraryEngine *engine, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  void (*listen) (gpointer request, LibraryJobEventFunc func, gpointer data);
};

/* Begins a job, of whatever kind; takes the request over. */
void library_job_begin (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/* Runs it on a thread of GTask's pool. */
void library_job_start (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* The reply, for every way to begin it.  (transfer full) */
gpointer library_job_finish (const LibraryJobKind *kind, LibraryEngine *engine, GAsyncResult *result, GError **error);

/* Does it now, here or in the owner; blocks.  When the owner goes away meanwhile, this process becomes the owner, or asks the
 * next one.  (transfer full)  Errors: those of the job; LIBRARY_ERROR_BUSY if the owner does not answer. */
gpointer library_job_run (const LibraryJobKind *kind, LibraryEngine *engine, gpointer request, GCancellable *cancellable, GError **error);

/* The kind of that name, or NULL. */
const LibraryJobKind *library_job_find (const char *name);

extern const LibraryJobKind library_job_choice;
extern const LibraryJobKind library_job_folders;
extern const LibraryJobKind library_job_index;
extern const LibraryJobKind library_job_list;
extern const LibraryJobKind library_job_problems;
extern const LibraryJobKind library_job_search;
extern const LibraryJobKind library_job_status;
extern const LibraryJobKind library_job_summary;
extern const LibraryJobKind library_job_thumbnail;
extern const LibraryJobKind library_job_use_model;

G_END_DECLS
