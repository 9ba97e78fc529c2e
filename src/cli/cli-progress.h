/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-options.h"

G_BEGIN_DECLS

/**
 * CliProgress:
 *
 * Shows where an indexing run stands, twice a second while the main context is iterated: as JSON lines on standard
 * output, and as one line that is written anew on standard error where that is a terminal.
 */
typedef struct _CliProgress CliProgress;

CliProgress *cli_progress_new (const CliOptions *options);
/* Takes the line from the terminal. */
void cli_progress_free (CliProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliProgress, cli_progress_free)

void cli_progress_set (CliProgress *progress, const LibraryProgress *now);
/* Writes the last state as a JSON line, if that is asked for and it was not written yet. */
void cli_progress_finish (CliProgress *progress);
/* To be called before anything else is written to the terminal. */
void cli_progress_hide (CliProgress *progress);

/* "7 minutes" and the like.  (transfer full) */
char *cli_progress_duration (double seconds);

G_END_DECLS
