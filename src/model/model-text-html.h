/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As HTML 5 reads references, with or without semicolon.  (transfer full) */
char *model_html_unescape (const char *text);
/* Only references with a semicolon, but also names written all in capitals where that is unambiguous ("&EACUTE;"), as
 * ftfy does.  (transfer full) */
char *model_html_unescape_strict (const char *text);

G_END_DECLS
