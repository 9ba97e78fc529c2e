/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-index.h"

#include <glib/gi18n.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-progress.h"
#include "cli-run.h"

/* With --watch: how long after a run that failed another one is tried. */
#define AGAIN_SECONDS 60

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

/* ---- folders ---- */

static GPtrArray *
get_folders (LibraryEngine *engine, CliRun *run, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  library_engine_folders_async (engine, cli_run_get_cancellable (run), cli_run_done, run);
  result = cli_run_wait (run);
  return library_engine_folders_finish (engine, result, error);
}

/* Whether the run was to look at anything in a folder of the library; NULL: at everything. */
static gboolean
concerns (GPtrArray *folders, GFile *file)
{
  for (guint i = 0; folders != NULL && i < folders->len; i++)
    {
      GFile *folder = g_ptr_array_index (folders, i);

      if (g_file_equal (folder, file) || g_file_has_prefix (folder, file))
        return TRUE;
    }
  return folders == NULL;
}

static void
say_what_is_away (LibraryEngine *engine, CliRun *run, GPtrArray *folders)
{
  g_autoptr (GPtrArray) states = get_folders (engine, run, NULL);

  for (guint i = 0; states != NULL && i < states->len; i++)
    {
      const LibraryFolderState *state = g_ptr_array_index (states, i);
      g_autofree char *name = cli_file_to_display (state->file);

      if (state->away && concerns (folders, state->file))
        cli_message (g_dngettext (GETTEXT_PACKAGE, "“%s” is away; its %'lu photograph is kept", "“%s” is away; its %'lu photographs are kept", (gulong) state->photos),
                     name, (gulong) state->photos);
    }
}

/* ---- runs ---- */

/* One run with everything that is said about it; the status of the program if it were to end there.  FALSE with an error. */
static gboolean
index_once (LibraryEngine *engine, CliRun *run, const CliOptions *options, GPtrArray *folders, CliStatus *status, GError **error)
{
  g_autoptr (CliProgress) progress = cli_progress_new (options);
  g_autoptr (LibraryStatus) device = NULL;
  Show show = { .options = options, .progress = progress };
  LibraryProgress totals = { 0 };
  gboolean done = bring_up_to_date (engine, run, folders, &show, &totals, error);

  if (done)
    cli_progress_set (progress, &totals);
  cli_progress_finish (progress);
  if (done)
    device = get_status (engine, run, error);
  if (device == NULL)
    return FALSE;
  if (!options->quiet)
    say_what_is_away (engine, run, folders);
  if (options->json)
    write_totals (&totals, device);
  else if (!options->quiet)
    print_totals (&totals, device);
  *status = totals.failed > 0 ? CLI_STATUS_SOME_FAILED : CLI_STATUS_DONE;
  return TRUE;
}

typedef struct
{
  gboolean changed;
  guint again; /* a source: after a failure */
} Watch;

static void
on_changed (const char *const *folders, gboolean all, gpointer data)
{
  ((Watch *) data)->changed = TRUE;
}

static gboolean
try_again (gpointer data)
{
  Watch *watch = data;

  watch->changed = TRUE;
  watch->again = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
wait_for_change (CliRun *run, Watch *watch)
{
  while (!watch->changed && !g_cancellable_is_cancelled (cli_run_get_cancellable (run)))
    g_main_context_iteration (NULL, TRUE);
  watch->changed = FALSE;
  g_clear_handle_id (&watch->again, g_source_remove);
  return !g_cancellable_is_cancelled (cli_run_get_cancellable (run));
}

/* Until it is interrupted.  A run that fails is tried again at the next change, or after a while. */
static CliStatus
go_on (LibraryEngine *engine, CliRun *run, const CliOptions *options, GPtrArray *folders, Watch *watch)
{
  while (wait_for_change (run, watch))
    {
      g_autoptr (GError) error = NULL;
      CliStatus status;

      if (!index_once (engine, run, options, folders, &status, &error) && cli_message_error (error) != CLI_STATUS_INTERRUPTED)
        watch->again = g_timeout_add_seconds (AGAIN_SECONDS, try_again, watch);
    }
  return CLI_STATUS_INTERRUPTED;
}

/* The folders that are named, or those of the library. */
static GPtrArray *
choose_followed (LibraryEngine *engine, CliRun *run, GPtrArray *folders, GError **error)
{
  g_autoptr (GPtrArray) states = NULL;
  GPtrArray *all;

  if (folders != NULL)
    return g_ptr_array_ref (folders);
  states = get_folders (engine, run, error);
  if (states == NULL)
    return NULL;
  all = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < states->len; i++)
    g_ptr_array_add (all, g_object_ref (((LibraryFolderState *) g_ptr_array_index (states, i))->file));
  return all;
}

static CliStatus
index_folders (const CliOptions *options, GPtrArray *folders, double rate, gboolean watching)
{
  g_autoptr (CliRun) run = cli_run_new ();
  g_autoptr (LibraryEngine) engine = cli_options_open (options);
  g_autoptr (LibraryFollower) follower = NULL;
  g_autoptr (GPtrArray) followed = NULL;
  g_autoptr (GError) error = NULL;
  Watch watch = { 0 };
  CliStatus status;

  library_pace_set_rate (library_engine_get_pace (engine), rate);
  followed = choose_followed (engine, run, folders, &error);
  if (followed == NULL)
    return cli_message_error (error);
  if (followed->len == 0)
    return cli_message_usage (_ ("Which folder? The library has none yet; see eidetic-cli index --help"));
  /* From before the first run: what happens meanwhile is not to be missed. */
  if (watching)
    follower = library_engine_follow (engine, followed, NULL, on_changed, &watch);
  if (!index_once (engine, run, options, folders, &status, &error))
    return cli_message_error (error);
  return watching ? go_on (engine, run, options, folders, &watch) : status;
}

static CliStatus
run_index (CliOptions *options, char **argv)
{
  g_auto (GStrv) names = NULL;
  double rate = 0;
  gboolean watching = FALSE;
  const GOptionEntry entries[] = {
    { "watch", 0, 0, G_OPTION_ARG_NONE, &watching, N_ ("Go on following the folders until interrupted"), NULL },
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
  if (names != NULL && (folders = cli_file_new_all (names, &error)) == NULL)
    return cli_message_error (error);
  return index_folders (options, folders, rate, watching);
}

const CliCommand cli_index_command = {
  .name = "index",
  .arguments = N_ ("[FOLDER…]"),
  .summary = N_ ("Add folders of photos and bring the index up to date"),
  .description = N_ ("Without a folder: all folders that were added before.  Photos that were indexed before and have not\n"
                     "changed cost no time.  It may be interrupted at any moment; the next run goes on where it stopped.\n"
                     "With --watch each change starts another run, with progress and totals of its own."),
  .run = run_index,
};
