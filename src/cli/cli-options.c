/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-options.h"

#include <glib/gi18n.h>

static void
add_common_entries (GOptionGroup *group, CliOptions *options)
{
  const GOptionEntry entries[] = {
    { "library", 0, 0, G_OPTION_ARG_FILENAME, &options->library, N_ ("Use the library in this folder"), N_ ("DIR") },
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model, N_ ("Use this model: a folder or a name"), N_ ("DIR|NAME") },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &options->device, N_ ("Compute on: auto, cpu, vulkan, vulkan:N or software-vulkan"), N_ ("DEVICE") },
    { "precision", 0, 0, G_OPTION_ARG_FILENAME, &options->precision_name, N_ ("Compute exact or fast (the default depends on the command)"), N_ ("exact|fast") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Write one JSON object a line to standard output"), NULL },
    { "quiet", 0, 0, G_OPTION_ARG_NONE, &options->quiet, N_ ("Show no progress and no remarks"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  g_option_group_add_entries (group, entries);
}

static gboolean
parse_precision (CliOptions *options, GError **error)
{
  options->precision = -1;
  if (options->precision_name == NULL)
    return TRUE;
  if (g_str_equal (options->precision_name, "exact"))
    options->precision = 0;
  else if (g_str_equal (options->precision_name, "fast"))
    options->precision = 1;
  else
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("--precision is exact or fast, not “%s”"), options->precision_name);
  return options->precision >= 0;
}

static gboolean
is_vulkan_number (const char *device)
{
  const char *number = device + strlen ("vulkan:");

  return g_str_has_prefix (device, "vulkan:") && g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT16, NULL, NULL);
}

static gboolean
check_device (const CliOptions *options, GError **error)
{
  const char *const known[] = { "auto", "cpu", "vulkan", "software-vulkan", NULL };

  if (options->device == NULL || g_strv_contains (known, options->device) || is_vulkan_number (options->device))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--device is auto, cpu, vulkan, vulkan:N or software-vulkan, not “%s”"), options->device);
  return FALSE;
}

static gboolean
check_values (CliOptions *options, GError **error)
{
  if ((options->library != NULL && options->library[0] == '\0') || (options->model != NULL && options->model[0] == '\0'))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           _ ("--library and --model need a name that is not empty"));
      return FALSE;
    }
  return parse_precision (options, error) && check_device (options, error);
}

/* The parser takes its own copy of the list, because it takes strings out without freeing them. */
static gboolean
parse (GOptionContext *context, char **argv, GError **error)
{
  g_autofree char **copy = g_memdup2 (argv, (g_strv_length (argv) + 1) * sizeof *argv);
  int argc = (int) g_strv_length (copy);
  gboolean parsed = g_option_context_parse (context, &argc, &copy, error);

  for (int i = 0; parsed && i <= argc; i++)
    argv[i] = copy[i];
  return parsed;
}

static void
add_hint (GError *error, const char *hint)
{
  g_autofree char *message = g_strdup (error->message);

  g_free (error->message);
  error->message = g_strdup_printf ("%s; %s", message, hint);
}

void
cli_options_clear (CliOptions *options)
{
  g_clear_pointer (&options->library, g_free);
  g_clear_pointer (&options->model, g_free);
  g_clear_pointer (&options->device, g_free);
  g_clear_pointer (&options->precision_name, g_free);
}

gboolean
cli_options_parse_program (CliOptions *options, char **argv, const char *summary, GError **error)
{
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Show the version and stop"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("COMMAND …"));
  GOptionGroup *group = g_option_group_new ("eidetic-cli", "", "", NULL, NULL);
  GError *local = NULL;

  g_return_val_if_fail (options != NULL && argv != NULL, FALSE);

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  g_option_group_add_entries (group, entries);
  add_common_entries (group, options);
  g_option_context_set_main_group (context, group);
  g_option_context_set_strict_posix (context, TRUE); /* what follows the command's name is the command's */
  g_option_context_set_summary (context, summary);
  if (!parse (context, argv, &local))
    {
      add_hint (local, _ ("see eidetic-cli --help"));
      g_propagate_error (error, local);
      return FALSE;
    }
  return TRUE;
}

gboolean
cli_options_parse_command (CliOptions *options,
                           const CliCommand *command,
                           const GOptionEntry *entries,
                           gpointer data,
                           char **argv,
                           GError **error)
{
  g_autofree char *usage = g_strdup_printf ("%s %s", command->name, command->arguments);
  g_autofree char *hint = g_strdup_printf (_ ("see eidetic-cli %s --help"), command->name);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  GOptionGroup *group = g_option_group_new (command->name, "", "", data, NULL);
  GError *local = NULL;
  gboolean parsed;

  g_return_val_if_fail (options != NULL && argv != NULL, FALSE);

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  g_option_group_add_entries (group, entries);
  add_common_entries (group, options);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (context, _ (command->summary));
  if (command->description != NULL)
    g_option_context_set_description (context, _ (command->description));
  parsed = parse (context, argv, &local);
  if (parsed && argv[0] != NULL && argv[1] != NULL)
    {
      g_set_error (&local, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                   _ ("%s does not take “%s”"), command->name, argv[1]);
      parsed = FALSE;
    }
  if (!parsed)
    {
      add_hint (local, hint);
      g_propagate_error (error, local);
      return FALSE;
    }
  return check_values (options, error);
}

void
cli_engine_close (CliEngine *engine)
{
  library_engine_close (engine);
  g_object_unref (engine);
}

CliEngine *
cli_options_open (const CliOptions *options)
{
  const LibraryOptions wanted = {
    .directory = options->library,
    .model = options->model,
    .device = options->device,
    .precision = options->precision,
  };

  return library_engine_new (&wanted);
}
