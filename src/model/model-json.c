/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

typedef struct
{
  const char *start, *at, *end;
  guint depth;
  GError **error;
} Parser;

static ModelJson *parse_value (Parser *parser);

void
model_json_free (ModelJson *json)
{
  if (!json)
    return;
  g_free (json->key);
  g_free (json->string);
  g_clear_pointer (&json->members, g_hash_table_unref);
  g_clear_pointer (&json->values, g_ptr_array_unref);
  g_free (json);
}

static gboolean
fail (Parser *parser, const char *what)
{
  if (parser->error && !*parser->error)
    g_set_error (parser->error, MODEL_ERROR, MODEL_ERROR_DAMAGED, "this is no valid JSON: %s at byte %" G_GSIZE_FORMAT, what, (gsize) (parser->at - parser->start));
  return FALSE;
}

static void
skip_space (Parser *parser)
{
  while (parser->at < parser->end && strchr (" \t\r\n", *parser->at) && *parser->at)
    parser->at++;
}

static gboolean
take (Parser *parser, char c)
{
  if (parser->at >= parser->end || *parser->at != c)
    return FALSE;
  parser->at++;
  return TRUE;
}

static gboolean
take_word (Parser *parser, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (parser->end - parser->at) < length || memcmp (parser->at, word, length))
    return fail (parser, "an unknown word");
  parser->at += length;
  return TRUE;
}

static gboolean
take_hex (Parser *parser, gunichar *code)
{
  *code = 0;
  for (int i = 0; i < 4; i++)
    {
      int digit = parser->at < parser->end ? g_ascii_xdigit_value (*parser->at) : -1;

      if (digit < 0)
        return fail (parser, "a bad \\u escape");
      *code = *code * 16 + digit;
      parser->at++;
    }
  return TRUE;
}

/* After "\u": a code point, or a pair of surrogates.  NUL is refused: it would end the string early. */
static gboolean
take_unicode (Parser *parser, GString *text)
{
  gunichar high, low;

  if (!take_hex (parser, &high))
    return FALSE;
  if (high >= 0xd800 && high < 0xdc00)
    {
      if (!take (parser, '\\') || !take (parser, 'u') || !take_hex (parser, &low) || low < 0xdc00 || low > 0xdfff)
        return fail (parser, "a lone surrogate");
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
  if (high == 0 || (high >= 0xdc00 && high < 0xe000))
    return fail (parser, "an unusable character");
  g_string_append_unichar (text, high);
  return TRUE;
}

static gboolean
take_escape (Parser *parser, GString *text)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *found;
  char c = parser->at < parser->end ? *parser->at++ : 0;

  if (c == 'u')
    return take_unicode (parser, text);
  found = c ? strchr (names, c) : NULL;
  if (!found)
    return fail (parser, "an unknown escape");
  g_string_append_c (text, values[found - names]);
  return TRUE;
}

static char *
parse_string (Parser *parser)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!take (parser, '"'))
    {
      fail (parser, "a string was expected");
      return NULL;
    }
  while (parser->at < parser->end && *parser->at != '"')
    {
      guchar c = *parser->at;

      if (c < 0x20)
        {
          fail (parser, "a control character in a string");
          return NULL;
        }
      parser->at++;
      if (c != '\\')
        g_string_append_c (text, c);
      else if (!take_escape (parser, text))
        return NULL;
    }
  if (!take (parser, '"'))
    {
      fail (parser, "a string without end");
      return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gsize
skip_digits (Parser *parser)
{
  const char *from = parser->at;

  while (parser->at < parser->end && g_ascii_isdigit (*parser->at))
    parser->at++;
  return parser->at - from;
}

static gboolean
parse_number (Parser *parser, ModelJson *json)
{
  const char *from = parser->at;
  g_autofree char *text = NULL;
  gboolean zero;
  gsize digits;

  json->integral = TRUE;
  take (parser, '-');
  zero = parser->at < parser->end && *parser->at == '0';
  digits = skip_digits (parser);
  if (digits == 0 || (zero && digits > 1))
    return fail (parser, "a bad number");
  if (take (parser, '.'))
    {
      json->integral = FALSE;
      if (skip_digits (parser) == 0)
        return fail (parser, "a bad number");
    }
  if (take (parser, 'e') || take (parser, 'E'))
    {
      json->integral = FALSE;
      if (!take (parser, '-'))
        take (parser, '+');
      if (skip_digits (parser) == 0)
        return fail (parser, "a bad number");
    }
  if (parser->at - from > 400)
    return fail (parser, "a number that is too long");
  text = g_strndup (from, parser->at - from);
  json->number = g_ascii_strtod (text, NULL);
  errno = 0;
  json->integer = g_ascii_strtoll (text, NULL, 10);
  json->integral = json->integral && errno == 0;
  return isfinite (json->number) ? TRUE : fail (parser, "a number out of range");
}

static gboolean
parse_array (Parser *parser, ModelJson *json)
{
  json->values = g_ptr_array_new_with_free_func ((GDestroyNotify) model_json_free);
  skip_space (parser);
  if (take (parser, ']'))
    return TRUE;
  do
    {
      ModelJson *value = parse_value (parser);

      if (!value)
        return FALSE;
      g_ptr_array_add (json->values, value);
      skip_space (parser);
    }
  while (take (parser, ','));
  return take (parser, ']') || fail (parser, "a list without end");
}

static gboolean
parse_member (Parser *parser, ModelJson *json)
{
  g_autofree char *key = NULL;
  ModelJson *value;

  skip_space (parser);
  key = parse_string (parser);
  if (!key)
    return FALSE;
  if (g_hash_table_contains (json->members, key))
    return fail (parser, "a key that stands twice");
  skip_space (parser);
  if (!take (parser, ':'))
    return fail (parser, "a colon was expected");
  value = parse_value (parser);
  if (!value)
    return FALSE;
  value->key = g_steal_pointer (&key);
  g_ptr_array_add (json->values, value);
  g_hash_table_insert (json->members, value->key, value);
  skip_space (parser);
  return TRUE;
}

static gboolean
parse_object (Parser *parser, ModelJson *json)
{
  json->values = g_ptr_array_new_with_free_func ((GDestroyNotify) model_json_free);
  json->members = g_hash_table_new (g_str_hash, g_str_equal);
  skip_space (parser);
  if (take (parser, '}'))
    return TRUE;
  do
    if (!parse_member (parser, json))
      return FALSE;
  while (take (parser, ','));
  return take (parser, '}') || fail (parser, "an object without end");
}

static gboolean
parse_into (Parser *parser, ModelJson *json)
{
  char c = parser->at < parser->end ? *parser->at : 0;

  switch (c)
    {
    case '{':
      parser->at++;
      json->type = MODEL_JSON_OBJECT;
      return parse_object (parser, json);
    case '[':
      parser->at++;
      json->type = MODEL_JSON_ARRAY;
      return parse_array (parser, json);
    case '"':
      json->type = MODEL_JSON_STRING;
      json->string = parse_string (parser);
      return json->string != NULL;
    case 't':
      json->type = MODEL_JSON_TRUE;
      return take_word (parser, "true");
    case 'f':
      json->type = MODEL_JSON_FALSE;
      return take_word (parser, "false");
    case 'n':
      json->type = MODEL_JSON_NULL;
      return take_word (parser, "null");
    default:
      json->type = MODEL_JSON_NUMBER;
      return c == '-' || g_ascii_isdigit (c) ? parse_number (parser, json) : fail (parser, "a value was expected");
    }
}

static ModelJson *
parse_value (Parser *parser)
{
  g_autoptr (ModelJson) json = g_new0 (ModelJson, 1);
  gboolean parsed;

  if (parser->depth >= MODEL_JSON_DEPTH)
    {
      fail (parser, "nesting that is too deep");
      return NULL;
    }
  parser->depth++;
  skip_space (parser);
  parsed = parse_into (parser, json);
  parser->depth--;
  return parsed ? g_steal_pointer (&json) : NULL;
}

ModelJson *
model_json_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (GError) local = NULL;
  Parser parser = { text, text, text + length, 0, &local };
  g_autoptr (ModelJson) json = NULL;

  g_return_val_if_fail (text, NULL);
  if (!g_utf8_validate_len (text, length, &parser.at))
    fail (&parser, "text that is not UTF-8");
  else
    {
      parser.at = text;
      json = parse_value (&parser);
      skip_space (&parser);
      if (json && parser.at < parser.end)
        fail (&parser, "something after the end");
    }
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return g_steal_pointer (&json);
}

ModelJson *
model_json_load (const char *path, gsize limit, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = g_filename_display_name (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GError) reason = NULL;
  ModelJson *json;
  gsize length = 0;

  stream = g_file_read (file, NULL, &reason);
  text = g_try_malloc (limit + 1);
  if (stream && text && g_input_stream_read_all (G_INPUT_STREAM (stream), text, limit + 1, &length, NULL, &reason) && length > limit)
    g_set_error (&reason, MODEL_ERROR, MODEL_ERROR_DAMAGED, "the file is larger than %" G_GSIZE_FORMAT " bytes", limit);
  if (!text)
    g_set_error (&reason, MODEL_ERROR, MODEL_ERROR_FAILED, "there is not enough memory");
  if (reason)
    {
      g_set_error (error, MODEL_ERROR, reason->domain == MODEL_ERROR ? reason->code : (int) MODEL_ERROR_NOT_A_MODEL, "%s: %s", shown, reason->message);
      return NULL;
    }
  json = model_json_parse (text, length, &reason);
  if (!json)
    g_set_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED, "%s: %s", shown, reason->message);
  return json;
}

const ModelJson *
model_json_get (const ModelJson *json, const char *key)
{
  return json && json->members ? g_hash_table_lookup (json->members, key) : NULL;
}
