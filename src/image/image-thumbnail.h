/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-resize.h"

G_BEGIN_DECLS

#define IMAGE_THUMBNAIL_QUALITY 85
#define IMAGE_MAX_THUMBNAIL_SIDE 4096u

/* Makes upright thumbnails out of rows as they are decoded: blocks of pixels are averaged first (which keeps large
 * photographs cheap), a bilinear filter does the rest, and smaller ones are made from the largest, before that is
 * compressed.  For people to look at; models get ImageResize. */
typedef struct _ImageThumbnail ImageThumbnail;

/* Longest sides, at least one of which is not 0.  NULL with IMAGE_ERROR_OUT_OF_MEMORY. */
ImageThumbnail *image_thumbnail_new (const ImageSource *source, const guint sides[IMAGE_MAX_THUMBNAILS], GError **error);
void image_thumbnail_free (ImageThumbnail *thumbnail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageThumbnail, image_thumbnail_free)

/* Takes the next row, as image_resize_push() does. */
void image_thumbnail_push (ImageThumbnail *thumbnail, const guint8 *row);

/* After the last row: a JPEG file for each side that is not 0.  FALSE with IMAGE_ERROR_OUT_OF_MEMORY; what was made stays in
 * `jpegs` then. */
gboolean image_thumbnail_finish (ImageThumbnail *thumbnail, GBytes *jpegs[IMAGE_MAX_THUMBNAILS], GError **error);

G_END_DECLS
