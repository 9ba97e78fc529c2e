/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pausing, rates, mains power, and how long it will take. */
#include "library-pace.h"
#include "library-power.h"
#include "library-rate.h"
#include "support.h"

#include <glib/gstdio.h>

#define MS (G_TIME_SPAN_SECOND / 1000)

static void
set (const char *folder, const char *supply, const char *name, const char *value)
{
  g_autofree char *path = g_build_filename (folder, supply, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  support_write (path, name, value, -1);
}

static void
test_power (void)
{
  char *folder = support_make_folder ();

  g_assert_true (library_power_is_on_mains ("/nonexistent"));
  g_assert_true (library_power_is_on_mains (folder));
  set (folder, "mouse", "type", "Battery\n");
  set (folder, "mouse", "scope", "Device\n");
  set (folder, "mouse", "status", "Discharging\n");
  set (folder, "empty-bay", "type", "Battery\n");
  set (folder, "empty-bay", "present", "0\n");
  set (folder, "empty-bay", "status", "Discharging\n");
  set (folder, "port", "type", "USB\n");
  set (folder, "port", "online", "0\n");
  g_assert_true (library_power_is_on_mains (folder)); /* a desktop machine with an unused port */
  set (folder, "BAT0", "type", "Battery\n");
  set (folder, "BAT0", "status", "Discharging\n");
  g_assert_false (library_power_is_on_mains (folder));
  set (folder, "BAT0", "status", "Full\n");
  g_assert_false (library_power_is_on_mains (folder)); /* nothing gives power */
  set (folder, "port", "online", "1\n");
  set (folder, "BAT0", "status", "Discharging\n"); /* the adapter is weak */
  g_assert_true (library_power_is_on_mains (folder));
  support_remove (folder);
  folder = support_make_folder ();
  set (folder, "BAT0", "type", "Battery\n");
  set (folder, "BAT0", "status", "Charging\n");
  g_assert_true (library_power_is_on_mains (folder)); /* who else would charge it */
  set (folder, "BAT0", "status", "Discharging\n");
  g_assert_false (library_power_is_on_mains (folder));
  support_remove (folder);
}

static void
test_free (void)
{
  g_autoptr (LibraryPace) pace = library_pace_new ();

  for (guint i = 0; i < 1000; i++)
    {
      g_assert_cmpint (library_pace_get_delay (pace), ==, 0);
      library_pace_spend (pace, 100);
    }
  g_assert_true (library_pace_wait (pace, G_MAXINT64, NULL));
  g_assert_cmpint (library_pace_get_state (pace), ==, LIBRARY_INDEX_RUNNING);
}

/* Takes photographs as they are allowed, for so long. */
static guint
take (LibraryPace *pace, gint64 span)
{
  gint64 end = g_get_monotonic_time () + span;
  gint64 left;
  guint taken = 0;

  while ((left = end - g_get_monotonic_time ()) > 0)
    if (library_pace_wait (pace, left, NULL))
      {
        library_pace_spend (pace, 1);
        taken++;
      }
  return taken;
}

static void
test_rate (void)
{
  g_autoptr (LibraryPace) pace = library_pace_new ();
  guint taken;

  library_pace_set_rate (pace, 100);
  taken = take (pace, 500 * MS);
  g_assert_cmpuint (taken, >=, 40);
  g_assert_cmpuint (taken, <=, 51);
  /* Time spent paused is not made up for, and time spent otherwise only in part. */
  library_pace_set_paused (pace, TRUE);
  g_usleep (300 * MS);
  g_assert_cmpint (library_pace_get_delay (pace), ==, G_MAXINT64);
  library_pace_set_paused (pace, FALSE);
  taken = take (pace, 100 * MS);
  g_assert_cmpuint (taken, >=, 5);
  g_assert_cmpuint (taken, <=, 13);
  g_usleep (1000 * MS);
  g_assert_cmpuint (take (pace, 10 * MS), <=, 29);
  g_usleep (300 * MS);
  library_pace_set_paused (pace, TRUE);
  library_pace_get_delay (pace);
  library_pace_set_paused (pace, FALSE);
  g_assert_cmpuint (take (pace, 10 * MS), <=, 4); /* what was left is gone */
  library_pace_set_rate (pace, 0);
  g_assert_cmpint (library_pace_get_delay (pace), ==, 0);
}

typedef struct
{
  LibraryPace *pace;
  GCancellable *cancellable;
  gint64 since, woken;
  gboolean may;
} Waiter;

static gpointer
wait_long (gpointer data)
{
  Waiter *waiter = data;

  waiter->may = library_pace_wait (waiter->pace, 60 * G_TIME_SPAN_SECOND, waiter->cancellable);
  waiter->woken = g_get_monotonic_time ();
  return NULL;
}

static void
check_wakes (gboolean cancel)
{
  g_autoptr (LibraryPace) pace = library_pace_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Waiter waiter = { pace, cancellable };
  GThread *thread;

  library_pace_set_paused (pace, TRUE);
  thread = g_thread_new ("wait", wait_long, &waiter);
  g_usleep (100 * MS);
  g_assert_true (waiter.woken == 0);
  waiter.since = g_get_monotonic_time ();
  if (cancel)
    g_cancellable_cancel (cancellable);
  else
    library_pace_set_paused (pace, FALSE);
  g_thread_join (thread);
  g_assert_cmpint (waiter.woken - waiter.since, <, 5 * G_TIME_SPAN_SECOND);
  g_assert_true (waiter.may == !cancel);
}

static void
test_wakes (void)
{
  g_autoptr (LibraryPace) pace = library_pace_new ();
  gint64 before = g_get_monotonic_time ();

  check_wakes (FALSE);
  check_wakes (TRUE);
  library_pace_set_paused (pace, TRUE);
  g_assert_false (library_pace_wait (pace, 50 * MS, NULL));
  g_assert_cmpint (g_get_monotonic_time () - before, >=, 50 * MS);
}

static void
test_mains (void)
{
  g_autoptr (LibraryPace) pace = library_pace_new ();
  char *folder = support_make_folder ();
  Waiter waiter = { pace };
  GThread *thread;

  set (folder, "BAT0", "type", "Battery\n");
  set (folder, "BAT0", "status", "Discharging\n");
  library_pace_set_power (pace, folder, 20 * MS);
  g_assert_cmpint (library_pace_get_state (pace), ==, LIBRARY_INDEX_RUNNING);
  library_pace_set_mains_only (pace, TRUE);
  g_assert_cmpint (library_pace_get_state (pace), ==, LIBRARY_INDEX_WAITING_FOR_MAINS);
  library_pace_set_paused (pace, TRUE);
  g_assert_cmpint (library_pace_get_state (pace), ==, LIBRARY_INDEX_PAUSED);
  library_pace_set_paused (pace, FALSE);
  thread = g_thread_new ("wait", wait_long, &waiter);
  g_usleep (60 * MS);
  set (folder, "BAT0", "status", "Charging\n");
  g_thread_join (thread);
  g_assert_true (waiter.may);
  g_assert_cmpint (library_pace_get_state (pace), ==, LIBRARY_INDEX_RUNNING);
  support_remove (folder);
}

/* ---- how fast it went of late ---- */

static void
test_steady (void)
{
  LibraryRate rate = { 0 };

  g_assert_cmpfloat (library_rate_get (&rate, 0), ==, 0);
  for (guint i = 0; i <= 5000; i++)
    library_rate_add (&rate, i * 10 * MS, i);
  g_assert_cmpfloat_with_epsilon (library_rate_get (&rate, 50000 * MS), 100, 1);
  for (guint i = 1; i <= 1500; i++) /* ten times slower: the past counts no more after a while */
    library_rate_add (&rate, (50000 + i * 100) * MS, 5000 + i);
  g_assert_cmpfloat_with_epsilon (library_rate_get (&rate, 200000 * MS), 10, 0.1);
  g_assert_cmpfloat (library_rate_get (&rate, 260000 * MS), <, 5);
}

/* Few large steps, far apart. */
static void
test_steps (void)
{
  LibraryRate rate = { 0 };

  for (guint i = 0; i <= 20; i++)
    library_rate_add (&rate, i * 30000 * MS, 64 * i);
  g_assert_cmpfloat_with_epsilon (library_rate_get (&rate, 600000 * MS), 64 / 30.0, 0.01);
  g_assert_cmpfloat_with_epsilon (library_rate_get (&rate, 629000 * MS), 64 / 30.0, 0.01);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pace/power", test_power);
  g_test_add_func ("/pace/free", test_free);
  g_test_add_func ("/pace/rate", test_rate);
  g_test_add_func ("/pace/wakes", test_wakes);
  g_test_add_func ("/pace/mains", test_mains);
  g_test_add_func ("/rate/steady", test_steady);
  g_test_add_func ("/rate/steps", test_steps);
  return g_test_run ();
}
