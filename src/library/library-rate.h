/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How fast a count has been growing of late.  Zeros: nothing is known yet. */
#define LIBRARY_RATE_SAMPLES 64u

typedef struct
{
  gint64 times[LIBRARY_RATE_SAMPLES]; /* a ring, in microseconds of time that counts */
  guint64 counts[LIBRARY_RATE_SAMPLES];
  guint first, used;
} LibraryRate;

/* The count at a time; neither ever falls.  The first call says where it starts from. */
void library_rate_add (LibraryRate *rate, gint64 time, guint64 count);

/* A second, over the last ten seconds or, where the count grows in few large steps, the last five steps; 0 if it cannot be
 * told yet or nothing has happened for long. */
double library_rate_get (const LibraryRate *rate, gint64 time);

G_END_DECLS
