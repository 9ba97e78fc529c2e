/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes at the start of a file that tell its format. */
#define IMAGE_FORMAT_HEAD 64

/* Picture formats we can tell apart, whether we read them or not.  The numbers cross the worker protocol. */
typedef enum
{
  IMAGE_FORMAT_UNKNOWN,
  IMAGE_FORMAT_JPEG,
  IMAGE_FORMAT_PNG,
  IMAGE_FORMAT_GIF,
  IMAGE_FORMAT_BMP,
  IMAGE_FORMAT_TIFF,
  IMAGE_FORMAT_WEBP,
  IMAGE_FORMAT_HEIF,
  IMAGE_FORMAT_AVIF,
  IMAGE_FORMAT_JXL,
  IMAGE_FORMAT_RAW,
  IMAGE_FORMAT_JPEG2000,
  IMAGE_FORMAT_PSD,
  IMAGE_FORMAT_EXR,
  IMAGE_FORMAT_HDR,
  IMAGE_FORMAT_PNM,
  IMAGE_FORMAT_QOI,
  IMAGE_FORMAT_ICO,
  IMAGE_FORMAT_XCF,
  IMAGE_FORMAT_DDS,
  IMAGE_FORMAT_SVG,
  IMAGE_FORMAT_TGA, /* has no magic number: only ever told by name */
  IMAGE_N_FORMATS,
} ImageFormat;

/* The format the first bytes show, by magic number alone.  Any length. */
ImageFormat image_format_sniff (const guint8 *head, gsize length);

/* "jpeg", "png" …, a static string; "unknown" for values outside the enum. */
const char *image_format_name (ImageFormat format);

/* The format a file name's extension stands for. */
ImageFormat image_format_from_name (const char *name);

/* The names under which gdk-pixbuf may offer a loader for this format: NULL-terminated, NULL for formats that are
 * never given to gdk-pixbuf.  Nothing outside this list is: Debian's has loaders for ANI, XPM, SVG and worse. */
const char *const *image_format_pixbuf_names (ImageFormat format);

/* The package of Debian that brings the loader; NULL if gdk-pixbuf itself does, or nothing. */
const char *image_format_loader_package (ImageFormat format);

G_END_DECLS
