/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-resize.h"

G_BEGIN_DECLS

/**
 * ImageSink:
 *
 * What a decoder writes its rows to.  It knows what was asked for (tensor, thumbnails), refuses pictures that are too large
 * before anything is decoded, and makes all results in the one pass.
 */
typedef struct _ImageSink ImageSink;

ImageSink *image_sink_new (const ImageRequest *request);
void image_sink_free (ImageSink *sink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageSink, image_sink_free)

/* TRUE if a picture of this size may be decoded, else IMAGE_ERROR_TOO_LARGE (or UNREADABLE for no pixels at all). */
gboolean image_sink_check_size (guint64 width, guint64 height, GError **error);

/* The divisor 1, 2, 4 or 8 by which a JPEG of this size may be decoded smaller: the tensor's short side keeps twice its
 * target, and the largest thumbnail its full size. */
guint image_sink_reduction (ImageSink *sink, guint width, guint height);

/* Once, before the first row. */
gboolean image_sink_begin (ImageSink *sink, const ImageSource *source, GError **error);

/* Where the decoder may put its next row: source width x 3 bytes.  The same buffer each time, its content stays. */
guint8 *image_sink_row (ImageSink *sink);

/* The row in the buffer is complete. */
void image_sink_push (ImageSink *sink);

/* After the last row: fills tensor, thumbnails, width and height of the reply. */
gboolean image_sink_finish (ImageSink *sink, ImageReply *reply, GError **error);

G_END_DECLS
