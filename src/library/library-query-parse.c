/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-query-parse.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/*
 * query  = part (space part)*
 * part   = ["-"] text | ["-"] key ":" text        key: folder, type, has, date, name
 * text   = run of characters without a space; between double quotes spaces belong to it
 *
 * A text that begins with a double quote is words of a caption.  A backslash takes the next character as it is.
 */

#define MAX_LENGTH 4096u
#define MAX_PARTS 256u

typedef struct
{
  GString *words;
  GPtrArray *without, *folders, *types, *without_folders, *without_types, *quoted, *without_quoted; /* of char* */
  LibraryQuery *query;
} Parse;

static gboolean
refuse (GError **error, const char *part, const char *why)
{
  g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY, "“%s”: %s", part, why);
  return FALSE;
}

/* How a part began, and whether a backslash says that its colon is just a character. */
typedef struct
{
  gboolean minus, quoted, no_key;
} Marks;

/* A backslash before the first character or before the first colon takes away what the part would have meant. */
static void
note_escape (Marks *marks, const GString *part, char escaped)
{
  if (part->len == 0)
    marks->no_key = TRUE;
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

  *marks = (Marks){ .minus = *at == '-', .quoted = at[*at == '-'] == '"' };
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
  /* The calendar ends with the year 9999. */
  end = day != 0 ? g_date_time_add_days (start, 1) : month != 0 ? g_date_time_add_months (start, 1)
                                                                : g_date_time_add_years (start, 1);
  *from = g_date_time_to_unix (start);
  *to = end != NULL ? g_date_time_to_unix (end) - 1 : G_MAXINT64;
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
parse_has (Parse *parse, const char *part, const char *value, gboolean negated, GError **error)
{
  LibraryQueryHas has;

  if (g_ascii_strcasecmp (value, "caption") == 0)
    has = negated ? LIBRARY_QUERY_WITHOUT : LIBRARY_QUERY_WITH;
  else if (g_ascii_strcasecmp (value, "no-caption") == 0)
    has = negated ? LIBRARY_QUERY_WITH : LIBRARY_QUERY_WITHOUT;
  else
    return refuse (error, part, _ ("photographs can be told by has:caption and has:no-caption"));
  if (parse->query->has_caption != LIBRARY_QUERY_ANY && parse->query->has_caption != has)
    return refuse (error, part, _ ("no photograph has a caption and has none"));
  parse->query->has_caption = has;
  return TRUE;
}

static gboolean
parse_key (Parse *parse, const char *part, const char *key, const char *value, gboolean negated, GError **error)
{
  if (*value == '\0')
    return refuse (error, part, _ ("something must follow the colon"));
  if (strcmp (key, "folder") == 0)
    g_ptr_array_add (negated ? parse->without_folders : parse->folders, expand_home (value));
  else if (strcmp (key, "type") == 0)
    {
      g_autofree char *type = g_ascii_strdown (*value == '.' ? value + 1 : value, -1);

      g_ptr_array_add (negated ? parse->without_types : parse->types, g_strdup (format_of (type)));
    }
  else if (strcmp (key, "has") == 0)
    return parse_has (parse, part, value, negated, error);
  else if (strcmp (key, "date") == 0)
    return negated ? refuse (error, part, _ ("a date cannot be negated; write the dates that are wanted: date:..2018")) : parse_date (parse, part, value, error);
  else
    return refuse (error, part, _ ("taught names are not available yet"));
  return TRUE;
}

/* "folder", "type" … if the part begins with one and a colon; a colon in other words is just a character. */
static char *
find_key (const char *part, const char **value)
{
  static const char *const keys[] = { "folder", "type", "has", "date", "name" };

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
parse_quoted (Parse *parse, const char *text, gboolean negated, GError **error)
{
  g_autofree char *words = g_strstrip (g_strdup (text));

  if (*words == '\0')
    return refuse (error, "\"\"", _ ("there are no words between the quotation marks"));
  g_ptr_array_add (negated ? parse->without_quoted : parse->quoted, g_steal_pointer (&words));
  return TRUE;
}

static gboolean
parse_part (Parse *parse, const char *part, const Marks *marks, GError **error)
{
  gboolean negated = marks->minus && (part[1] != '\0' || marks->quoted);
  const char *text = part + negated;
  const char *value;
  g_autofree char *key = NULL;

  if (marks->quoted)
    return parse_quoted (parse, text, negated, error);
  key = marks->no_key ? NULL : find_key (text, &value);
  if (key != NULL)
    return parse_key (parse, part, key, value, negated, error);
  if (negated)
    {
      g_ptr_array_add (parse->without, g_strdup (text));
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

/* NULL if there are none.  The array is empty then. */
static GStrv
take_strings (GPtrArray *strings)
{
  if (strings->len == 0)
    return NULL;
  g_ptr_array_add (strings, NULL);
  return (GStrv) g_ptr_array_steal (strings, NULL);
}

static void
finish (Parse *parse)
{
  LibraryQuery *query = parse->query;

  query->text = parse->words->len > 0 ? g_strdup (parse->words->str) : NULL;
  query->without = take_strings (parse->without);
  query->folders = take_strings (parse->folders);
  query->types = take_strings (parse->types);
  query->without_folders = take_strings (parse->without_folders);
  query->without_types = take_strings (parse->without_types);
  query->quoted = take_strings (parse->quoted);
  query->without_quoted = take_strings (parse->without_quoted);
}

LibraryQuery *
library_query_parse (const char *text, GError **error)
{
  g_autoptr (LibraryQuery) query = library_query_new ();
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GPtrArray) without = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) without_folders = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) without_types = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) quoted = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) without_quoted = g_ptr_array_new_with_free_func (g_free);
  Parse parse = { words, without, folders, types, without_folders, without_types, quoted, without_quoted, query };

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
