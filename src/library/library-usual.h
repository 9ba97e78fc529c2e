/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-store.h"
#include "model.h"

G_BEGIN_DECLS

/**
 * library_usual_get:
 * @clip: a model of any precision
 *
 * Embeddings of some everyday words.  In a small library the best score that they reach is what a query without a match
 * reaches, which the scores of the query alone do not say.  The library remembers them by the model's fingerprint; only
 * the first call takes time.  Any thread.
 *
 * Returns: (transfer full) (element-type float[dim]): NULL if it failed or was cancelled: a search can do without
 */
GPtrArray *library_usual_get (LibraryStore *store, ModelClip *clip, const char *fingerprint, GCancellable *cancellable);

G_END_DECLS
