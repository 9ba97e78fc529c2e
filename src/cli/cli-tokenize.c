/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-tokenize.h"

#include <glib/gi18n.h>

#include "cli-input.h"
#include "cli-json.h"

static gboolean
tokenize (const CliOptions *options, LibraryEngine *engine, const char *text, GError **error)
{
  g_autoptr (GArray) ids = library_engine_tokenize (engine, text, error);
  g_autoptr (GString) line = g_string_new (NULL);

  if (ids == NULL)
    return FALSE;
  if (options->json)
    {
      cli_json_begin (line);
      cli_json_string (line, "text", text);
      cli_json_integers (line, "ids", ids);
      cli_json_end (line);
      return TRUE;
    }
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (line, i > 0 ? " %d" : "%d", g_array_index (ids, gint32, i));
  cli_message_print ("%s", line->str);
  return TRUE;
}

static gboolean
tokenize_arguments (const CliOptions *options, LibraryEngine *engine, char **texts, GError **error)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autofree char *text = cli_input_from_argument (texts[i]);

      if (!tokenize (options, engine, text, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
tokenize_lines (const CliOptions *options, LibraryEngine *engine, GError **error)
{
  g_autoptr (CliRun) run = cli_run_new ();
  g_autoptr (CliInput) input = cli_input_new ();
  GError *local = NULL;

  for (;;)
    {
      g_autofree char *text = cli_input_next (input, run, &local);

      if (text == NULL)
        break;
      if (!tokenize (options, engine, text, &local))
        break;
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static CliStatus
run_tokenize (CliOptions *options, char **argv)
{
  g_auto (GStrv) texts = NULL;
  gboolean from_stdin = FALSE;
  const GOptionEntry entries[] = {
    { "stdin", 0, 0, G_OPTION_ARG_NONE, &from_stdin, N_ ("Take each line of standard input as a text, too"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &texts, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (CliEngine) engine = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_tokenize_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  if (texts == NULL && !from_stdin)
    return cli_message_usage (_ ("Which text? See eidetic-cli tokenize --help"));
  engine = cli_options_open (options);
  if (!tokenize_arguments (options, engine, texts, &error) ||
      (from_stdin && !tokenize_lines (options, engine, &error)))
    return cli_message_error (error);
  return CLI_STATUS_DONE;
}

const CliCommand cli_tokenize_command = {
  .name = "tokenize",
  .arguments = N_ ("TEXT…"),
  .summary = N_ ("Show the token ids of texts"),
  .description = N_ ("Ids go from the start token to the end token, without padding."),
  .run = run_tokenize,
};
