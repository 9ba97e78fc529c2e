/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"

G_BEGIN_DECLS

/* TRUE if the file's own structure says that it goes on after its last byte.  Asked before decoding, for gdk-pixbuf hands out
 * half a PNG without a word.  PNG, GIF (first picture), BMP, WebP and TIFF; FALSE for the others. */
gboolean image_is_truncated (ImageFormat format, const guint8 *data, gsize length);

G_END_DECLS
