/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"
#include "image-sink.h"

G_BEGIN_DECLS

/**
 * image_pixbuf_decode:
 *
 * Decodes a whole file of any format but JPEG through gdk-pixbuf into the sink.  The loader is named, never guessed, and
 * gets all bytes at once; time and memory are bounded by the worker's limits alone.  Transparent pictures are laid over
 * white, the page that people see them on (open_clip drops the alpha channel, which shows what was meant to be hidden).
 * 16-bit samples lose their low byte; of an animation or a multi-page file the first picture counts.
 *
 * @orientation is that of the file's EXIF data; ignored for formats whose loader turns the picture itself.
 *
 * Errors: IMAGE_ERROR; FORMAT_OFF if gdk-pixbuf has no loader for it here.
 */
gboolean image_pixbuf_decode (ImageFormat format,
                              const guint8 *data,
                              gsize length,
                              ImageOrientation orientation,
                              ImageSink *sink,
                              GError **error);

G_END_DECLS
