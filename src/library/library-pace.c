/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-pace.h"

#include <math.h>

#include "library-power.h"

#define POWER_HOLDS (15 * G_TIME_SPAN_SECOND)
/* What was not used may be made up for, so many seconds of it: a run looks at the pace only now and then. */
#define CATCH_UP 0.25

struct _LibraryPace
{
  gatomicrefcount references;
  GMutex mutex; /* guards all that follows */
  GCond cond;
  gboolean paused, mains_only;
  double rate;   /* 0: none */
  double tokens; /* photographs that may be begun at once */
  gint64 filled; /* when the tokens were counted */
  char *power_folder;
  gint64 power_holds;
  gint64 power_asked; /* 0: not yet */
  gboolean on_mains;
};

LibraryPace *
library_pace_new (void)
{
  LibraryPace *self = g_new0 (LibraryPace, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->power_folder = g_strdup (LIBRARY_POWER_FOLDER);
  self->power_holds = POWER_HOLDS;
  return self;
}

LibraryPace *
library_pace_ref (LibraryPace *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
library_pace_unref (LibraryPace *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->power_folder);
  g_free (self);
}

/* ---- with the mutex held ---- */

static LibraryIndexState
get_state (LibraryPace *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->paused)
    return LIBRARY_INDEX_PAUSED;
  if (!self->mains_only)
    return LIBRARY_INDEX_RUNNING;
  if (self->power_asked == 0 || now - self->power_asked >= self->power_holds)
    {
      self->on_mains = library_power_is_on_mains (self->power_folder);
      self->power_asked = now;
    }
  return self->on_mains ? LIBRARY_INDEX_RUNNING : LIBRARY_INDEX_WAITING_FOR_MAINS;
}

/* Counts what the time since the last look allows; time spent held back allows nothing. */
static void
fill (LibraryPace *self, gboolean running)
{
  gint64 now = g_get_monotonic_time ();
  double most = 1 + self->rate * CATCH_UP;

  if (running)
    self->tokens = MIN (self->tokens + self->rate * (double) (now - self->filled) / G_TIME_SPAN_SECOND, most);
  else
    self->tokens = MIN (self->tokens, 0);
  self->filled = now;
}

static gint64
get_delay (LibraryPace *self)
{
  gboolean running = get_state (self) == LIBRARY_INDEX_RUNNING;

  if (self->rate <= 0)
    return running ? 0 : G_MAXINT64;
  fill (self, running);
  if (!running)
    return G_MAXINT64;
  return self->tokens >= 1 ? 0 : (gint64) ceil ((1 - self->tokens) / self->rate * G_TIME_SPAN_SECOND);
}

/* ---- */

void
library_pace_set_paused (LibraryPace *self, gboolean paused)
{
  g_mutex_lock (&self->mutex);
  get_delay (self); /* time until now counts as it was */
  self->paused = paused;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_rate (LibraryPace *self, double rate)
{
  g_mutex_lock (&self->mutex);
  self->rate = isfinite (rate) && rate > 0 ? rate : 0;
  self->tokens = 0;
  self->filled = g_get_monotonic_time ();
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_mains_only (LibraryPace *self, gboolean mains_only)
{
  g_mutex_lock (&self->mutex);
  self->mains_only = mains_only;
  self->power_asked = 0;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_power (LibraryPace *self, const char *folder, gint64 holds)
{
  g_mutex_lock (&self->mutex);
  g_free (self->power_folder);
  self->power_folder = g_strdup (folder);
  self->power_holds = holds;
  self->power_asked = 0;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

LibraryIndexState
library_pace_get_state (LibraryPace *self)
{
  LibraryIndexState state;

  g_mutex_lock (&self->mutex);
  state = get_state (self);
  g_mutex_unlock (&self->mutex);
  return state;
}

gint64
library_pace_get_delay (LibraryPace *self)
{
  gint64 delay;

  g_mutex_lock (&self->mutex);
  delay = get_delay (self);
  g_mutex_unlock (&self->mutex);
  return delay;
}

void
library_pace_spend (LibraryPace *self, guint photos)
{
  g_mutex_lock (&self->mutex);
  if (self->rate > 0)
    self->tokens -= photos;
  g_mutex_unlock (&self->mutex);
}

static void
wake (GCancellable *cancellable, gpointer data)
{
  LibraryPace *self = data;

  g_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
wait_locked (LibraryPace *self, gint64 deadline, GCancellable *cancellable)
{
  gint64 delay;

  while ((delay = get_delay (self)) > 0 && !g_cancellable_is_cancelled (cancellable))
    {
      gint64 now = g_get_monotonic_time ();
      gint64 until = now + MIN (MIN (delay, deadline - now), G_TIME_SPAN_HOUR);

      if (now >= deadline)
        return;
      if (self->mains_only)
        until = MIN (until, self->power_asked + self->power_holds);
      g_cond_wait_until (&self->cond, &self->mutex, until);
    }
}

gboolean
library_pace_wait (LibraryPace *self, gint64 most, GCancellable *cancellable)
{
  gulong handler = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (wake), self, NULL) : 0;
  gint64 now = g_get_monotonic_time ();
  gboolean may;

  g_mutex_lock (&self->mutex);
  wait_locked (self, most < G_MAXINT64 - now ? now + most : G_MAXINT64, cancellable);
  may = get_delay (self) == 0;
  g_mutex_unlock (&self->mutex);
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);
  return may && !g_cancellable_is_cancelled (cancellable);
}
