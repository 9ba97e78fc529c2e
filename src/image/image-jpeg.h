/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-sink.h"

G_BEGIN_DECLS

/* Progressive files may hold any number of passes over the picture; honest ones have about ten. */
#define IMAGE_JPEG_MAX_SCANS 500

/* Decodes a whole JPEG file into the sink: accurate integer DCT and smooth chroma, which is bit for bit what Pillow gives;
 * CMYK and YCCK by Pillow's rule.  Errors: IMAGE_ERROR; TRUNCATED if the data ends before the last row, other damage
 * that libjpeg can patch over passes, as it does in Pillow. */
gboolean image_jpeg_decode (const guint8 *data, gsize length, ImageOrientation orientation, ImageSink *sink, GError **error);

/* width x height RGB pixels as a JPEG file with 4:2:0 chroma.  NULL with IMAGE_ERROR_OUT_OF_MEMORY. */
GBytes *image_jpeg_encode (const guint8 *pixels, guint width, guint height, int quality, GError **error);

G_END_DECLS
