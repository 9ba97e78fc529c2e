/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Characters as the reference tokenizer sees them, whatever GLib's version and the locale say. */
gboolean model_unicode_is_letter (gunichar c);
gboolean model_unicode_is_number (gunichar c);
/* As Python's str.split sees it. */
gboolean model_unicode_is_space (gunichar c);
/* The ordinary form of a full-width or half-width character, or c. */
gunichar model_unicode_plain_width (gunichar c);
/* Full lower case: final sigma, dotted I and all.  (transfer full) */
char *model_unicode_lower_case (const char *text);

G_END_DECLS
