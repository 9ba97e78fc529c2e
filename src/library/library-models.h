/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-store.h"
#include "model.h"

G_BEGIN_DECLS

/* The name under which the bundled model goes. */
#define LIBRARY_DEMO_MODEL "demo"

/* $EIDETIC_DATA_DIR, else where the program was installed.  (transfer full) */
char *library_data_directory (void);
/* (transfer full) */
char *library_models_get_bundled (void);
/* Where the user's model folders lie: $XDG_DATA_HOME/eidetic/models.  (transfer full) */
char *library_models_get_folder (void);

/* The folder that a name ("demo", one of the user's) or a path means.  A name with a slash, or of a folder here that
 * has a configuration, is a path.  (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
char *library_models_resolve (const char *name_or_path, GError **error);
/* The name of a folder: "demo" for the bundled one, else its last part.  (transfer full) */
char *library_models_get_name (const char *path);

/* All folders that may be models: the bundled one, then the user's by name.  (element-type char*) (transfer full) */
GPtrArray *library_models_list (void);

/* model_info_fingerprint(), which reads the whole model, remembered in the store as long as names, sizes and times of the
 * folder's files stay what they were.  (transfer full)  Errors: LIBRARY_ERROR_MODEL. */
char *library_models_get_fingerprint (LibraryStore *store, const ModelInfo *info, GError **error);

/* Moves an error of the model layer into LIBRARY_ERROR_MODEL; cancellation stays what it is.  Always FALSE. */
gboolean library_models_take_error (GError **error, GError *taken);

G_END_DECLS
