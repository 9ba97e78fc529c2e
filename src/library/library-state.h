/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file `state` in a library's folder says whether it is in use.  The owner who finds that when it comes, comes after an end
 * without closing: a crash, a kill, lost power. */
typedef struct
{
  int fd;           /* -1: not entered */
  gboolean unclean; /* the last one did not close it */
  gboolean marked;  /* it says “in use” because of us */
} LibraryState;

/* Errors: LIBRARY_ERROR_STORE, LIBRARY_ERROR_STORAGE_FULL. */
gboolean library_state_enter (LibraryState *state, const char *directory, GError **error);

/* Before the first write: on the disk when it returns.  A session that only reads leaves no mark and no write. */
void library_state_mark (LibraryState *state);

/* After closing.  Does nothing if it was not entered. */
void library_state_leave (LibraryState *state);

G_END_DECLS
