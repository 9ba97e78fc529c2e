/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-photo.h"
#include "library-query.h"

G_BEGIN_DECLS

/**
 * LibraryFilter:
 *
 * The filters of a query, prepared to look at many photographs.  Used by one thread; the query must outlive it.
 *
 * folder: an absolute path stands for what lies below it, anything else for a run of whole folder names anywhere in the
 * path, in any case; type: the format; date: the date taken, else the file's; has: whether there is a caption; "words": the
 * caption has these characters in one run, without regard to case and accents.  Several folders, or several types: any of
 * them; everything else must all be so.  Whatever is negated must not be so.
 */
typedef struct _LibraryFilter LibraryFilter;

LibraryFilter *library_filter_new (const LibraryQuery *query);
void library_filter_free (LibraryFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryFilter, library_filter_free)

gboolean library_filter_matches (LibraryFilter *filter, const LibraryPhotoRecord *photo);

G_END_DECLS
