/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ImageError:
 *
 * Why a file gave no picture.  The codes are the fixed reasons that users and programs see
 * (image_error_to_reason()); their numbers cross the worker protocol, so new ones go to the end.
 */
typedef enum
{
  IMAGE_ERROR_NOT_AN_IMAGE,  /* neither name nor content is that of a picture, or a text file named .jpg */
  IMAGE_ERROR_FORMAT_OFF,    /* a picture format this build does not read */
  IMAGE_ERROR_UNREADABLE,    /* the format is known, the content is damaged */
  IMAGE_ERROR_TRUNCATED,     /* the file ends early */
  IMAGE_ERROR_TOO_LARGE,     /* more than IMAGE_MAX_PIXELS or IMAGE_MAX_SIDE */
  IMAGE_ERROR_TOO_SLOW,      /* ran out of processor or wall time */
  IMAGE_ERROR_OUT_OF_MEMORY, /* ran into the worker's address-space limit */
  IMAGE_ERROR_CRASHED,       /* the worker died while it had this file */
  IMAGE_ERROR_CHANGED,       /* the file changed while it was read */
  IMAGE_ERROR_NO_PERMISSION,
  IMAGE_ERROR_GONE,
  IMAGE_ERROR_NAME_UNUSABLE,
  IMAGE_ERROR_WORKER, /* the worker could not be started, or broke the protocol: not the file's fault */
} ImageError;

#define IMAGE_ERROR (image_error_quark ())
GQuark image_error_quark (void);

/* The fixed reason code of an error ("not-an-image", "truncated", …; see command-line documentation), a static
 * string.  "decoder-crashed" for IMAGE_ERROR_CRASHED, "changed-while-reading" for IMAGE_ERROR_CHANGED. */
const char *image_error_to_reason (ImageError code);

G_END_DECLS
