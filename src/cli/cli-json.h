/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Writes one JSON object a line: begin, members, end.  Numbers do not depend on the locale.  What is not UTF-8 or not
 * finite is repaired: every line is valid JSON whatever comes in. */
void cli_json_begin (GString *line);

/* NULL is written as null. */
void cli_json_string (GString *line, const char *key, const char *value);
void cli_json_integer (GString *line, const char *key, gint64 value);
/* With nine significant digits, enough for a float to come back as it was; null where not finite. */
void cli_json_number (GString *line, const char *key, double value);
void cli_json_boolean (GString *line, const char *key, gboolean value);
/* The path; where that is not UTF-8, the percent-escaped URI. */
void cli_json_file (GString *line, const char *key, GFile *file);
/* (element-type float) */
void cli_json_floats (GString *line, const char *key, GArray *values);
/* (element-type gint32) */
void cli_json_integers (GString *line, const char *key, GArray *values);

/* Writes the line to standard output at once and leaves it empty for the next. */
void cli_json_end (GString *line);

G_END_DECLS
