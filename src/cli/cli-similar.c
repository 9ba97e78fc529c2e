/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-similar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "cli-file.h"
#include "cli-input.h"
#include "cli-results.h"

typedef struct
{
  char **files;
  char *less, *more;
  double strength;
  CliLimit limit;
} Similar;

static void
similar_clear (Similar *similar)
{
  g_strfreev (similar->files);
  g_free (similar->less);
  g_free (similar->more);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Similar, similar_clear)

static char *
text_or_null (const char *argument)
{
  return argument != NULL && argument[0] != '\0' ? cli_input_from_argument (argument) : NULL;
}

static LibraryQuery *
make_query (const Similar *similar, GError **error)
{
  g_autoptr (LibraryQuery) query = library_query_new ();

  if (similar->files == NULL || similar->files[1] != NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                         _ ("similar takes one FILE; see eidetic-cli similar --help"));
  else if (!isfinite (similar->strength))
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("--strength needs a number"));
  else
    query->similar = cli_file_new (similar->files[0], error);
  if (query->similar == NULL)
    return NULL;
  query->less = text_or_null (similar->less);
  query->more = text_or_null (similar->more);
  query->strength = (float) similar->strength;
  return g_steal_pointer (&query);
}

static CliStatus
run_similar (CliOptions *options, char **argv)
{
  g_auto (Similar) similar = { .strength = 1, .limit = { .limit = CLI_LIMIT_DEFAULT } };
  const GOptionEntry entries[] = {
    { "less", 0, 0, G_OPTION_ARG_FILENAME, &similar.less, N_ ("What the results should show less of"), N_ ("WORDS") },
    { "more", 0, 0, G_OPTION_ARG_FILENAME, &similar.more, N_ ("What the results should show more of"), N_ ("WORDS") },
    { "strength", 0, 0, G_OPTION_ARG_DOUBLE, &similar.strength, N_ ("How much the words count (default: 1)"), N_ ("L") },
    CLI_LIMIT_ENTRIES (&similar.limit),
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &similar.files, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (LibraryQuery) query = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_similar_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  query = make_query (&similar, &error);
  if (query == NULL)
    return cli_message_error (error);
  return cli_results_run (options, query, &similar.limit);
}

const CliCommand cli_similar_command = {
  .name = "similar",
  .arguments = N_ ("FILE"),
  .summary = N_ ("Find photos similar to one, but different in what words say"),
  .description = N_ ("FILE need not be in the library; it is left out of the results.\n\n"
                     "  eidetic-cli similar boat.jpg --less day --more night"),
  .run = run_similar,
};
