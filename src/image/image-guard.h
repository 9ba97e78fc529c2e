/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Between enter and leave the worker does what may fail without the picture being lost, in a library that may crash, spin or
 * swallow memory.  Should it die there, it ends with a status that tells so, and is asked again for the picture alone. */

/* Once, in the worker: without it the other two do nothing. */
void image_guard_prepare (int exit_status);

/* From here on a fatal signal, or `ms` of processor time, ends the process with that status. */
void image_guard_enter (guint ms);
void image_guard_leave (void);

/* The status to end with when memory is short: the guard's if it is on, else `otherwise`. */
int image_guard_exit_status (int otherwise);

G_END_DECLS
