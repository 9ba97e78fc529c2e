/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A thread that runs a main context of its own, for work that must go on whatever the front end is doing. */
typedef struct _LibraryLoop LibraryLoop;

LibraryLoop *library_loop_new (const char *name);

/* Ends the thread.  From the thread itself too: it then ends when it is back in its loop. */
void library_loop_free (LibraryLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryLoop, library_loop_free)

/* Has func called on the thread, soon, and the data destroyed; if the loop is freed before, only the latter. */
void library_loop_invoke (LibraryLoop *loop, GSourceFunc func, gpointer data, GDestroyNotify destroy);

/* Runs func on the thread, whose context is the thread's default one, and waits for it. */
void library_loop_call (LibraryLoop *loop, void (*func) (gpointer data), gpointer data);

G_END_DECLS
