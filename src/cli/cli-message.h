/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the program says when it ends.  The numbers are a promise to scripts. */
typedef enum
{
  CLI_STATUS_DONE = 0,
  CLI_STATUS_SOME_FAILED = 1, /* done, but some files (or checks) failed */
  CLI_STATUS_USAGE = 2,
  CLI_STATUS_COULD_NOT_RUN = 3,
  CLI_STATUS_INTERRUPTED = 130,
} CliStatus;

/* One line on standard error, with the program's name before it.  Control characters of the text (a file name may
 * have them) are written as escapes, so that it stays one line. */
void cli_message (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Says why something ended and gives the status that tells the same: wrong usage, interrupted (nothing is said: the
 * user knows), or could not run. */
CliStatus cli_message_error (const GError *error);

/* Wrong usage, in words.  Returns CLI_STATUS_USAGE. */
CliStatus cli_message_usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Text as a terminal can show it: valid UTF-8 on one line.  (transfer full) */
char *cli_message_clean (const char *text);

/* Writes to standard output and flushes.  Where that cannot be written the program ends: quietly if its reader went
 * away, with a line and CLI_STATUS_COULD_NOT_RUN otherwise. */
void cli_message_output (const char *text, gsize length);
/* The same for a formatted line; the new line character is added. */
void cli_message_print (const char *format, ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
