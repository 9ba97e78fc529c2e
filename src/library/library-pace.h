/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "library-types.h"

G_BEGIN_DECLS

/**
 * LibraryPace:
 *
 * How fast an index run may go: paused, so many photographs a second, only on mains power.  One object is shared by whoever
 * decides (the front ends) and the run that keeps to it; all functions may be called on any thread.
 */
typedef struct _LibraryPace LibraryPace;

/* Nothing holds back. */
LibraryPace *library_pace_new (void);
LibraryPace *library_pace_ref (LibraryPace *pace);
void library_pace_unref (LibraryPace *pace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryPace, library_pace_unref)

/* ---- for those who decide; what waits is woken at once ---- */

void library_pace_set_paused (LibraryPace *pace, gboolean paused);
/* Photographs a second; 0 (or less): as many as can be. */
void library_pace_set_rate (LibraryPace *pace, double rate);
void library_pace_set_mains_only (LibraryPace *pace, gboolean mains_only);
/* All of it, as it was decided. */
typedef struct
{
  gboolean paused, mains_only;
  double rate;
} LibraryPaceSettings;

void library_pace_get_settings (LibraryPace *pace, LibraryPaceSettings *settings);
void library_pace_set_settings (LibraryPace *pace, const LibraryPaceSettings *settings);

/* Called for each decision, on the thread that made it; must not call any of these functions. */
typedef void (*LibraryPaceFunc) (const LibraryPaceSettings *settings, gpointer data);
void library_pace_watch (LibraryPace *pace, LibraryPaceFunc func, gpointer data);
/* Afterwards func is not called any more. */
void library_pace_unwatch (LibraryPace *pace, gpointer data);

/* For tests: another LIBRARY_POWER_FOLDER, and how long its answer holds in microseconds (usually 15 seconds). */
void library_pace_set_power (LibraryPace *pace, const char *folder, gint64 holds);

/* ---- for the run ---- */

/* Held back for what reason; a rate does not count as one. */
LibraryIndexState library_pace_get_state (LibraryPace *pace);

/* Microseconds until the next photograph may be begun as things stand: 0 now, G_MAXINT64 when somebody or something must
 * change first. */
gint64 library_pace_get_delay (LibraryPace *pace);

/* `photos` were begun. */
void library_pace_spend (LibraryPace *pace, guint photos);

/* Blocks until a photograph may be begun (TRUE), or `most` microseconds have passed or it is cancelled (FALSE). */
gboolean library_pace_wait (LibraryPace *pace, gint64 most, GCancellable *cancellable);

G_END_DECLS
