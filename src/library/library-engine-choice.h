/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Which model an engine uses. */
#include "library-engine-private.h"

G_BEGIN_DECLS

/* The folder of the model in use: that of the options, else that chosen in the library, else the bundled one.
 * (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
char *library_engine_find_model (LibraryEngine *engine, GError **error);

/* That model ready to use, loaded if need be; *fingerprint (transfer full) may be NULL.  Blocks.
 * Errors: LIBRARY_ERROR_MODEL and those of the store. */
ModelClip *library_engine_open_clip (LibraryEngine *engine, ModelPrecision precision, char **fingerprint, GError **error);

/* The same for searches: where another model was chosen and its index is not complete, the one before it as long as that
 * knows more photographs. */
ModelClip *library_engine_open_search_clip (LibraryEngine *engine, ModelPrecision precision, char **fingerprint, GError **error);

/* Chooses the model of a folder in the library; the one before it goes on answering. */
gboolean library_engine_choose_model (LibraryEngine *engine, const char *path, GError **error);
/* After an index run with the model in use: if its index is complete, the one before it is not needed any more. */
void library_engine_confirm_model (LibraryEngine *engine, const char *fingerprint, guint dim);

G_END_DECLS
