/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"
#include "image-worker.h"

G_BEGIN_DECLS

/* Files above this are not read at all. */
#define IMAGE_MAX_FILE_SIZE ((gint64) 512 * 1024 * 1024)

/**
 * image_decode_file:
 * @fd: a regular file, read from offset 0 (its own offset stays)
 *
 * Everything the worker does with one file, in this process: reads it whole (never maps it: a file that shrinks must not
 * kill us), hashes it, tells its format by magic number, decodes.  Only the worker and tests may call this.
 *
 * Errors: IMAGE_ERROR.
 */
gboolean image_decode_file (int fd, const ImageRequest *request, ImageReply *reply, ImageFormat *format, GError **error);

G_END_DECLS
