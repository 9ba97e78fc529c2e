/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-pace.h"

#include <math.h>

#include "library-power.h"

#define POWER_HOLDS (15 * G_TIME_SPAN_SECOND)
/* What was not used may be made up for, so many seconds of it: a run looks at the pace only now and then. */
#define CATCH_UP 0.25

typedef struct
{
  LibraryPaceFunc func;
  gpointer data;
} Watch;

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
  GArray *watches; /* of Watch */
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
  self->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
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
  g_array_unref (self->watches);
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

static void
set_rate (LibraryPace *self, double rate)
{
  rate = isfinite (rate) && rate > 0 ? rate : 0;
  if (rate == self->rate)
    return;
  self->rate = rate;
  self->tokens = 0;
  self->filled = g_get_monotonic_time ();
}

static void
set_mains_only (LibraryPace *self, gboolean mains_only)
{
  if (mains_only != self->mains_only)
    self->power_asked = 0;
  self->mains_only = mains_only;
}

static void
tell (LibraryPace *self)
{
  LibraryPaceSettings settings = { self->paused, self->mains_only, self->rate };

  g_cond_broadcast (&self->cond);
  for (guint i = 0; i < self->watches->len; i++)
    g_array_index (self->watches, Watch, i).func (&settings, g_array_index (self->watches, Watch, i).data);
}

/* ---- */

void
library_pace_get_settings (LibraryPace *self, LibraryPaceSettings *settings)
{
  g_mutex_lock (&self->mutex);
  *settings = (LibraryPaceSettings){ self->paused, self->mains_only, self->rate };
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_settings (LibraryPace *self, const LibraryPaceSettings *settings)
{
  g_mutex_lock (&self->mutex);
  get_delay (self); /* time until now counts as it was */
  self->paused = settings->paused;
  set_rate (self, settings->rate);
  set_mains_only (self, settings->mains_only);
  tell (self);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_paused (LibraryPace *self, gboolean paused)
{
  g_mutex_lock (&self->mutex);
  get_delay (self);
  self->paused = paused;
  tell (self);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_rate (LibraryPace *self, double rate)
{
  g_mutex_lock (&self->mutex);
  set_rate (self, rate);
  tell (self);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_set_mains_only (LibraryPace *self, gboolean mains_only)
{
  g_mutex_lock (&self->mutex);
  set_mains_only (self, mains_only);
  tell (self);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_watch (LibraryPace *self, LibraryPaceFunc func, gpointer data)
{
  Watch watch = { func, data };

  g_mutex_lock (&self->mutex);
  g_array_append_val (self->watches, watch);
  g_mutex_unlock (&self->mutex);
}

void
library_pace_unwatch (LibraryPace *self, gpointer data)
{
  g_mutex_lock (&self->mutex);
  for (guint i = self->watches->len; i-- > 0;)
    if (g_array_index (self->watches, Watch, i).data == data)
      g_array_remove_index_fast (self->watches, i);
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
