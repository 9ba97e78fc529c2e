/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-geometry.h"
#include "image-orientation.h"

G_BEGIN_DECLS

/* Rows given to the resizer must be readable this many bytes past their end (what lies there does not matter). */
#define IMAGE_ROW_PADDING 64

/* A picture as a decoder will hand it out: rows of RGB from top to bottom, as stored, not yet upright. */
typedef struct
{
  guint width, height;           /* of the rows that come, 1 … IMAGE_MAX_SIDE */
  double extent_x, extent_y;     /* how much of width and height the picture fills: less by a fraction if DCT-reduced */
  guint full_width, full_height; /* of the stored picture before any reduction */
  ImageOrientation orientation;
} ImageSource;

/**
 * ImageResize:
 *
 * Pillow's resize as a stream: rows go in as they are decoded, and of the picture only as many rows are kept as the
 * filter spans.  The result is upright and equals that of turning the whole picture, resizing and cropping it, byte for
 * byte (each of the two passes rounds to 8 bits).
 */
typedef struct _ImageResize ImageResize;

/* NULL with IMAGE_ERROR_OUT_OF_MEMORY. */
ImageResize *image_resize_new (const ImageSource *source, const ImageGeometry *geometry, ImageFilter filter, GError **error);
void image_resize_free (ImageResize *resize);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageResize, image_resize_free)

/* Takes the next row: source width x 3 bytes and IMAGE_ROW_PADDING more. */
void image_resize_push (ImageResize *resize, const guint8 *row);

/* After the last row: the output, out_width x out_height x 3 bytes, which the caller frees with g_free(). */
guint8 *image_resize_finish (ImageResize *resize);

G_END_DECLS
