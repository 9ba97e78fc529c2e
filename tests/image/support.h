/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-resize.h"

/* A picture in memory: width x height RGB. */
typedef struct
{
  guint width, height;
  guint8 *pixels;
} Picture;

void picture_clear (Picture *picture);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

/* The noise and the ramp of make-golden.py. */
Picture picture_noise (guint width, guint height);
Picture picture_ramp (guint width, guint height);

/* The stored picture that a viewer turns by `orientation` to show `upright`. */
Picture picture_store (const Picture *upright, ImageOrientation orientation);

/* Runs a picture through ImageResize. */
guint8 *picture_resize (const Picture *stored, ImageOrientation orientation, const ImageGeometry *geometry, ImageFilter filter);

/* What picture_jpeg() does otherwise than usual. */
typedef enum
{
  PICTURE_JPEG_PROGRESSIVE = 1 << 0,
  PICTURE_JPEG_444 = 1 << 1,
  PICTURE_JPEG_GRAY = 1 << 2,
} PictureJpeg;

/* A JPEG file of quality 95, with an EXIF segment if orientation is not 0 or a date is given. */
GBytes *picture_jpeg (const Picture *picture, PictureJpeg flags, guint orientation, const char *date);

/* A file of a gdk-pixbuf type ("png", "tiff", "bmp"). */
GBytes *picture_save (const Picture *picture, const char *type, ...) G_GNUC_NULL_TERMINATED;

/* An open, unlinked file with these bytes. */
int file_with (gconstpointer data, gsize length);
int file_with_bytes (GBytes *bytes);
int file_of_fixture (const char *name);
GBytes *fixture (const char *name);

/* Decodes in this process and requires success; the tensor is `side` wide. */
void decode_ok (int fd, const ImageRequest *request, ImageReply *reply);

/* Decodes in this process and requires this error. */
void decode_fails (GBytes *bytes, ImageError code);

guint greatest_difference (const guint8 *a, const guint8 *b, gsize length);
double mean_difference (const guint8 *a, const guint8 *b, gsize length);
