/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image.h"
#include "library-photo.h"

G_BEGIN_DECLS

/**
 * library_shared_cache_get:
 * @worker: decodes what is found: anybody may have written it
 * @photo: as its file is now
 * @side: of the thumbnail wanted, in pixels
 *
 * Looks for a thumbnail in the folder that all programs of the desktop share ($XDG_CACHE_HOME/thumbnails, freedesktop.org's
 * thumbnail specification 0.9).  One that is of another file, or of another state of it, or too small, is none.  Never writes there.
 *
 * Returns: (transfer full): a JPEG of at most `side` pixels, or NULL
 */
GBytes *library_shared_cache_get (ImageWorker *worker, const LibraryPhotoRecord *photo, guint side, GCancellable *cancellable);

G_END_DECLS
