/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"
#include "image-orientation.h"

G_BEGIN_DECLS

/* The little that decoding needs from a file's metadata. */
typedef struct
{
  ImageOrientation orientation;
  gint64 taken;          /* seconds since 1970, the camera's local time read as UTC; 0: not told */
  guint width, height;   /* TIFF only: of the first page; 0: not told */
  gboolean is_raw;       /* TIFF only: a camera's raw file, whose first page is but a preview */
  gboolean is_truncated; /* TIFF only: the directory or the pixels of the first page lie behind the end */
} ImageExif;

/* Reads JPEG (APP1), PNG (eXIf), WebP (EXIF), HEIF, AVIF, TIFF and raw files like TIFF.  Never fails: what is damaged or missing keeps its default
 * (upright, no date).  Time is bounded by a few thousand directory entries whatever the file says. */
void image_exif_read (ImageFormat format, const guint8 *data, gsize length, ImageExif *exif);

G_END_DECLS
