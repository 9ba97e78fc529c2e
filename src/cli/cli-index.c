/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-index.h"

#include <glib/gi18n.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-progress.h"
#include "cli-run.h"

typedef struct
{
  const CliOptions *options;
  CliProgress *progress;
} Show;

static void
on_progress (const LibraryProgress *now, gpointer data)
{
  Show *show = data;

  cli_progress_set (show->progress, now);
}

static void
on_problem (const LibraryProblem *problem, gpointer data)
{
  Show *show = data;

  cli_progress_hide (show->progress);
  if (show->options->json)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      cli_json_begin (line);
      cli_json_file (line, "file", problem->file);
      cli_json_string (line, "reason", problem->reason);
      cli_json_string (line, "detail", problem->detail);
      cli_json_end (line);
    }
  else
    {
      g_autofree char *name = cli_file_to_display (problem->file);

      cli_message ("%s: %s (%s)", name, problem->detail, problem->reason);
    }
}

/* Photographs of these folders that can be found now. */
static guint64
count_photos (const LibraryProgress *totals)
{
  return totals->indexed + totals->unchanged + totals->moved;
}

static void
write_totals (const LibraryProgress *totals, const LibraryStatus *status)
{
  g_autoptr (GString) line = g_string_new (NULL);

  cli_json_begin (line);
  cli_json_integer (line, "photos", (gint64) count_photos (totals));
  cli_json_integer (line, "indexed", (gint64) totals->indexed);
  cli_json_integer (line, "unchanged", (gint64) totals->unchanged);
  cli_json_integer (line, "moved", (gint64) totals->moved);
  cli_json_integer (line, "failed", (gint64) totals->failed);
  cli_json_integer (line, "ignored", (gint64) totals->ignored);
  cli_json_number (line, "seconds", totals->seconds);
  cli_json_number (line, "photos_per_second", totals->photos_per_second);
  cli_json_string (line, "device", status->device);
  cli_json_string (line, "model", status->model);
  cli_json_end (line);
}

static void
print_totals (const LibraryProgress *totals, const LibraryStatus *status)
{
  cli_message_print (_ ("%" G_GUINT64_FORMAT " photos: %" G_GUINT64_FORMAT " indexed, %" G_GUINT64_FORMAT
                        " unchanged, %" G_GUINT64_FORMAT " moved; %" G_GUINT64_FORMAT
                        " files failed, %" G_GUINT64_FORMAT " ignored"),
                     count_photos (totals), totals->indexed, totals->unchanged, totals->moved, totals->failed,
                     totals->ignored);
  cli_message_print (_ ("%.1f seconds, %.0f photos a second, model %s on %s"), totals->seconds,
                     totals->photos_per_second, status->model, status->device_name);
  if (status->demo)
    cli_message (_ ("This is the bundled model, which knows only drawings; see eidetic-cli models --help"));
}

static gboolean
bring_up_to_date (LibraryEngine *engine, CliRun *run, GPtrArray *folders, Show *show, LibraryProgress *totals, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  library_engine_index_async (engine, folders, LIBRARY_INDEX_DEFAULT, on_progress, on_problem, show, cli_run_get_cancellable (run),
                              cli_run_done, run);
  result = cli_run_wait (run);
  return library_engine_index_finish (engine, result, totals, error);
}

static LibraryStatus *
get_status (LibraryEngine *engine, CliRun *run, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  library_engine_status_async (engine, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  return library_engine_status_finish (engine, result, error);
}

static CliStatus
index_folders (CliOptions *options, GPtrArray *folders, double rate)
{
  g_autoptr (CliRun) run = cli_run_new ();
  g_autoptr (CliEngine) engine = cli_options_open (options);
  g_autoptr (CliProgress) progress = cli_progress_new (options);
  g_autoptr (LibraryStatus) status = NULL;
  g_autoptr (GError) error = NULL;
  Show show = { .options = options, .progress = progress };
  LibraryProgress totals = { 0 };
  gboolean done;

  library_pace_set_rate (library_engine_get_pace (engine), rate);
  done = bring_up_to_date (engine, run, folders, &show, &totals, &error);
  if (done)
    cli_progress_set (progress, &totals);
  cli_progress_finish (progress);
  if (done)
    status = get_status (engine, run, &error);
  if (status == NULL)
    return cli_message_error (error);
  if (options->json)
    write_totals (&totals, status);
  else if (!options->quiet)
    print_totals (&totals, status);
  return totals.failed > 0 ? CLI_STATUS_SOME_FAILED : CLI_STATUS_DONE;
}

static CliStatus
run_index (CliOptions *options, char **argv)
{
  g_auto (GStrv) names = NULL;
  double rate = 0;
  const GOptionEntry entries[] = {
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &rate, N_ ("Begin at most this many photos a second"), N_ ("N") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &names, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GPtrArray) folders = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_options_parse_command (options, &cli_index_command, entries, NULL, argv, &error))
    return cli_message_error (error);
  if (!(rate >= 0 && rate <= 1e9))
    return cli_message_usage (_ ("--rate is a number of photos a second, 0 for as many as can be"));
  if (names == NULL)
    return cli_message_usage (_ ("Which folder? See eidetic-cli index --help"));
  folders = cli_file_new_all (names, &error);
  if (folders == NULL)
    return cli_message_error (error);
  return index_folders (options, folders, rate);
}

const CliCommand cli_index_command = {
  .name = "index",
  .arguments = N_ ("FOLDER…"),
  .summary = N_ ("Add folders of photos and bring the index up to date"),
  .description = N_ ("Photos that were indexed before and have not changed cost no time.  It may be interrupted at any\n"
                     "moment; the next run goes on where it stopped."),
  .run = run_index,
};
