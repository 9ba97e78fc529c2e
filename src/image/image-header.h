/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"

G_BEGIN_DECLS

/* The size that the header of a PNG, GIF, BMP, WebP, TIFF, HEIF or AVIF file claims, so that absurd ones are refused before a loader sees
 * them.  FALSE if the format or the header does not tell. */
gboolean image_header_size (ImageFormat format, const guint8 *data, gsize length, guint64 *width, guint64 *height);

G_END_DECLS
