/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-results.h"

#include <glib/gi18n.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-run.h"

static void
write_hit (GString *line, guint rank, const LibraryHit *hit)
{
  cli_json_begin (line);
  cli_json_integer (line, "rank", rank);
  cli_json_number (line, "score", hit->score);
  cli_json_file (line, "file", hit->photo->file);
  cli_json_boolean (line, "strong", hit->strong);
  cli_json_string (line, "caption", hit->photo->caption);
  cli_json_end (line);
}

static void
write_json (const LibraryResults *results)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < results->hits->len; i++)
    write_hit (line, i + 1, g_ptr_array_index (results->hits, i));
  cli_json_begin (line);
  cli_json_integer (line, "total", (gint64) results->total);
  cli_json_integer (line, "strong", (gint64) results->strong);
  cli_json_integer (line, "searched", (gint64) results->searched);
  cli_json_integer (line, "photos", (gint64) results->photos);
  cli_json_integer (line, "generation", (gint64) results->generation);
  cli_json_number (line, "milliseconds", results->milliseconds);
  cli_json_end (line);
}

static void
print_hit (guint rank, const LibraryHit *hit)
{
  g_autofree char *name = cli_file_to_display (hit->photo->file);
  g_autofree char *caption = hit->photo->caption != NULL ? cli_message_clean (hit->photo->caption) : NULL;

  cli_message_print ("%5u  %6.3f  %s%s%s", rank, hit->score, name, caption != NULL ? "  – " : "",
                     caption != NULL ? caption : "");
}

/* A line divides what matches well from the rest. */
static void
print_table (const CliOptions *options, const LibraryResults *results)
{
  gboolean divided = FALSE;

  for (guint i = 0; i < results->hits->len; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);

      if (i > 0 && !hit->strong && !divided)
        {
          const LibraryHit *before = g_ptr_array_index (results->hits, i - 1);

          divided = TRUE;
          if (before->strong)
            cli_message_print ("       ──────  %s", _ ("weaker from here"));
        }
      print_hit (i + 1, hit);
    }
  if (options->quiet)
    return;
  if (results->total == 0)
    cli_message (_ ("No photos to search; add some with: eidetic-cli index FOLDER"));
  else
    cli_message (_ ("Good matches: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " (%.1f ms)"), results->strong,
                 results->total, results->milliseconds);
}

CliStatus
cli_results_run (const CliOptions *options, const LibraryQuery *query, const CliLimit *limit)
{
  g_autoptr (CliRun) run = NULL;
  g_autoptr (LibraryEngine) engine = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LibraryResults) results = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (options != NULL && query != NULL && limit != NULL, CLI_STATUS_COULD_NOT_RUN);

  if (limit->limit < 1)
    return cli_message_usage (_ ("--limit needs a number from 1; --all shows every photo"));
  run = cli_run_new ();
  engine = cli_options_open (options);
  library_engine_search_async (engine, query, limit->all ? 0 : (guint) limit->limit, cli_run_get_cancellable (run),
                               cli_run_done, run);
  result = cli_run_wait (run);
  results = library_engine_search_finish (engine, result, &error);
  if (results == NULL)
    return cli_message_error (error);
  if (options->json)
    write_json (results);
  else
    print_table (options, results);
  return CLI_STATUS_DONE;
}
