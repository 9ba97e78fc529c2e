/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-rate.h"

#define WINDOW (10 * G_TIME_SPAN_SECOND)
#define LEAST_GAP (G_TIME_SPAN_SECOND / 5)
#define LEAST_STEPS 6u

static guint
place (const LibraryRate *self, guint i)
{
  return (self->first + i) % LIBRARY_RATE_SAMPLES;
}

static void
drop_old (LibraryRate *self, gint64 time)
{
  while (self->used == LIBRARY_RATE_SAMPLES || (self->used > LEAST_STEPS && self->times[self->first] < time - WINDOW))
    {
      self->first = place (self, 1);
      self->used--;
    }
}

void
library_rate_add (LibraryRate *self, gint64 time, guint64 count)
{
  guint last = place (self, self->used - 1);

  if (self->used > 0 && self->counts[last] == count)
    return;
  /* Small steps close together are one. */
  if (self->used > 1 && time - self->times[place (self, self->used - 2)] < LEAST_GAP)
    {
      self->times[last] = time;
      self->counts[last] = count;
      return;
    }
  drop_old (self, time);
  last = place (self, self->used++);
  self->times[last] = time;
  self->counts[last] = count;
}

double
library_rate_get (const LibraryRate *self, gint64 time)
{
  guint last = place (self, self->used - 1);
  gint64 first, end;

  if (self->used < 2)
    return 0;
  first = self->times[self->first];
  end = self->times[last];
  /* Between two steps the rate stays; when the next one is overdue it falls. */
  if (time - end > 2 * (end - first) / (self->used - 1))
    end = time;
  return end > first ? (double) (self->counts[last] - self->counts[self->first]) * G_TIME_SPAN_SECOND / (double) (end - first) : 0;
}
