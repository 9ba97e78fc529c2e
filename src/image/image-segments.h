/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"

G_BEGIN_DECLS

/* The part of a file that a metadata library needs to see, as a file that it knows: of JPEG, HEIF and AVIF a JPEG of nothing
 * but the EXIF, XMP and IPTC segments (most of the file is left out, and most of the library too); of PNG, WebP,
 * TIFF and raw files all, without a copy (`data` must stay).  NULL for formats without metadata, and if there is none. */
GBytes *image_segments_of_metadata (ImageFormat format, const guint8 *data, gsize length);

G_END_DECLS
