/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "image-error.h"
#include "image-metadata.h"

G_BEGIN_DECLS

#define IMAGE_MAX_PIXELS (300u * 1000u * 1000u)
#define IMAGE_MAX_SIDE 65535u
#define IMAGE_MAX_TENSOR_SIDE 1024u
#define IMAGE_MAX_THUMBNAILS 2

/* How a picture becomes S x S: as open_clip's evaluation transform has it. */
typedef enum
{
  IMAGE_RESIZE_SHORTEST, /* short side to S, centre crop */
  IMAGE_RESIZE_SQUASH,   /* both sides to S */
  IMAGE_RESIZE_LONGEST,  /* long side to S, pad with the fill colour */
} ImageResizeMode;

typedef enum
{
  IMAGE_FILTER_BICUBIC,
  IMAGE_FILTER_BILINEAR,
} ImageFilter;

typedef struct
{
  guint side; /* S; 0: no tensor wanted */
  ImageResizeMode mode;
  ImageFilter filter;
  guint8 fill;      /* grey level of padding for IMAGE_RESIZE_LONGEST */
  gboolean reduced; /* JPEG may be decoded at a DCT-reduced size of at least 2 S (index only, never embed) */
} ImageTensorSpec;

typedef struct
{
  ImageTensorSpec tensor;
  guint thumbnails[IMAGE_MAX_THUMBNAILS]; /* longest sides of JPEG thumbnails in pixels; 0: not wanted */
  gboolean metadata;                      /* wanted too; that a file's metadata cannot be read never costs its picture */
} ImageRequest;

/* What one decode gave.  All of it was length-checked on this side of the socket. */
typedef struct
{
  GBytes *tensor;                           /* S x S x 3 bytes, RGB, row by row; NULL if none was asked for */
  GBytes *thumbnails[IMAGE_MAX_THUMBNAILS]; /* JPEG files, each at the place where it was asked for, or NULL */
  guint width, height;                      /* of the upright picture */
  const char *format;                       /* "jpeg", "png", "webp", "tiff", "gif", "bmp", "heif", "avif" …: static */
  gint64 taken;                             /* seconds since 1970 of the time the metadata gives (as local time of the camera read as UTC), 0 if none */
  guint64 hash[2];                          /* XXH3-128 of the file's bytes */
  gint64 size;                              /* bytes hashed */
  ImageMetadata *metadata;                  /* NULL if it was not asked for or could not be read */
} ImageReply;

void image_reply_clear (ImageReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ImageReply, image_reply_clear)

/**
 * ImageWorker:
 *
 * One `eidetic-worker` process and the socket to it.  The process is started at the first request and again
 * after it died, hung or broke the protocol, so an ImageWorker is good for any number of bad files.
 * Not thread safe: one thread at a time; make one ImageWorker a thread.
 */
typedef struct _ImageWorker ImageWorker;

/* The program is $EIDETIC_WORKER, else the installed one. */
ImageWorker *image_worker_new (void);
void image_worker_free (ImageWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageWorker, image_worker_free)

/* Decodes the regular file open as `fd` (borrowed, read from offset 0).  Blocks; at most the wall-time limit.
 * Errors: IMAGE_ERROR, G_IO_ERROR_CANCELLED. */
gboolean image_worker_decode (ImageWorker *worker,
                              int fd,
                              const ImageRequest *request,
                              ImageReply *reply,
                              GCancellable *cancellable,
                              GError **error);

/* Opens a file safely for image_worker_decode(): regular files only, no blocking on FIFOs, errors as IMAGE_ERROR
 * (GONE, NO_PERMISSION, NOT_AN_IMAGE …).  -1 on error. */
int image_open_file (const char *path, GError **error);

/* TRUE if the first bytes look like a picture format (whether this build can read it or not); `name` may be NULL and
 * is used only for formats without a magic number.  For telling "failed" from "ignored". */
gboolean image_looks_like_picture (const char *name, const guint8 *head, gsize length);

/* TRUE if the file name's extension is that of a picture format. */
gboolean image_name_is_picture (const char *name);

G_END_DECLS
