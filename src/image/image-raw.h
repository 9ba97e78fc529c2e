/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-exif.h"
#include "image-sink.h"

G_BEGIN_DECLS

/* The picture that a raw file shows of itself: its largest embedded JPEG. */
typedef struct
{
  GBytes *jpeg;
  ImageExif exif;      /* orientation and date of the raw file, or else of the JPEG */
  guint width, height; /* upright, of the picture that the raw file holds; 0: not told */
} ImageRaw;

void image_raw_clear (ImageRaw *raw);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ImageRaw, image_raw_clear)

/**
 * image_raw_read:
 * @exif: of the raw file, as image_exif_read() told it
 *
 * Finds the embedded JPEG through gexiv2, which may crash: the worker and tests alone may call this.
 *
 * Errors: IMAGE_ERROR_FORMAT_OFF if there is none.
 */
gboolean image_raw_read (const guint8 *data, gsize length, const ImageExif *exif, ImageRaw *raw, GError **error);

G_END_DECLS
