/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-problems.h"

#include <glib/gi18n.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-run.h"

static void
write_json (const LibraryProblem *problem)
{
  g_autoptr (GString) line = g_string_new (NULL);

  cli_json_begin (line);
  cli_json_file (line, "file", problem->file);
  cli_json_string (line, "reason", problem->reason);
  cli_json_string (line, "detail", problem->detail);
  cli_json_integer (line, "attempts", problem->attempts);
  cli_json_end (line);
}

static void
print_row (const LibraryProblem *problem)
{
  g_autofree char *name = cli_file_to_display (problem->file);
  g_autofree char *detail = cli_message_clean (problem->detail != NULL ? problem->detail : "");

  cli_message_print ("%-22s %s\n%-22s %s", problem->reason, name, "", detail);
}

static gboolean
retry (LibraryEngine *engine, CliRun *run, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  LibraryProgress progress;

  library_engine_index_async (engine, NULL, LIBRARY_INDEX_RETRY, NULL, NULL, NULL, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  return library_engine_index_finish (engine, result, &progress, error);
}

static CliStatus
run_problems (CliOptions *options, char **argv)
{
  gboolean again = FALSE;
  const GOptionEntry entries[] = {
    { "retry", 0, 0, G_OPTION_ARG_NONE, &again, N_ ("Try to read the files again first"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (CliRun) run = NULL;
  g_autoptr (CliEngine) engine = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_problems_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  run = cli_run_new ();
  engine = cli_options_open (options);
  if (again && !retry (engine, run, &error))
    return cli_message_error (error);
  library_engine_problems_async (engine, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  problems = library_engine_problems_finish (engine, result, &error);
  if (problems == NULL)
    return cli_message_error (error);
  for (guint i = 0; i < problems->len; i++)
    if (options->json)
      write_json (g_ptr_array_index (problems, i));
    else
      print_row (g_ptr_array_index (problems, i));
  if (problems->len == 0 && !options->json && !options->quiet)
    cli_message (_ ("Every file could be read"));
  return CLI_STATUS_DONE;
}

const CliCommand cli_problems_command = {
  .name = "problems",
  .arguments = "",
  .summary = N_ ("List the files that could not be read"),
  .run = run_problems,
};
