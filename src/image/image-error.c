/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-error.h"

G_DEFINE_QUARK (eidetic_image_error_quark, image_error)

const char *
image_error_to_reason (ImageError code)
{
  switch (code)
    {
    case IMAGE_ERROR_NOT_AN_IMAGE:
      return "not-an-image";
    case IMAGE_ERROR_FORMAT_OFF:
      return "format-off";
    case IMAGE_ERROR_UNREADABLE:
      return "unreadable";
    case IMAGE_ERROR_TRUNCATED:
      return "truncated";
    case IMAGE_ERROR_TOO_LARGE:
      return "too-large";
    case IMAGE_ERROR_TOO_SLOW:
      return "too-slow";
    case IMAGE_ERROR_OUT_OF_MEMORY:
      return "out-of-memory";
    case IMAGE_ERROR_CRASHED:
      return "decoder-crashed";
    case IMAGE_ERROR_CHANGED:
      return "changed-while-reading";
    case IMAGE_ERROR_NO_PERMISSION:
      return "no-permission";
    case IMAGE_ERROR_GONE:
      return "gone";
    case IMAGE_ERROR_NAME_UNUSABLE:
      return "name-unusable";
    case IMAGE_ERROR_WORKER:
      return "decoder-unavailable";
    }
  return "unreadable";
}
