/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-file.h"

#include <glib/gi18n.h>
#include <string.h>

#include "cli-message.h"

static gboolean
looks_like_uri (const char *argument)
{
  g_autofree char *scheme = g_uri_parse_scheme (argument);

  return scheme != NULL && argument[strlen (scheme) + 1] == '/' && argument[strlen (scheme) + 2] == '/';
}

GFile *
cli_file_new (const char *argument, GError **error)
{
  g_autoptr (GFile) file = NULL;

  g_return_val_if_fail (argument != NULL, NULL);

  if (argument[0] == '\0')
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A file name is empty"));
      return NULL;
    }
  if (looks_like_uri (argument) && !g_file_test (argument, G_FILE_TEST_EXISTS))
    file = g_file_new_for_uri (argument);
  else
    file = g_file_new_for_path (argument);
  if (g_file_peek_path (file) == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("“%s” is not a file on this computer"), argument);
      return NULL;
    }
  return g_steal_pointer (&file);
}

GPtrArray *
cli_file_new_all (char **arguments, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    {
      GFile *file = cli_file_new (arguments[i], error);

      if (file == NULL)
        return NULL;
      g_ptr_array_add (files, file);
    }
  return g_steal_pointer (&files);
}

char *
cli_file_to_text (GFile *file)
{
  const char *path;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  path = g_file_peek_path (file);
  if (path != NULL && g_utf8_validate (path, -1, NULL))
    return g_strdup (path);
  return g_file_get_uri (file);
}

char *
cli_file_to_display (GFile *file)
{
  g_autofree char *name = NULL;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  /* The parse name of a path with control characters is a URI, which nobody recognises. */
  name = g_file_peek_path (file) != NULL ? g_filename_display_name (g_file_peek_path (file)) : g_file_get_parse_name (file);
  return cli_message_clean (name);
}
