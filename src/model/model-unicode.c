/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-unicode.h"

#include "model-unicode-tables.h"

static gboolean
in_ranges (const ModelUnicodeRange *ranges, gsize n, gunichar c)
{
  gsize low = 0, high = n;

  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (c > ranges[middle].last)
        low = middle + 1;
      else
        high = middle;
    }
  return low < n && c >= ranges[low].first;
}

static gunichar
look_up (const ModelUnicodePair *pairs, gsize n, gunichar c)
{
  gsize low = 0, high = n;

  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (c > pairs[middle].from)
        low = middle + 1;
      else
        high = middle;
    }
  return low < n && pairs[low].from == c ? pairs[low].to : c;
}

gboolean
model_unicode_is_letter (gunichar c)
{
  return in_ranges (model_unicode_letters, n_model_unicode_letters, c);
}

gboolean
model_unicode_is_number (gunichar c)
{
  return in_ranges (model_unicode_numbers, n_model_unicode_numbers, c);
}

gboolean
model_unicode_is_space (gunichar c)
{
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

gunichar
model_unicode_plain_width (gunichar c)
{
  return look_up (model_unicode_width, n_model_unicode_width, c);
}

static gboolean
is_ignorable (gunichar c)
{
  return in_ranges (model_unicode_case_ignorable, n_model_unicode_case_ignorable, c);
}

static gboolean
is_cased (gunichar c)
{
  return in_ranges (model_unicode_cased, n_model_unicode_cased, c);
}

/* Sigma is final after a cased letter and before none (Unicode 3.13, Final_Sigma). */
static gboolean
is_final_sigma (const char *text, const char *at)
{
  const char *p = at;

  do
    {
      if (p == text)
        return FALSE;
      p = g_utf8_prev_char (p);
    }
  while (is_ignorable (g_utf8_get_char (p)));
  if (!is_cased (g_utf8_get_char (p)))
    return FALSE;
  for (p = g_utf8_next_char (at); *p && is_ignorable (g_utf8_get_char (p)); p = g_utf8_next_char (p))
    ;
  return !*p || !is_cased (g_utf8_get_char (p));
}

char *
model_unicode_lower_case (const char *text)
{
  GString *lower = g_string_new (NULL);

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == 0x130)
        g_string_append (lower, "i\xcc\x87");
      else if (c == 0x3a3 && is_final_sigma (text, p))
        g_string_append_unichar (lower, 0x3c2);
      else
        g_string_append_unichar (lower, look_up (model_unicode_lower, n_model_unicode_lower, c));
    }
  return g_string_free (lower, FALSE);
}
