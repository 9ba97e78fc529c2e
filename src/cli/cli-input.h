/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-run.h"

G_BEGIN_DECLS

/* Lines of standard input, read so that an interruption is noticed while waiting for them. */
typedef struct _CliInput CliInput;

CliInput *cli_input_new (void);
void cli_input_free (CliInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliInput, cli_input_free)

/* The next line without its line feed, taken as it stands (no unquoting) and repaired where it is not UTF-8.  NULL at
 * the end, and with an error set if it cannot be read or was interrupted. */
char *cli_input_next (CliInput *input, CliRun *run, GError **error);

/* A word of the command line as UTF-8: as it is, else converted from the locale, else repaired.  (transfer full) */
char *cli_input_from_argument (const char *argument);

G_END_DECLS
