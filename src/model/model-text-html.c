/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-text-html.h"

#include "model-unicode-tables.h"

#include <string.h>

#define NAME_MOST 32 /* no reference is longer */
#define STRICT_MOST 24

/* HTML 5's replacements for numbers that were meant as Windows-1252. */
static const gunichar numbered[32] = {
  0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178
};

static const char *
find_entity (const char *name, gsize length)
{
  gsize low = 0, high = n_model_unicode_entities;

  while (low < high)
    {
      gsize middle = (low + high) / 2;
      const char *other = model_unicode_entities[middle].name;
      int order = strncmp (other, name, length);

      if (order == 0 && other[length] == 0)
        return model_unicode_entities[middle].text;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

/* Numbers that HTML 5 drops: control characters and what is no character. */
static gboolean
is_dropped (gunichar c)
{
  return (c >= 0x1 && c <= 0x8) || c == 0xb || (c >= 0xe && c <= 0x1f) || (c >= 0x7f && c <= 0x9f) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

static void
append_number (GString *out, guint64 number)
{
  if (number >= 0x80 && number <= 0x9f)
    g_string_append_unichar (out, numbered[number - 0x80]);
  else if (number == 0 || (number >= 0xd800 && number <= 0xdfff) || number > 0x10ffff)
    g_string_append_unichar (out, 0xfffd);
  else if (!is_dropped (number))
    g_string_append_unichar (out, number);
}

/* "&#…" at p: its length, or 0. */
static gsize
read_number (const char *p, guint64 *number)
{
  gboolean hex = p[2] == 'x' || p[2] == 'X';
  const char *digits = p + 2 + hex, *q = digits;

  *number = 0;
  for (; hex ? g_ascii_isxdigit (*q) : g_ascii_isdigit (*q); q++)
    *number = MIN (*number * (hex ? 16 : 10) + g_ascii_xdigit_value (*q), (guint64) 0x110000);
  if (q == digits)
    return 0;
  return q + (*q == ';') - p;
}

static gsize
name_length (const char *p)
{
  gsize n = 0;

  while (n < NAME_MOST && p[n] && !strchr ("\t\n\f <&#;", p[n]))
    n++;
  return n + (n < NAME_MOST && n > 0 && p[n] == ';');
}

/* "&name" at p: the longest known beginning.  Its length, or 0. */
static gsize
read_name (const char *p, const char **text)
{
  gsize n = name_length (p + 1);

  *text = find_entity (p + 1, n);
  if (*text)
    return n + 1;
  for (gsize k = n; k-- > 2;)
    if ((*text = find_entity (p + 1, k)))
      return k + 1;
  return 0;
}

char *
model_html_unescape (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p;)
    {
      const char *replacement = NULL;
      guint64 number = 0;
      gsize n = 0;

      if (p[0] == '&')
        n = p[1] == '#' ? read_number (p, &number) : read_name (p, &replacement);
      if (n == 0)
        g_string_append_c (out, *p++);
      else if (replacement)
        g_string_append (out, replacement);
      else
        append_number (out, number);
      p += n;
    }
  return g_string_free (out, FALSE);
}

static void
append_upper (GString *out, const char *text)
{
  for (; *text; text = g_utf8_next_char (text))
    if (g_utf8_get_char (text) == 0xdf)
      g_string_append (out, "SS");
    else
      g_string_append_unichar (out, g_unichar_toupper (g_utf8_get_char (text)));
}

/* A name in capitals that HTML 5 itself leaves alone. */
static gboolean
append_capitals (GString *out, const char *reference, gsize n)
{
  g_autofree char *whole = g_strndup (reference, n);
  g_autofree char *lower = g_ascii_strdown (whole, -1), *upper = g_ascii_strup (whole, -1), *plain = model_html_unescape (whole);
  const char *text = find_entity (lower + 1, n - 1);

  if (!text || !g_str_equal (whole, upper) || !g_str_equal (plain, whole))
    return FALSE;
  append_upper (out, text);
  return TRUE;
}

/* The length of "&" or "&#", 1 to 24 letters and digits, ";" at p, or 0. */
static gsize
strict_length (const char *p)
{
  gsize start = 1 + (p[1] == '#'), n = start;

  while (n - start < STRICT_MOST && g_ascii_isalnum (p[n]))
    n++;
  return n > start && p[n] == ';' ? n + 1 : 0;
}

static gboolean
append_reference (GString *out, const char *p, gsize n)
{
  const char *text;
  guint64 number;

  if (p[1] != '#')
    {
      text = find_entity (p + 1, n - 1);
      if (text)
        g_string_append (out, text);
      return text || append_capitals (out, p, n);
    }
  if (read_number (p, &number) != n || number == ';')
    return FALSE;
  append_number (out, number);
  return TRUE;
}

char *
model_html_unescape_strict (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p;)
    {
      gsize n = p[0] == '&' ? strict_length (p) : 0;

      if (n && append_reference (out, p, n))
        p += n;
      else
        g_string_append_c (out, *p++);
    }
  return g_string_free (out, FALSE);
}
