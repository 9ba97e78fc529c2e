/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sees to it that LMDB can be let at data.mdb.  With `unclean` every page of it is looked at, else only its heads and its
 * length.  A damaged file is moved into a folder damaged-DATE beside it and all of its sound values are put into a new one, with
 * indexes and packed rows made anew; then *notice (transfer full) tells so.  Killed at any point, the next call goes on from
 * there.  Nobody else may have the library open.  A file that is no library at all is left alone: opening it will say so.
 * Errors: LIBRARY_ERROR_STORE, LIBRARY_ERROR_STORAGE_FULL; everything is as it was then. */
gboolean library_rescue_if_damaged (const char *directory, gboolean unclean, char **notice, GError **error);

G_END_DECLS
