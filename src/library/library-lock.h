/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * library_lock_take:
 *
 * Makes this process the owner of the library in a directory: nobody else may open the store as long as the descriptor is
 * open.  The lock goes with the process, however it ends.
 *
 * Returns: a descriptor to be closed; -1 with LIBRARY_ERROR_BUSY if another process owns it, LIBRARY_ERROR_STORAGE_FULL, LIBRARY_ERROR_STORE
 */
int library_lock_take (const char *directory, GError **error);

G_END_DECLS
