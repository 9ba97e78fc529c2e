/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-types.h"

G_BEGIN_DECLS

/* A set of photographs: a bit each where ids lie close together, as they do; little more where they do not. */
typedef struct _LibraryIdSet LibraryIdSet;

LibraryIdSet *library_id_set_new (void);
void library_id_set_free (LibraryIdSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryIdSet, library_id_set_free)

void library_id_set_add (LibraryIdSet *set, LibraryPhotoId id);
gboolean library_id_set_contains (const LibraryIdSet *set, LibraryPhotoId id);

G_END_DECLS
