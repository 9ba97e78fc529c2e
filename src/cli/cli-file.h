/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file named on the command line: a path (its bytes are taken as they are) or a URI.  Something that exists under
 * that very name is a path, whatever it looks like.  NULL with G_OPTION_ERROR where it is not on this computer.
 * (transfer full) */
GFile *cli_file_new (const char *argument, GError **error);

/* All of them.  (element-type GFile) (transfer container) */
GPtrArray *cli_file_new_all (char **arguments, GError **error);

/* The name for programs: the path if that is UTF-8, else the percent-escaped URI.  (transfer full) */
char *cli_file_to_text (GFile *file);

/* The name for people: on one line, file managers show it.  (transfer full) */
char *cli_file_to_display (GFile *file);

G_END_DECLS
