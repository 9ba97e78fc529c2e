/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-json.h"

#include <math.h>
#include <string.h>

#include "cli-file.h"
#include "cli-message.h"

/* NEL, LS and PS (U+0085, U+2028, U+2029), which some readers of lines take for the end of one. */
static gboolean
is_line_break (const char *p)
{
  return strncmp (p, "\xc2\x85", 2) == 0 || strncmp (p, "\xe2\x80\xa8", 3) == 0 || strncmp (p, "\xe2\x80\xa9", 3) == 0;
}

/* text: valid UTF-8. */
static void
append_quoted (GString *line, const char *text)
{
  g_string_append_c (line, '"');
  for (const char *p = text; *p != '\0'; p++)
    switch (*p)
      {
      case '"':
      case '\\':
        g_string_append_c (line, '\\');
        g_string_append_c (line, *p);
        break;
      case '\n':
        g_string_append (line, "\\n");
        break;
      case '\r':
        g_string_append (line, "\\r");
        break;
      case '\t':
        g_string_append (line, "\\t");
        break;
      default:
        if ((guchar) *p < 0x20 || *p == 0x7f)
          g_string_append_printf (line, "\\u%04x", (guchar) *p);
        else if (is_line_break (p))
          {
            g_string_append_printf (line, "\\u%04x", g_utf8_get_char (p));
            p = g_utf8_next_char (p) - 1;
          }
        else
          g_string_append_c (line, *p);
      }
  g_string_append_c (line, '"');
}

static void
append_key (GString *line, const char *key)
{
  if (line->len > 0 && line->str[line->len - 1] != '{')
    g_string_append_c (line, ',');
  append_quoted (line, key);
  g_string_append_c (line, ':');
}

static void
append_number (GString *line, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_string_append (line, g_ascii_formatd (digits, sizeof digits, "%.9g", value));
  else
    g_string_append (line, "null");
}

void
cli_json_begin (GString *line)
{
  g_string_truncate (line, 0);
  g_string_append_c (line, '{');
}

void
cli_json_string (GString *line, const char *key, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  append_key (line, key);
  if (valid != NULL)
    append_quoted (line, valid);
  else
    g_string_append (line, "null");
}

void
cli_json_integer (GString *line, const char *key, gint64 value)
{
  append_key (line, key);
  g_string_append_printf (line, "%" G_GINT64_FORMAT, value);
}

void
cli_json_number (GString *line, const char *key, double value)
{
  append_key (line, key);
  append_number (line, value);
}

void
cli_json_boolean (GString *line, const char *key, gboolean value)
{
  append_key (line, key);
  g_string_append (line, value ? "true" : "false");
}

void
cli_json_file (GString *line, const char *key, GFile *file)
{
  g_autofree char *name = cli_file_to_text (file);

  cli_json_string (line, key, name);
}

void
cli_json_floats (GString *line, const char *key, GArray *values)
{
  append_key (line, key);
  g_string_append_c (line, '[');
  for (guint i = 0; i < values->len; i++)
    {
      if (i > 0)
        g_string_append_c (line, ',');
      append_number (line, g_array_index (values, float, i));
    }
  g_string_append_c (line, ']');
}

void
cli_json_integers (GString *line, const char *key, GArray *values)
{
  append_key (line, key);
  g_string_append_c (line, '[');
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (line, i > 0 ? ",%d" : "%d", g_array_index (values, gint32, i));
  g_string_append_c (line, ']');
}

void
cli_json_end (GString *line)
{
  g_string_append (line, "}\n");
  cli_message_output (line->str, line->len);
  g_string_truncate (line, 0);
}
