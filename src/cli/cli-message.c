/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-message.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "library.h"

static void
append_clean (GString *line, gunichar c)
{
  if (c == '\n')
    g_string_append (line, "\\n");
  else if (c == '\t')
    g_string_append (line, "\\t");
  else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_LINE_SEPARATOR ||
           g_unichar_type (c) == G_UNICODE_PARAGRAPH_SEPARATOR)
    g_string_append_printf (line, "\\u%04x", c);
  else
    g_string_append_unichar (line, c);
}

static void
write_message (const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  g_autofree char *clean = cli_message_clean (text);

  fprintf (stderr, "eidetic-cli: %s\n", clean);
  fflush (stderr);
}

/* Whatever still runs in other threads must not be torn down under them, so no exit handlers. */
static void G_GNUC_NORETURN
give_up_output (int error)
{
  if (error != EPIPE)
    cli_message (_ ("Standard output cannot be written: %s"), g_strerror (error));
  _exit (CLI_STATUS_COULD_NOT_RUN);
}

void
cli_message (const char *format, ...)
{
  va_list arguments;

  g_return_if_fail (format != NULL);
  va_start (arguments, format);
  write_message (format, arguments);
  va_end (arguments);
}

CliStatus
cli_message_usage (const char *format, ...)
{
  va_list arguments;

  g_return_val_if_fail (format != NULL, CLI_STATUS_USAGE);
  va_start (arguments, format);
  write_message (format, arguments);
  va_end (arguments);
  return CLI_STATUS_USAGE;
}

CliStatus
cli_message_error (const GError *error)
{
  g_return_val_if_fail (error != NULL, CLI_STATUS_COULD_NOT_RUN);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return CLI_STATUS_INTERRUPTED;
  cli_message ("%s", error->message);
  if (error->domain == G_OPTION_ERROR || g_error_matches (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY))
    return CLI_STATUS_USAGE;
  return CLI_STATUS_COULD_NOT_RUN;
}

char *
cli_message_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    append_clean (line, g_utf8_get_char (p));
  return g_string_free (line, FALSE);
}

void
cli_message_output (const char *text, gsize length)
{
  errno = 0;
  if (fwrite (text, 1, length, stdout) != length || fflush (stdout) != 0)
    give_up_output (errno);
}

void
cli_message_print (const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  g_return_if_fail (format != NULL);
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = g_strconcat (text, "\n", NULL);
  cli_message_output (line, strlen (line));
}
