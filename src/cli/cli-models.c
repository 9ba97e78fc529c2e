/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-models.h"

#include <glib/gi18n.h>

#include "cli-json.h"
#include "cli-run.h"

static void
write_json (const LibraryModel *model)
{
  g_autoptr (GString) line = g_string_new (NULL);

  cli_json_begin (line);
  cli_json_string (line, "name", model->name);
  cli_json_string (line, "path", model->path);
  cli_json_string (line, "kind", model->kind);
  cli_json_integer (line, "dim", model->dim);
  cli_json_integer (line, "size", model->size);
  cli_json_string (line, "licence", model->licence);
  cli_json_string (line, "state", model->state);
  if (model->detail != NULL)
    cli_json_string (line, "detail", model->detail);
  cli_json_end (line);
}

static const char *
state_in_words (const LibraryModel *model)
{
  if (g_str_equal (model->state, "in-use"))
    return _ ("in use");
  if (g_str_equal (model->state, "ready"))
    return _ ("ready");
  return _ ("unusable");
}

static void
print_row (const LibraryModel *model)
{
  g_autofree char *name = cli_message_clean (model->name);
  g_autofree char *size = g_format_size ((guint64) MAX (model->size, 0));

  cli_message_print ("%-28s %-5s %5u  %10s  %s", name, model->kind != NULL ? model->kind : "–", model->dim, size,
                     state_in_words (model));
}

static void
print_details (const LibraryModel *model)
{
  g_autofree char *path = cli_message_clean (model->path);

  print_row (model);
  cli_message_print ("  %s %s", _ ("folder: "), path);
  cli_message_print ("  %s %s", _ ("licence:"), model->licence != NULL ? model->licence : _ ("the folder does not say"));
}

static void
show (const CliOptions *options, const LibraryModel *model, gboolean details)
{
  if (options->json)
    write_json (model);
  else if (details)
    print_details (model);
  else
    print_row (model);
  if (model->detail != NULL && (details || !options->quiet))
    cli_message ("%s", model->detail);
}

static CliStatus
list_models (const CliOptions *options, LibraryEngine *engine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) models = library_engine_list_models (engine, &error);

  if (models == NULL)
    return cli_message_error (error);
  for (guint i = 0; i < models->len; i++)
    show (options, g_ptr_array_index (models, i), FALSE);
  return CLI_STATUS_DONE;
}

static CliStatus
show_model (const CliOptions *options, LibraryEngine *engine, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryModel) model = library_engine_get_model (engine, name, &error);

  if (model == NULL)
    return cli_message_error (error);
  show (options, model, TRUE);
  return g_str_equal (model->state, "unusable") ? CLI_STATUS_COULD_NOT_RUN : CLI_STATUS_DONE;
}

static CliStatus
use_model (const CliOptions *options, LibraryEngine *engine, const char *name)
{
  g_autoptr (CliRun) run = cli_run_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  library_engine_use_model_async (engine, name, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  if (!library_engine_use_model_finish (engine, result, &error))
    return cli_message_error (error);
  return show_model (options, engine, name);
}

static CliStatus
run_models (CliOptions *options, char **argv)
{
  g_auto (GStrv) words = NULL;
  const GOptionEntry entries[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (CliEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  guint n;

  if (!cli_options_parse_command (options, &cli_models_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  n = words != NULL ? g_strv_length (words) : 0;
  engine = cli_options_open (options);
  if (n == 0 || (n == 1 && g_str_equal (words[0], "list")))
    return list_models (options, engine);
  if (n == 2 && g_str_equal (words[0], "info"))
    return show_model (options, engine, words[1]);
  if (n == 2 && g_str_equal (words[0], "use"))
    return use_model (options, engine, words[1]);
  return cli_message_usage (_ ("models takes list, use NAME or info NAME; see eidetic-cli models --help"));
}

const CliCommand cli_models_command = {
  .name = "models",
  .arguments = N_ ("[list|use NAME|info NAME]"),
  .summary = N_ ("Show the models and choose one"),
  .description = N_ ("NAME is the name of a model that the list shows, or a folder as OpenCLIP publishes models.\n"
                     "A model that is used is remembered in the library."),
  .run = run_models,
};
