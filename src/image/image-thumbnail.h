/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-resize.h"

G_BEGIN_DECLS

#define IMAGE_THUMBNAIL_QUALITY 85
#define IMAGE_MAX_THUMBNAIL_SIDE 4096u

/* Makes an upright thumbnail out of rows as they are decoded: blocks of pixels are averaged first (which keeps large
 * photographs cheap), a bilinear filter does the rest.  For people to look at; models get ImageResize. */
typedef struct _ImageThumbnail ImageThumbnail;

/* NULL with IMAGE_ERROR_OUT_OF_MEMORY. */
ImageThumbnail *image_thumbnail_new (const ImageSource *source, guint longest, GError **error);
void image_thumbnail_free (ImageThumbnail *thumbnail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageThumbnail, image_thumbnail_free)

/* Takes the next row, as image_resize_push() does. */
void image_thumbnail_push (ImageThumbnail *thumbnail, const guint8 *row);

/* After the last row: a JPEG file, or NULL with IMAGE_ERROR_OUT_OF_MEMORY. */
GBytes *image_thumbnail_finish (ImageThumbnail *thumbnail, GError **error);

G_END_DECLS
