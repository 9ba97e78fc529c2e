/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-progress.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "cli-json.h"

#define PERIOD_MS 500

struct _CliProgress
{
  LibraryProgress now;
  gboolean json;
  gboolean terminal;
  gboolean shown;   /* the line stands on the terminal */
  gboolean written; /* now was written as JSON */
  guint source;
};

static void
write_json (CliProgress *progress)
{
  g_autoptr (GString) line = g_string_new (NULL);

  cli_json_begin (line);
  cli_json_integer (line, "done", (gint64) progress->now.done);
  cli_json_integer (line, "total", (gint64) progress->now.total);
  cli_json_number (line, "photos_per_second", progress->now.photos_per_second);
  cli_json_end (line);
  progress->written = TRUE;
}

static char *
describe (const LibraryProgress *now)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, _ ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " photos"), now->done, now->total);
  if (now->state == LIBRARY_INDEX_PAUSED)
    g_string_append (text, _ (", paused"));
  else if (now->state == LIBRARY_INDEX_WAITING_FOR_MAINS)
    g_string_append (text, _ (", waiting for mains power"));
  else if (now->photos_per_second > 0)
    g_string_append_printf (text, _ (", %.0f a second"), now->photos_per_second);
  if (now->scanning)
    g_string_append (text, _ (", still looking for more"));
  else if (now->state == LIBRARY_INDEX_RUNNING && now->seconds_left >= 0)
    {
      g_autofree char *left = cli_progress_duration (now->seconds_left);

      g_string_append_printf (text, _ (", %s left"), left);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
show_line (CliProgress *progress)
{
  g_autofree char *text = describe (&progress->now);

  fprintf (stderr, "\r\033[K%s", text);
  fflush (stderr);
  progress->shown = TRUE;
}

static gboolean
tick (gpointer data)
{
  CliProgress *progress = data;

  if (progress->json)
    write_json (progress);
  if (progress->terminal)
    show_line (progress);
  return G_SOURCE_CONTINUE;
}

CliProgress *
cli_progress_new (const CliOptions *options)
{
  CliProgress *progress = g_new0 (CliProgress, 1);

  progress->json = options->json;
  progress->terminal = !options->quiet && isatty (STDERR_FILENO) && !(options->json && isatty (STDOUT_FILENO));
  progress->source = g_timeout_add (PERIOD_MS, tick, progress);
  return progress;
}

void
cli_progress_free (CliProgress *progress)
{
  if (progress == NULL)
    return;
  cli_progress_hide (progress);
  if (progress->source != 0)
    g_source_remove (progress->source);
  g_free (progress);
}

void
cli_progress_set (CliProgress *progress, const LibraryProgress *now)
{
  g_return_if_fail (progress != NULL && now != NULL);

  progress->now = *now;
  progress->written = FALSE;
}

void
cli_progress_finish (CliProgress *progress)
{
  g_return_if_fail (progress != NULL);

  cli_progress_hide (progress);
  /* Else it would come back while the totals are gathered. */
  g_clear_handle_id (&progress->source, g_source_remove);
  if (progress->json && !progress->written)
    write_json (progress);
}

void
cli_progress_hide (CliProgress *progress)
{
  g_return_if_fail (progress != NULL);

  if (!progress->shown)
    return;
  fputs ("\r\033[K", stderr);
  fflush (stderr);
  progress->shown = FALSE;
}

char *
cli_progress_duration (double seconds)
{
  gulong minutes = (gulong) (CLAMP (seconds, 0, 1e9) / 60 + 0.5);
  gulong whole = (gulong) (CLAMP (seconds, 0, 1e9) + 0.5);

  if (whole < 90)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu second", "%lu seconds", whole), whole);
  if (minutes < 90)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu minute", "%lu minutes", minutes), minutes);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%lu hour", "%lu hours", (minutes + 30) / 60), (minutes + 30) / 60);
}
