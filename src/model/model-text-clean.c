/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-text-clean.h"

#include "model-text-html.h"
#include "model-unicode.h"

#include <string.h>

#define ROUNDS 16 /* repairs are repeated until nothing changes; each round removes something, so few are needed */

/* Windows-1252 in 0x80 … 0x9f, as browsers read C1 control characters; 0 stays as it is. */
static const gunichar windows_1252[32] = {
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
  0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

static const struct
{
  gunichar c;
  const char *parts;
} ligatures[] = {
  { 0x132, "IJ" }, { 0x133, "ij" }, { 0x149, "\xca\xbcn" }, { 0x1f1, "DZ" }, { 0x1f2, "Dz" }, { 0x1f3, "dz" }, { 0x1c4, "D\xc5\xbd" }, { 0x1c5, "D\xc5\xbe" }, { 0x1c6, "d\xc5\xbe" }, { 0x1c7, "LJ" }, { 0x1c8, "Lj" }, { 0x1c9, "lj" }, { 0x1ca, "NJ" }, { 0x1cb, "Nj" }, { 0x1cc, "nj" }, { 0xfb00, "ff" }, { 0xfb01, "fi" }, { 0xfb02, "fl" }, { 0xfb03, "ffi" }, { 0xfb04, "ffl" }, { 0xfb05, "\xc5\xbft" }, { 0xfb06, "st" }
};

static const char *
ligature_parts (gunichar c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ligatures); i++)
    if (ligatures[i].c == c)
      return ligatures[i].parts;
  return NULL;
}

static gboolean
is_removed (gunichar c)
{
  return c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f || (c >= 0x206a && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

/* Width first, then quotes: a full-width apostrophe is straight already. */
static gunichar
straighten (gunichar c)
{
  c = model_unicode_plain_width (c);
  if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b))
    return '\'';
  if (c >= 0x201c && c <= 0x201f)
    return '"';
  if (c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85)
    return '\n';
  return c;
}

/* The length of a terminal's escape sequence at p: ESC [ digits and semicolons, a letter; 0 if there is none. */
static gsize
escape_length (const char *p)
{
  gsize n = 2;

  if (p[0] != 0x1b || p[1] != '[')
    return 0;
  while (g_ascii_isdigit (p[n]) || p[n] == ';')
    n++;
  return g_ascii_isalpha (p[n]) ? n + 1 : 0;
}

static char *
repair_characters (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = text; *p;)
    {
      gunichar c = g_utf8_get_char (p);
      const char *parts;
      gsize escape = escape_length (p);

      if (escape)
        {
          p += escape;
          continue;
        }
      if (c == '\r' && p[1] == '\n')
        p++;
      p = g_utf8_next_char (p);
      if (c >= 0x80 && c <= 0x9f && windows_1252[c - 0x80])
        c = windows_1252[c - 0x80];
      parts = ligature_parts (c);
      for (const char *q = parts; q && *q; q = g_utf8_next_char (q))
        g_string_append_unichar (out, straighten (g_utf8_get_char (q)));
      if (!parts && !is_removed (straighten (c)))
        g_string_append_unichar (out, straighten (c));
    }
  return g_utf8_normalize (out->str, out->len, G_NORMALIZE_NFC);
}

/* One line, repaired until it is stable.  `entities`: unescape them here. */
static char *
repair_line (const char *line, gboolean entities)
{
  g_autofree char *text = g_strdup (line);

  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autofree char *unescaped = entities ? model_html_unescape_strict (text) : g_strdup (text);
      g_autofree char *repaired = repair_characters (unescaped);

      if (g_str_equal (repaired, text))
        break;
      g_free (text);
      text = g_steal_pointer (&repaired);
    }
  return g_steal_pointer (&text);
}

/* A "<" says that this is HTML, whose entities are not to be guessed at: from its line on. */
static char *
repair (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean entities = TRUE;

  for (const char *p = text; *p;)
    {
      const char *newline = strchr (p, '\n');
      g_autofree char *line = newline ? g_strndup (p, newline + 1 - p) : g_strdup (p);
      g_autofree char *fixed = NULL;

      entities = entities && !strchr (line, '<');
      fixed = repair_line (line, entities);
      g_string_append (out, fixed);
      p += strlen (line);
    }
  return g_string_free (out, FALSE);
}

static char *
collapse_space (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean gap = FALSE;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (model_unicode_is_space (c))
        {
          gap = out->len > 0;
          continue;
        }
      if (gap)
        g_string_append_c (out, ' ');
      gap = FALSE;
      g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

char *
model_text_clean (const char *text)
{
  g_autofree char *repaired = repair (text);
  g_autofree char *once = model_html_unescape (repaired);
  g_autofree char *twice = model_html_unescape (once);
  g_autofree char *collapsed = collapse_space (twice);

  return model_unicode_lower_case (collapsed);
}
