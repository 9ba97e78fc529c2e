/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model-tokenizer.h"

#include <glib/gi18n-lib.h>

#include "model-json.h"
#include "model-text-clean.h"
#include "model-unicode.h"

#include <string.h>

#define VOCABULARY_BYTES (64u * 1024u * 1024u)
#define TEXT_BYTES 16384u /* far beyond any context; bounds the work on a hostile text */
#define END_OF_WORD "</w>"
#define SYMBOLS 512u /* 256 bytes, plain and at the end of a word */

typedef struct
{
  guint32 rank;
  gint32 id; /* of the two together */
} Merge;

struct _ModelTokenizer
{
  gatomicrefcount ref_count;
  guint vocabulary, context;
  GPtrArray *names;             /* token by id */
  GHashTable *ids;              /* token -> id; borrows the names */
  GHashTable *merges;           /* (left id << 32 | right id) -> Merge */
  gint32 plain[256], last[256]; /* ids of a byte, and of a byte that ends a word */
  gunichar symbols[256];        /* how a byte is written in the vocabulary */
};

/* GPT-2's alphabet: printable bytes stand for themselves, the others for the characters from U+0100 on. */
static void
fill_symbols (ModelTokenizer *self)
{
  gunichar next = 0x100;

  for (guint b = 0; b < 256; b++)
    {
      gboolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;

      self->symbols[b] = printable ? b : next++;
    }
}

static gboolean G_GNUC_PRINTF (3, 4)
  damaged (GError **error, const char *path, const char *format, ...)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED, "%s does not fit its model: %s", shown, what);
  return FALSE;
}

static gboolean
add_token (ModelTokenizer *self, const ModelJson *member, const char *path, GError **error)
{
  if (!member->integral || member->integer < 0 || member->integer >= self->vocabulary)
    return damaged (error, path, "the token “%s” has no usable id", member->key);
  if (self->names->pdata[member->integer])
    return damaged (error, path, "two tokens have the id %d", (int) member->integer);
  self->names->pdata[member->integer] = g_strdup (member->key);
  g_hash_table_insert (self->ids, self->names->pdata[member->integer], GINT_TO_POINTER ((int) member->integer + 1));
  return TRUE;
}

static gboolean
load_vocabulary (ModelTokenizer *self, const char *path, GError **error)
{
  g_autoptr (ModelJson) json = model_json_load (path, VOCABULARY_BYTES, error);

  if (!json)
    return FALSE;
  if (json->type != MODEL_JSON_OBJECT)
    return damaged (error, path, "it is no table of tokens");
  if (json->values->len != self->vocabulary)
    return damaged (error, path, "it has %u tokens, the configuration says %u", json->values->len, self->vocabulary);
  g_ptr_array_set_size (self->names, self->vocabulary);
  for (guint i = 0; i < json->values->len; i++)
    if (!add_token (self, json->values->pdata[i], path, error))
      return FALSE;
  return TRUE;
}

/* -1 if there is no such token. */
static gint32
find (ModelTokenizer *self, const char *token)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->ids, token)) - 1;
}

static gboolean
find_bytes (ModelTokenizer *self, const char *path, GError **error)
{
  for (guint b = 0; b < 256; b++)
    {
      char token[16] = { 0 };
      gint n = g_unichar_to_utf8 (self->symbols[b], token);

      self->plain[b] = find (self, token);
      strcpy (token + n, END_OF_WORD);
      self->last[b] = find (self, token);
      if (self->plain[b] < 0 || self->last[b] < 0)
        return damaged (error, path, "it lacks the byte %u", b);
    }
  return TRUE;
}

static guint64 *
pair_key (gint32 left, gint32 right)
{
  guint64 *key = g_new (guint64, 1);

  *key = (guint64) left << 32 | (guint32) right;
  return key;
}

static gboolean
add_merge (ModelTokenizer *self, const char *line, guint rank, const char *path, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 3);
  g_autofree char *both = NULL;
  gint32 left, right, id;
  Merge *merge;
  guint64 *key;

  if (g_strv_length (parts) != 2)
    return damaged (error, path, "the merge “%s” is none", line);
  both = g_strconcat (parts[0], parts[1], NULL);
  left = find (self, parts[0]);
  right = find (self, parts[1]);
  id = find (self, both);
  if (left < 0 || right < 0 || id < 0)
    return damaged (error, path, "the merge “%s” names tokens that vocab.json lacks", line);
  key = pair_key (left, right);
  if (g_hash_table_contains (self->merges, key))
    {
      g_free (key); /* the first one counts */
      return TRUE;
    }
  merge = g_new (Merge, 1);
  *merge = (Merge){ rank, id };
  g_hash_table_insert (self->merges, key, merge);
  return TRUE;
}

static char *
read_merges (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = g_try_malloc (VOCABULARY_BYTES + 1);
  gsize length = 0;

  stream = g_file_read (file, NULL, &reason);
  if (!stream || !text || !g_input_stream_read_all (G_INPUT_STREAM (stream), text, VOCABULARY_BYTES, &length, NULL, &reason))
    {
      g_set_error (error, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL, _ ("The merges of the model cannot be read: %s"), reason ? reason->message : "there is not enough memory");
      return NULL;
    }
  if (length == VOCABULARY_BYTES || !g_utf8_validate_len (text, length, NULL))
    {
      damaged (error, path, "it is too large or no UTF-8");
      return NULL;
    }
  return g_strndup (text, length);
}

static gboolean
load_merges (ModelTokenizer *self, const char *path, GError **error)
{
  g_autofree char *text = read_merges (path, error);
  guint rank = 0, most = self->vocabulary - SYMBOLS - 2;

  if (!text)
    return FALSE;
  for (char *line = text, *next; line && *line && rank < most; line = next)
    {
      next = strchr (line, '\n');
      if (next)
        *next++ = 0;
      g_strchomp (line); /* some published files end their lines as Windows does */
      if (*line == 0 || (line == text && g_str_has_prefix (line, "#version")))
        continue;
      if (!add_merge (self, line, rank++, path, error))
        return FALSE;
    }
  return TRUE;
}

ModelTokenizer *
model_tokenizer_new (const char *folder, guint vocabulary, guint context, GError **error)
{
  g_autoptr (ModelTokenizer) self = g_new0 (ModelTokenizer, 1);
  g_autofree char *vocab = g_build_filename (folder, "vocab.json", NULL);
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL);

  g_return_val_if_fail (folder && vocabulary >= SYMBOLS + 2 && context >= 2, NULL);
  g_atomic_ref_count_init (&self->ref_count);
  self->vocabulary = vocabulary;
  self->context = context;
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->merges = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  fill_symbols (self);
  if (!load_vocabulary (self, vocab, error) || !find_bytes (self, vocab, error) || !load_merges (self, merges, error))
    return NULL;
  return g_steal_pointer (&self);
}

ModelTokenizer *
model_tokenizer_ref (ModelTokenizer *tokenizer)
{
  g_atomic_ref_count_inc (&tokenizer->ref_count);
  return tokenizer;
}

void
model_tokenizer_unref (ModelTokenizer *tokenizer)
{
  if (!g_atomic_ref_count_dec (&tokenizer->ref_count))
    return;
  g_hash_table_unref (tokenizer->merges);
  g_hash_table_unref (tokenizer->ids);
  g_ptr_array_unref (tokenizer->names);
  g_free (tokenizer);
}

gint32
model_tokenizer_get_start (ModelTokenizer *tokenizer)
{
  return tokenizer->vocabulary - 2;
}

gint32
model_tokenizer_get_end (ModelTokenizer *tokenizer)
{
  return tokenizer->vocabulary - 1;
}

/* ---- splitting ---- */

/* Letters fold as the reference's case-insensitive pattern does: a long s is an s. */
static gsize
match_folded (const char *at, const char *word)
{
  const char *p = at;

  for (; *word; word++, p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_ascii_tolower (*word) != (c == 0x17f ? 's' : c < 128 ? g_ascii_tolower (c)
                                                                 : 0))
        return 0;
    }
  return p - at;
}

static gsize
run_length (const char *at, gboolean (*inside) (gunichar))
{
  const char *p = at;

  while (*p && inside (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p - at;
}

static gboolean
is_other (gunichar c)
{
  return !model_unicode_is_space (c) && !model_unicode_is_letter (c) && !model_unicode_is_number (c);
}

/* Bytes of the word at `at`, which is no space: in the order of the reference's pattern. */
static gsize
word_length (const char *at)
{
  static const char *const fixed[] = { "<start_of_text>", "<end_of_text>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };
  gunichar c = g_utf8_get_char (at);
  gsize n;

  for (gsize i = 0; i < G_N_ELEMENTS (fixed); i++)
    if ((n = match_folded (at, fixed[i])))
      return n;
  if (model_unicode_is_letter (c))
    return run_length (at, model_unicode_is_letter);
  if (model_unicode_is_number (c))
    return g_utf8_next_char (at) - at;
  return run_length (at, is_other);
}

/* ---- merging ---- */

static const Merge *
find_merge (ModelTokenizer *self, gint32 left, gint32 right)
{
  guint64 key = (guint64) left << 32 | (guint32) right;

  return g_hash_table_lookup (self->merges, &key);
}

static const Merge *
best_merge (ModelTokenizer *self, const gint32 *ids, gsize n, gint32 *left, gint32 *right)
{
  const Merge *best = NULL;

  for (gsize i = 0; i + 1 < n; i++)
    {
      const Merge *merge = find_merge (self, ids[i], ids[i + 1]);

      if (merge && (!best || merge->rank < best->rank))
        {
          best = merge;
          *left = ids[i];
          *right = ids[i + 1];
        }
    }
  return best;
}

static gsize
apply_merge (gint32 *ids, gsize n, gint32 left, gint32 right, gint32 id)
{
  gsize out = 0;

  for (gsize i = 0; i < n; out++)
    if (i + 1 < n && ids[i] == left && ids[i + 1] == right)
      {
        ids[out] = id;
        i += 2;
      }
    else
      ids[out] = ids[i++];
  return out;
}

static void
append_word (ModelTokenizer *self, GArray *tokens, const char *word, gsize n)
{
  g_autofree gint32 *ids = g_new (gint32, n);
  const Merge *merge;
  gint32 left = 0, right = 0;

  for (gsize i = 0; i < n; i++)
    ids[i] = i + 1 < n ? self->plain[(guchar) word[i]] : self->last[(guchar) word[i]];
  while ((merge = best_merge (self, ids, n, &left, &right)))
    n = apply_merge (ids, n, left, right, merge->id);
  g_array_append_vals (tokens, ids, n);
}

static char *
make_usable (const char *text)
{
  const char *end;

  if (g_utf8_validate (text, -1, NULL) && strlen (text) <= TEXT_BYTES)
    return g_strdup (text);
  if (strlen (text) > TEXT_BYTES)
    {
      end = text + TEXT_BYTES;
      while (end > text && ((guchar) *end & 0xc0) == 0x80)
        end--;
      return g_utf8_make_valid (text, end - text);
    }
  return g_utf8_make_valid (text, -1);
}

GArray *
model_tokenizer_encode (ModelTokenizer *tokenizer, const char *text)
{
  g_autofree char *usable = make_usable (text);
  g_autofree char *clean = model_text_clean (usable);
  gint32 start = model_tokenizer_get_start (tokenizer), end = model_tokenizer_get_end (tokenizer);
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (gint32));

  g_array_append_val (tokens, start);
  for (const char *p = clean; *p && tokens->len < tokenizer->context;)
    {
      gsize n = 1;

      if (*p != ' ')
        {
          n = word_length (p);
          if (n == strlen ("<start_of_text>") && !strncmp (p, "<start_of_text>", n))
            g_array_append_val (tokens, start);
          else if (n == strlen ("<end_of_text>") && !strncmp (p, "<end_of_text>", n))
            g_array_append_val (tokens, end);
          else
            append_word (tokenizer, tokens, p, n);
        }
      p += n;
    }
  if (tokens->len >= tokenizer->context)
    g_array_set_size (tokens, tokenizer->context - 1);
  g_array_append_val (tokens, end);
  return tokens;
}

/* ---- reading back ---- */

static void
append_bytes (ModelTokenizer *self, GString *bytes, const char *token)
{
  for (; *token; token = g_utf8_next_char (token))
    {
      gunichar c = g_utf8_get_char (token);

      for (guint b = 0; b < 256; b++)
        if (self->symbols[b] == c)
          {
            g_string_append_c (bytes, (char) b);
            break;
          }
    }
}

char *
model_tokenizer_decode (ModelTokenizer *tokenizer, const gint32 *ids, gsize n)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  char *text;

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *token = NULL;
      gboolean last;

      if (ids[i] < 0 || ids[i] >= model_tokenizer_get_start (tokenizer))
        continue;
      token = g_strdup (tokenizer->names->pdata[ids[i]]);
      last = g_str_has_suffix (token, END_OF_WORD);
      if (last)
        token[strlen (token) - strlen (END_OF_WORD)] = 0;
      append_bytes (tokenizer, bytes, token);
      if (last)
        g_string_append_c (bytes, ' ');
    }
  text = g_utf8_make_valid (bytes->str, bytes->len);
  return g_strstrip (text);
}
