/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the boxes of a HEIF or AVIF file tell without decoding.  The pointers lie within the file's bytes; NULL if there is
 * none, or it is stored in a way that cameras do not use (in pieces, or inside of another item). */
typedef struct
{
  guint64 width, height; /* the greatest of any picture in the file, whole, not yet turned or cropped; 0: not told */
  const guint8 *exif;    /* a TIFF structure */
  gsize exif_size;
  const guint8 *xmp; /* an XMP packet */
  gsize xmp_size;
} ImageHeif;

/* Never fails: what is damaged or missing is not told.  Time is bounded by a few thousand boxes and items. */
void image_heif_read (const guint8 *data, gsize length, ImageHeif *heif);

G_END_DECLS
