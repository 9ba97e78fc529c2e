/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-models.h"

G_BEGIN_DECLS

/**
 * LibraryClips:
 *
 * The models that are loaded.  A few, because the former model answers while the index is made for a new one.  Any thread.
 */
typedef struct _LibraryClips LibraryClips;

/* device: as LibraryOptions has it. */
LibraryClips *library_clips_new (const char *device);
void library_clips_free (LibraryClips *clips);

/* The model of a folder, loaded if need be.  Blocks.  (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
ModelClip *library_clips_open (LibraryClips *clips, const char *path, ModelPrecision precision, GError **error);

/* The fingerprint of a model that is open, kept as long as that is.  (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
char *library_clips_get_fingerprint (LibraryClips *clips, LibraryStore *store, ModelClip *clip, GError **error);

G_END_DECLS
