/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CliRun:
 *
 * Runs asynchronous calls one after the other to their ends.  While it lives, SIGINT and SIGTERM cancel what runs;
 * a second one ends the program at once (the library loses at most the batch in flight).
 */
typedef struct _CliRun CliRun;

CliRun *cli_run_new (void);
void cli_run_free (CliRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliRun, cli_run_free)

/* For every call that is to be cancelled with the program. */
GCancellable *cli_run_get_cancellable (CliRun *run);

/* The callback to give to the asynchronous call, with the CliRun as its data. */
void cli_run_done (GObject *source, GAsyncResult *result, gpointer run);
/* Iterates the main context until cli_run_done() was called.  (transfer full) */
GAsyncResult *cli_run_wait (CliRun *run);

G_END_DECLS
