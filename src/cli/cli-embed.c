/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-embed.h"

#include <glib/gi18n.h>

#include "cli-file.h"
#include "cli-input.h"
#include "cli-json.h"

/* What is to be embedded: a picture or a text. */
typedef struct
{
  GFile *file;
  char *text;
} Item;

typedef struct
{
  const CliOptions *options;
  GPtrArray *items; /* of Item, in the order given */
  gboolean from_stdin;
  CliRun *run;
  LibraryEngine *engine;
  gboolean some_failed;
} Embed;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_clear_object (&item->file);
  g_free (item->text);
  g_free (item);
}

static void
embed_clear (Embed *embed)
{
  g_clear_object (&embed->engine);
  g_clear_pointer (&embed->run, cli_run_free);
  g_clear_pointer (&embed->items, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Embed, embed_clear)

static gboolean
add_file (const char *name, const char *value, gpointer data, GError **error)
{
  Embed *embed = data;
  GFile *file = cli_file_new (value, error);
  Item *item;

  if (file == NULL)
    return FALSE;
  item = g_new0 (Item, 1);
  item->file = file;
  g_ptr_array_add (embed->items, item);
  return TRUE;
}

static gboolean
add_text (const char *name, const char *value, gpointer data, GError **error)
{
  Embed *embed = data;
  Item *item = g_new0 (Item, 1);

  item->text = cli_input_from_argument (value);
  g_ptr_array_add (embed->items, item);
  return TRUE;
}

static void
write_json (const Item *item, GArray *embedding, GArray *tokens)
{
  g_autoptr (GString) line = g_string_new (NULL);

  cli_json_begin (line);
  if (item->file != NULL)
    cli_json_file (line, "file", item->file);
  else
    cli_json_string (line, "text", item->text);
  cli_json_floats (line, "embedding", embedding);
  if (tokens != NULL)
    cli_json_integers (line, "tokens", tokens);
  cli_json_end (line);
}

static void
print_plain (const Item *item, GArray *embedding)
{
  g_autofree char *name = item->file != NULL ? cli_file_to_display (item->file) : cli_message_clean (item->text);
  g_autoptr (GString) line = g_string_new (name);

  for (guint i = 0; i < embedding->len; i++)
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_c (line, i > 0 ? ' ' : '\t');
      g_string_append (line, g_ascii_formatd (digits, sizeof digits, "%.9g", g_array_index (embedding, float, i)));
    }
  cli_message_print ("%s", line->str);
}

static void
report_failure (Embed *embed, GFile *file, const GError *error)
{
  embed->some_failed = TRUE;
  cli_message ("%s", error->message);
  if (embed->options->json)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      cli_json_begin (line);
      cli_json_file (line, "file", file);
      cli_json_string (line, "reason", library_error_get_reason (error));
      cli_json_string (line, "detail", error->message);
      cli_json_end (line);
    }
}

/* FALSE: it cannot go on.  A file that fails does not stop the others. */
static gboolean
embed_item (Embed *embed, const Item *item, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GArray) embedding = NULL;
  g_autoptr (GArray) tokens = NULL;
  g_autoptr (GError) local = NULL;

  library_engine_embed_async (embed->engine, item->file, item->text, cli_run_get_cancellable (embed->run),
                              cli_run_done, embed->run);
  result = cli_run_wait (embed->run);
  embedding = library_engine_embed_finish (embed->engine, result, &local);
  if (embedding == NULL && item->file != NULL && library_error_get_reason (local) != NULL)
    {
      report_failure (embed, item->file, local);
      return TRUE;
    }
  if (embedding != NULL && item->text != NULL)
    tokens = library_engine_tokenize (embed->engine, item->text, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (embed->options->json)
    write_json (item, embedding, tokens);
  else
    print_plain (item, embedding);
  return TRUE;
}

static gboolean
embed_lines (Embed *embed, GError **error)
{
  g_autoptr (CliInput) input = cli_input_new ();
  GError *local = NULL;

  for (;;)
    {
      g_autofree char *text = cli_input_next (input, embed->run, &local);
      const Item item = { .text = text };

      if (text == NULL || !embed_item (embed, &item, &local))
        break;
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
embed_all (Embed *embed, GError **error)
{
  for (guint i = 0; i < embed->items->len; i++)
    if (!embed_item (embed, g_ptr_array_index (embed->items, i), error))
      return FALSE;
  return !embed->from_stdin || embed_lines (embed, error);
}

static CliStatus
run_embed (CliOptions *options, char **argv)
{
  g_auto (Embed) embed = { .options = options, .items = g_ptr_array_new_with_free_func (item_free) };
  const GOptionEntry entries[] = {
    { "text", 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, add_text, N_ ("Embed this text"), N_ ("TEXT") },
    { "stdin", 0, 0, G_OPTION_ARG_NONE, &embed.from_stdin, N_ ("Embed each line of standard input as a text, too"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, add_file, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_embed_command, entries, &embed, argv, &error))
    return cli_message_error (error);
  if (embed.items->len == 0 && !embed.from_stdin)
    return cli_message_usage (_ ("Which files or texts? See eidetic-cli embed --help"));
  embed.run = cli_run_new ();
  embed.engine = cli_options_open (options);
  if (!embed_all (&embed, &error))
    return cli_message_error (error);
  return embed.some_failed ? CLI_STATUS_SOME_FAILED : CLI_STATUS_DONE;
}

const CliCommand cli_embed_command = {
  .name = "embed",
  .arguments = N_ ("FILE…"),
  .summary = N_ ("Show the embeddings of pictures and texts"),
  .description = N_ ("Pictures and texts come out in the order given, each a vector of length 1; the library is not touched."),
  .run = run_embed,
};
