/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  MODEL_ERROR_NOT_A_MODEL, /* the folder is no OpenCLIP model folder */
  MODEL_ERROR_DAMAGED,     /* truncated, inconsistent, out of bounds */
  MODEL_ERROR_UNSUPPORTED, /* a kind of model this program does not run (named in the message) */
  MODEL_ERROR_FAILED,      /* the device could not run it, or it gave no finite result */
} ModelError;

#define MODEL_ERROR (model_error_quark ())
GQuark model_error_quark (void);

G_END_DECLS
