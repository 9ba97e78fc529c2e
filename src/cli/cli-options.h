/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-message.h"
#include "library.h"

G_BEGIN_DECLS

/* The options that every command has. */
typedef struct
{
  char *library, *model, *device; /* NULL: not given */
  char *precision_name;
  int precision; /* as LibraryOptions has it */
  gboolean json;
  gboolean quiet;
  gboolean version;
} CliOptions;

void cli_options_clear (CliOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliOptions, cli_options_clear)

/* A command of the program. */
typedef struct
{
  const char *name;
  const char *arguments;   /* what follows the name, for help */
  const char *summary;     /* one line for the list of commands */
  const char *description; /* more for its own help, or NULL */
  CliStatus (*run) (CliOptions *options, char **argv);
} CliCommand;

/* Parses what stands before the command's name, which becomes argv[0] of what is left.  argv: NULL-terminated,
 * argv[0] the program; changed. */
gboolean cli_options_parse_program (CliOptions *options, char **argv, const char *summary, GError **error);

/* Parses what stands after the command's name (argv[0]): its own options and the common ones, in any order.
 * entries: the command's own, NULL-terminated; one of them takes G_OPTION_REMAINING if the command takes arguments.
 * data: for callback entries.  Errors: G_OPTION_ERROR. */
gboolean cli_options_parse_command (CliOptions *options,
                                    const CliCommand *command,
                                    const GOptionEntry *entries,
                                    gpointer data,
                                    char **argv,
                                    GError **error);

/* An engine that a command is done with when it is let go of. */
typedef LibraryEngine CliEngine;
void cli_engine_close (CliEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliEngine, cli_engine_close)

/* The engine that the options ask for.  (transfer full) */
CliEngine *cli_options_open (const CliOptions *options);

G_END_DECLS
