/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"
#include "image-metadata.h"

G_BEGIN_DECLS

/**
 * image_metadata_read:
 *
 * Reads the metadata of a whole file through gexiv2.  Where a property is told in several places the first of XMP, IPTC
 * and EXIF counts; keywords are those of all.  What a camera writes as caption by itself is none.
 *
 * May crash, spin or run out of memory on a hostile file, see image_guard_enter(); the worker and tests alone may call this.
 *
 * Returns: (transfer full): never NULL
 */
ImageMetadata *image_metadata_read (ImageFormat format, const guint8 *data, gsize length);

/* "Make Model", each said once; NULL if neither is told. */
char *image_metadata_camera (const char *make, const char *model);

G_END_DECLS
