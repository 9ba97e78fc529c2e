/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-input.h"

#include <gio/gunixinputstream.h>
#include <unistd.h>

struct _CliInput
{
  GDataInputStream *lines;
};

CliInput *
cli_input_new (void)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  CliInput *input = g_new0 (CliInput, 1);

  input->lines = g_data_input_stream_new (stream);
  return input;
}

void
cli_input_free (CliInput *input)
{
  if (input == NULL)
    return;
  g_object_unref (input->lines);
  g_free (input);
}

char *
cli_input_next (CliInput *input, CliRun *run, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *line = NULL;
  gsize length = 0;

  g_return_val_if_fail (input != NULL, NULL);

  g_data_input_stream_read_line_async (input->lines, G_PRIORITY_DEFAULT, cli_run_get_cancellable (run),
                                       cli_run_done, run);
  result = cli_run_wait (run);
  line = g_data_input_stream_read_line_finish (input->lines, result, &length, error);
  return line != NULL ? g_utf8_make_valid (line, (gssize) length) : NULL;
}

char *
cli_input_from_argument (const char *argument)
{
  g_autofree char *converted = NULL;

  g_return_val_if_fail (argument != NULL, NULL);

  if (g_utf8_validate (argument, -1, NULL))
    return g_strdup (argument);
  converted = g_locale_to_utf8 (argument, -1, NULL, NULL, NULL);
  return converted != NULL ? g_steal_pointer (&converted) : g_utf8_make_valid (argument, -1);
}
