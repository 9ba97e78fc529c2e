/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/**
 * library_usual_embed:
 * @cache: an object that keeps what was computed, for one model at a time
 *
 * Embeds some everyday words.  In a small library the best score that they reach is what a query without a match reaches,
 * which the scores of the query alone do not say.  Any thread.
 *
 * Returns: (transfer full) (element-type float[dim]): NULL if it failed or was cancelled: a search can do without
 */
GPtrArray *library_usual_embed (GObject *cache, ModelClip *clip, const char *fingerprint, GCancellable *cancellable);

G_END_DECLS
