/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the kernel says what powers the machine. */
#define LIBRARY_POWER_FOLDER "/sys/class/power_supply"

/* FALSE only if the machine runs on a battery of its own: one without a battery, or that does not say, is on mains.
 * Batteries of mice and the like do not count.  folder: LIBRARY_POWER_FOLDER, another one in tests.  Reads a few small files. */
gboolean library_power_is_on_mains (const char *folder);

G_END_DECLS
