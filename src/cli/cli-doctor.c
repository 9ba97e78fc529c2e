/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-doctor.h"

#include <glib/gi18n.h>

#include "cli-json.h"
#include "cli-run.h"

static void
show (const CliOptions *options, const LibraryCheck *check)
{
  if (options->json)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      cli_json_begin (line);
      cli_json_string (line, "check", check->check);
      cli_json_boolean (line, "ok", check->ok);
      cli_json_string (line, "detail", check->detail);
      cli_json_end (line);
    }
  else
    {
      g_autofree char *name = cli_message_clean (check->check);
      g_autofree char *detail = cli_message_clean (check->detail != NULL ? check->detail : "");

      cli_message_print ("%s %-24s %s", check->ok ? "✓" : "✗", name, detail);
    }
}

static CliStatus
run_doctor (CliOptions *options, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_autoptr (CliRun) run = NULL;
  g_autoptr (CliEngine) engine = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) checks = NULL;
  g_autoptr (GError) error = NULL;
  CliStatus status = CLI_STATUS_DONE;

  if (!cli_options_parse_command (options, &cli_doctor_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  run = cli_run_new ();
  engine = cli_options_open (options);
  library_engine_doctor_async (engine, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  checks = library_engine_doctor_finish (engine, result, &error);
  if (checks == NULL)
    return cli_message_error (error);
  for (guint i = 0; i < checks->len; i++)
    {
      const LibraryCheck *check = g_ptr_array_index (checks, i);

      show (options, check);
      if (!check->ok)
        status = CLI_STATUS_SOME_FAILED;
    }
  return status;
}

const CliCommand cli_doctor_command = {
  .name = "doctor",
  .arguments = "",
  .summary = N_ ("Check devices, drivers, model and library"),
  .run = run_doctor,
};
