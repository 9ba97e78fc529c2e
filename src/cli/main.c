/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "cli-doctor.h"
#include "cli-embed.h"
#include "cli-index.h"
#include "cli-models.h"
#include "cli-problems.h"
#include "cli-search.h"
#include "cli-similar.h"
#include "cli-tokenize.h"

static const CliCommand *const commands[] = {
  &cli_index_command,
  &cli_search_command,
  &cli_similar_command,
  &cli_embed_command,
  &cli_tokenize_command,
  &cli_models_command,
  &cli_problems_command,
  &cli_doctor_command,
};

static const CliCommand *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i]->name, name))
      return commands[i];
  return NULL;
}

static char *
describe_commands (void)
{
  GString *text = g_string_new (_ ("Finds photographs by what they show.\n\nCommands:"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "\n  %-10s %s", commands[i]->name, _ (commands[i]->summary));
  g_string_append (text, _ ("\n\neidetic-cli COMMAND --help says more about a command."));
  return g_string_free (text, FALSE);
}

static CliStatus
run (char **argv)
{
  g_auto (CliOptions) options = { .precision = -1 };
  g_autofree char *summary = describe_commands ();
  g_autoptr (GError) error = NULL;
  const CliCommand *command;

  if (!cli_options_parse_program (&options, argv, summary, &error))
    return cli_message_error (error);
  if (options.version)
    {
      cli_message_print ("eidetic-cli %s", EIDETIC_VERSION);
      return CLI_STATUS_DONE;
    }
  if (argv[1] == NULL)
    return cli_message_usage (_ ("Which command? See eidetic-cli --help"));
  command = find_command (argv[1]);
  if (command == NULL)
    return cli_message_usage (_ ("unknown command “%s”; see eidetic-cli --help"), argv[1]);
  return command->run (&options, argv + 1);
}

int
main (int argc, char **argv)
{
  /* The caller's list keeps its strings; ours loses those that were understood. */
  g_autofree char **list = g_memdup2 (argv, (gsize) (argc + 1) * sizeof *argv);
  static char *nothing[] = { (char *) "eidetic-cli", NULL };

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, EIDETIC_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("eidetic-cli");
  return (int) run (argc > 0 ? list : nothing);
}
