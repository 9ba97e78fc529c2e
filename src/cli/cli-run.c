/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli-run.h"

#include <glib-unix.h>
#include <unistd.h>

#include "cli-message.h"

struct _CliRun
{
  GCancellable *cancellable;
  GAsyncResult *result;
  guint sources[2];
};

static gboolean
interrupted (gpointer data)
{
  CliRun *run = data;

  if (g_cancellable_is_cancelled (run->cancellable))
    _exit (CLI_STATUS_INTERRUPTED);
  g_cancellable_cancel (run->cancellable);
  return G_SOURCE_CONTINUE;
}

CliRun *
cli_run_new (void)
{
  CliRun *run = g_new0 (CliRun, 1);

  run->cancellable = g_cancellable_new ();
  run->sources[0] = g_unix_signal_add (SIGINT, interrupted, run);
  run->sources[1] = g_unix_signal_add (SIGTERM, interrupted, run);
  return run;
}

void
cli_run_free (CliRun *run)
{
  if (run == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (run->sources); i++)
    g_source_remove (run->sources[i]);
  g_clear_object (&run->result);
  g_object_unref (run->cancellable);
  g_free (run);
}

GCancellable *
cli_run_get_cancellable (CliRun *run)
{
  g_return_val_if_fail (run != NULL, NULL);
  return run->cancellable;
}

void
cli_run_done (GObject *source, GAsyncResult *result, gpointer data)
{
  CliRun *run = data;

  g_assert (run->result == NULL);
  run->result = g_object_ref (result);
}

GAsyncResult *
cli_run_wait (CliRun *run)
{
  g_return_val_if_fail (run != NULL, NULL);

  while (run->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&run->result);
}
