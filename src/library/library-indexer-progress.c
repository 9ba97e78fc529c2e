/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-indexer-private.h"

/* Adds the time since the last report, unless it was spent paused. */
static void
count_time (LibraryIndexer *self)
{
  LibraryIndexState state = self->job->pace != NULL ? library_pace_get_state (self->job->pace) : LIBRARY_INDEX_RUNNING;
  gint64 now = g_get_monotonic_time ();

  if (self->progress->state == LIBRARY_INDEX_RUNNING || state == LIBRARY_INDEX_RUNNING)
    self->running += now - self->reported;
  self->reported = now;
  self->progress->state = state;
  self->progress->seconds = (double) (now - self->start) / G_TIME_SPAN_SECOND;
}

static void
count_files (LibraryIndexer *self)
{
  LibraryProgress *progress = self->progress;
  gint counted = g_atomic_int_get (&self->counted);

  progress->done = progress->indexed + progress->unchanged + progress->moved;
  progress->total = self->found;
  if (self->scanning && counted >= 0)
    progress->total = MAX (progress->total, (guint64) counted);
  progress->scanning = self->scanning && counted < 0;
}

static void
tell (LibraryIndexer *self, gboolean changed)
{
  if (self->job->progress != NULL)
    self->job->progress (self->progress, changed, self->job->data);
}

void
library_indexer_report (LibraryIndexer *self, gboolean changed)
{
  LibraryProgress *progress = self->progress;
  guint64 settled;
  double rate;

  count_time (self);
  count_files (self);
  settled = progress->done + progress->failed;
  library_rate_add (&self->indexed, self->running, progress->indexed);
  library_rate_add (&self->settled, self->running, settled);
  progress->photos_per_second = library_rate_get (&self->indexed, self->running);
  rate = library_rate_get (&self->settled, self->running);
  progress->seconds_left = -1;
  if (!progress->scanning && rate > 0)
    progress->seconds_left = progress->total > settled ? (double) (progress->total - settled) / rate : 0;
  tell (self, changed);
}

void
library_indexer_report_end (LibraryIndexer *self)
{
  LibraryProgress *progress = self->progress;

  self->scanning = FALSE;
  count_time (self);
  count_files (self);
  progress->state = LIBRARY_INDEX_RUNNING;
  progress->seconds_left = 0;
  progress->photos_per_second = self->running > 0 ? (double) progress->indexed * G_TIME_SPAN_SECOND / (double) self->running : 0;
  tell (self, FALSE);
}
