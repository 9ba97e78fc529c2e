/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-query-parse.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/*
 * query  = part (space part)*
 * part   = "-" text | key ":" text | text        key: folder, type, date, name
 * text   = run of characters without a space; between double quotes spaces belong to it
 *
 * A part that begins with a double quote is words of a caption.  A backslash takes the next character as it is.
 */

#define MAX_LENGTH 4096u
#define MAX_PARTS 256u

typedef struct
{
  GString *words;
  GStrvBuilder *without, *folders, *types;
  guint n_without, n_folders, n_types;
  LibraryQuery *query;
} Parse;

static gboolean
refuse (GError **error, const char *part, const char *why)
{
  g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY, "“%s”: %s", part, why);
  return FALSE;
}

/* How a part began and what a backslash says it does not mean. */
typedef struct
{
  gboolean quoted, no_sign, no_key;
} Marks;

/* A backslash before the first character or before the first colon takes away what it would have meant there. */
static void
note_escape (Marks *marks, const GString *part, char escaped)
{
  if (part->len == 0)
    marks->no_sign = marks->no_key = TRUE;
  if (escaped == ':' && strchr (part->str, ':') == NULL)
    marks->no_key = TRUE;
}

/* Takes one part off the text.  NULL with an error at an open quote. */
static char *
take_part (const char **text, Marks *marks, GError **error)
{
  g_autoptr (GString) part = g_string_new (NULL);
  const char *at = *text;
  gboolean inside = FALSE;

  *marks = (Marks){ .quoted = *at == '"' };
  for (; *at != '\0' && (inside || !g_ascii_isspace (*at)); at++)
    if (*at == '\\' && at[1] != '\0')
      {
        note_escape (marks, part, *++at);
        g_string_append_c (part, *at);
      }
    else if (*at == '"')
      inside = !inside;
    else
      g_string_append_c (part, *at);
  if (inside)
    {
      refuse (error, *text, _ ("the closing quotation mark is missing"));
      return NULL;
    }
  *text = at;
  return g_string_free (g_steal_pointer (&part), FALSE);
}

/* A number of exactly `digits` digits, moving on; -1 if there is none. */
static int
take_number (const char **text, guint digits)
{
  int value = 0;

  for (guint i = 0; i < digits; i++, (*text)++)
    {
      if (!g_ascii_isdigit (**text))
        return -1;
      value = value * 10 + (**text - '0');
    }
  return value;
}

/* 2019, 2019-07 or 2019-07-31 up to the end or to "..": its first second and the first one after it. */
static gboolean
take_period (const char **text, gint64 *from, gint64 *to)
{
  int year = take_number (text, 4);
  int month = 0, day = 0;
  g_autoptr (GDateTime) start = NULL;
  g_autoptr (GDateTime) end = NULL;

  if (year >= 1 && **text == '-')
    {
      (*text)++;
      month = take_number (text, 2);
      if (month >= 1 && **text == '-')
        {
          (*text)++;
          day = take_number (text, 2);
          if (day < 1)
            return FALSE;
        }
      else if (month < 1)
        return FALSE;
    }
  if (year < 1)
    return FALSE;
  start = g_date_time_new_utc (year, month != 0 ? month : 1, day != 0 ? day : 1, 0, 0, 0);
  if (start == NULL)
    return FALSE;
  end = day != 0 ? g_date_time_add_days (start, 1) : month != 0 ? g_date_time_add_months (start, 1)
                                                                : g_date_time_add_years (start, 1);
  if (end == NULL)
    return FALSE;
  *from = g_date_time_to_unix (start);
  *to = g_date_time_to_unix (end) - 1;
  return TRUE;
}

/* 0 means open, so the one second that is 0 is taken for the next. */
static gint64
nonzero (gint64 second)
{
  return second != 0 ? second : 1;
}

static gboolean
parse_date (Parse *parse, const char *part, const char *value, GError **error)
{
  const char *why = _ ("a date is a year, a month or a day, or a range of them: date:2019, date:2019-07, date:2019..2021");
  gboolean open_start = g_str_has_prefix (value, "..");
  gboolean open_end = FALSE;
  gint64 from = 0, to = 0, unused;
  const char *at = value;

  if (!open_start && !take_period (&at, &from, &to))
    return refuse (error, part, why);
  if (g_str_has_prefix (at, ".."))
    {
      at += 2;
      open_end = *at == '\0';
      if (open_end ? open_start : !take_period (&at, &unused, &to))
        return refuse (error, part, why);
    }
  if (*at != '\0')
    return refuse (error, part, why);
  if (parse->query->taken_from != 0 || parse->query->taken_to != 0)
    return refuse (error, part, _ ("there is a date already; write one range: date:2019..2021"));
  if (!open_start && !open_end && to < from)
    return refuse (error, part, _ ("the range ends before it begins"));
  parse->query->taken_from = open_start ? 0 : nonzero (from);
  parse->query->taken_to = open_end ? 0 : nonzero (to);
  return TRUE;
}

static char *
expand_home (const char *folder)
{
  if (folder[0] == '~' && (folder[1] == '/' || folder[1] == '\0'))
    return g_strconcat (g_get_home_dir (), folder + 1, NULL);
  return g_strdup (folder);
}

/* The format that a usual ending of file names stands for. */
static const char *
format_of (const char *type)
{
  static const char *const endings[][2] = { { "jpg", "jpeg" }, { "jpe", "jpeg" }, { "tif", "tiff" }, { "heic", "heif" }, { "hif", "heif" } };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (strcmp (type, endings[i][0]) == 0)
      return endings[i][1];
  return type;
}

static gboolean
parse_key (Parse *parse, const char *part, const char *key, const char *value, GError **error)
{
  if (*value == '\0')
    return refuse (error, part, _ ("something must follow the colon"));
  if (strcmp (key, "folder") == 0)
    {
      g_autofree char *folder = expand_home (value);

      g_strv_builder_add (parse->folders, folder);
      parse->n_folders++;
      return TRUE;
    }
  if (strcmp (key, "type") == 0)
    {
      g_autofree char *type = g_ascii_strdown (*value == '.' ? value + 1 : value, -1);

      g_strv_builder_add (parse->types, format_of (type));
      parse->n_types++;
      return TRUE;
    }
  if (strcmp (key, "date") == 0)
    return parse_date (parse, part, value, error);
  return refuse (error, part, _ ("taught names are not available yet"));
}

/* "folder", "type" … if the part begins with one and a colon; a colon in other words is just a character. */
static char *
find_key (const char *part, const char **value)
{
  static const char *const keys[] = { "folder", "type", "date", "name" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gsize length = strlen (keys[i]);

      if (g_ascii_strncasecmp (part, keys[i], length) == 0 && part[length] == ':')
        {
          *value = part + length + 1;
          return g_strdup (keys[i]);
        }
    }
  return NULL;
}

static gboolean
parse_part (Parse *parse, const char *part, const Marks *marks, GError **error)
{
  const char *value;
  g_autofree char *key = NULL;

  if (marks->quoted)
    return refuse (error, part, _ ("searching for the words of captions is not available yet; leave the quotation marks away to search by what pictures show"));
  key = marks->no_key ? NULL : find_key (part, &value);
  if (key != NULL)
    return parse_key (parse, part, key, value, error);
  if (part[0] == '-' && part[1] != '\0' && !marks->no_sign)
    {
      g_autofree char *negated = marks->no_key ? NULL : find_key (part + 1, &value);

      if (negated != NULL)
        return refuse (error, part, _ ("filters cannot be negated"));
      g_strv_builder_add (parse->without, part + 1);
      parse->n_without++;
      return TRUE;
    }
  if (parse->words->len > 0)
    g_string_append_c (parse->words, ' ');
  g_string_append (parse->words, part);
  return TRUE;
}

static gboolean
parse_all (Parse *parse, const char *text, GError **error)
{
  guint parts = 0;

  for (;;)
    {
      g_autofree char *part = NULL;
      Marks marks;

      while (g_ascii_isspace (*text))
        text++;
      if (*text == '\0')
        return TRUE;
      if (++parts > MAX_PARTS)
        return refuse (error, text, _ ("the query has too many parts"));
      part = take_part (&text, &marks, error);
      if (part == NULL || !parse_part (parse, part, &marks, error))
        return FALSE;
    }
}

static void
finish (Parse *parse)
{
  LibraryQuery *query = parse->query;

  query->text = parse->words->len > 0 ? g_strdup (parse->words->str) : NULL;
  query->without = parse->n_without > 0 ? g_strv_builder_end (parse->without) : NULL;
  query->folders = parse->n_folders > 0 ? g_strv_builder_end (parse->folders) : NULL;
  query->types = parse->n_types > 0 ? g_strv_builder_end (parse->types) : NULL;
}

LibraryQuery *
library_query_parse (const char *text, GError **error)
{
  g_autoptr (LibraryQuery) query = library_query_new ();
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GStrvBuilder) without = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();
  Parse parse = { words, without, folders, types, 0, 0, 0, query };

  g_return_val_if_fail (text != NULL, NULL);

  if (strlen (text) > MAX_LENGTH)
    {
      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY, _ ("The query is longer than %u bytes"), MAX_LENGTH);
      return NULL;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY, _ ("The query is not UTF-8 text"));
      return NULL;
    }
  if (!parse_all (&parse, text, error))
    return NULL;
  finish (&parse);
  return g_steal_pointer (&query);
}
