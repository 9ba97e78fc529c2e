/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-photo.h"
#include "library-query.h"

G_BEGIN_DECLS

/* TRUE if the query has folder:, type: or date: filters at all. */
gboolean library_filter_is_needed (const LibraryQuery *query);

/* folder: an absolute path stands for what lies below it, anything else for a run of whole folder names anywhere in the
 * path, in any case; type: the format; date: the date taken, else the file's.  Several folders, or several types: any. */
gboolean library_filter_matches (const LibraryQuery *query, const LibraryPhotoRecord *photo);

G_END_DECLS
