/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-job.h"

G_BEGIN_DECLS

/**
 * LibraryClient:
 *
 * A connection to the process that owns a library.  Good on any thread.
 */
typedef struct _LibraryClient LibraryClient;

/* Something changed in the library, or the owner is gone; on a thread of the client's own. */
typedef void (*LibraryClientFunc) (gpointer data);

/* Blocks.  Errors: any; there is nobody to talk to. */
LibraryClient *library_client_new (const char *directory, LibraryClientFunc changed, gpointer data, GCancellable *cancellable, GError **error);
LibraryClient *library_client_ref (LibraryClient *client);
void library_client_unref (LibraryClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryClient, library_client_unref)

/* TRUE once the owner is gone. */
gboolean library_client_is_closed (LibraryClient *client);
/* No call of `changed` begins after this. */
void library_client_mute (LibraryClient *client);

/**
 * library_client_call:
 * @options: what the job is to run with
 * @request: of this kind; hears on this thread, before the call returns, what the job tells
 * @vanished: (out): the owner went away before it answered
 *
 * Has a job done in the owner and blocks until it is.  Cancelling cancels it there; its answer is waited for a while.
 *
 * Returns: (transfer full): a reply of the kind's type; NULL with the job's error
 */
GVariant *library_client_call (LibraryClient *client,
                               const LibraryJobKind *kind,
                               const LibraryOptions *options,
                               gpointer request,
                               gboolean *vanished,
                               GCancellable *cancellable,
                               GError **error);

G_END_DECLS
