/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-search.h"

#include <glib/gi18n.h>
#include <string.h>

#include "cli-file.h"
#include "cli-input.h"
#include "cli-results.h"

typedef struct
{
  char **words;
  char **images;
  char **without_images;
  CliLimit limit;
} Search;

static void
search_clear (Search *search)
{
  g_strfreev (search->words);
  g_strfreev (search->images);
  g_strfreev (search->without_images);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* The shell took the quotes from folder:"two words": where the whole argument names a folder, its spaces belong to it. */
static char *
quote_folder (const char *word)
{
  const char *const special = " \t\n\"\\";
  const char *folder;
  GString *quoted;

  if (!g_str_has_prefix (word, "folder:") || strpbrk (word, special) == NULL)
    return g_strdup (word);
  folder = word + strlen ("folder:");
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return g_strdup (word);
  quoted = g_string_new ("folder:");
  for (const char *p = folder; *p != '\0'; p++)
    {
      if (strchr (special, *p) != NULL)
        g_string_append_c (quoted, '\\');
      g_string_append_c (quoted, *p);
    }
  return g_string_free (quoted, FALSE);
}

static char *
join_words (char **words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    {
      g_autofree char *word = cli_input_from_argument (words[i]);
      g_autofree char *quoted = quote_folder (word);

      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append (text, quoted);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
set_images (GPtrArray **images, char **names, GError **error)
{
  if (names == NULL)
    return TRUE;
  g_clear_pointer (images, g_ptr_array_unref);
  *images = cli_file_new_all (names, error);
  return *images != NULL;
}

static LibraryQuery *
make_query (const Search *search, GError **error)
{
  g_autofree char *text = join_words (search->words);
  g_autoptr (LibraryQuery) query = library_query_parse (text, error);

  if (query == NULL || !set_images (&query->images, search->images, error) ||
      !set_images (&query->without_images, search->without_images, error))
    return NULL;
  if (library_query_is_empty (query))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           _ ("What to search for? See eidetic-cli search --help"));
      return NULL;
    }
  return g_steal_pointer (&query);
}

static CliStatus
run_search (CliOptions *options, char **argv)
{
  g_auto (Search) search = { .limit = { .limit = CLI_LIMIT_DEFAULT } };
  const GOptionEntry entries[] = {
    { "image", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &search.images, N_ ("Search for what is like this picture, too"), N_ ("FILE") },
    { "without-image", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &search.without_images, N_ ("Search for what is unlike this picture"), N_ ("FILE") },
    CLI_LIMIT_ENTRIES (&search.limit),
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &search.words, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (LibraryQuery) query = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_search_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  query = make_query (&search, &error);
  if (query == NULL)
    return cli_message_error (error);
  return cli_results_run (options, query, &search.limit);
}

const CliCommand cli_search_command = {
  .name = "search",
  .arguments = N_ ("QUERY…"),
  .summary = N_ ("Find photos by words"),
  .description = N_ ("QUERY is words for what the photos show; -word for what they must not show; folder:DIR,\n"
                     "type:jpeg, date:2019..2021, has:caption and '\"words of the caption\"' to look at some photos\n"
                     "only, and -folder:DIR and so on at the others.  Put -- before a query with a dash:\n\n"
                     "  eidetic-cli search -- boat on the sea -windmill\n\n"
                     "“Query syntax” in the manual page eidetic-cli(1) tells it all."),
  .run = run_search,
};
