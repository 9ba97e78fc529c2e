/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The text that a PNG file holds under a keyword, in a tEXt or an uncompressed iTXt chunk; cleaned as image_metadata_clean()
 * does.  NULL if there is none. */
char *image_png_text (const guint8 *data, gsize length, const char *keyword);

G_END_DECLS
