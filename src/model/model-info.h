/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-error.h"

G_BEGIN_DECLS

/* What a model folder says of itself: read from its configuration without loading any weights. */
typedef struct
{
  char *name;       /* last part of the path */
  char *path;       /* absolute */
  char *kind;       /* "clip" or "coca" */
  guint dim;        /* of embeddings */
  guint image_side; /* S: pictures come as S x S x 3 bytes */
  guint context;    /* ids of a text, start and end included */
  char *resize;     /* "shortest", "squash", "longest" */
  char *filter;     /* "bicubic", "bilinear" */
  guint8 fill;
  gint64 size;   /* bytes of the weights file */
  char *licence; /* of the weights if the folder says, else NULL */
} ModelInfo;

/* Errors: MODEL_ERROR; each message names the folder and the file. */
ModelInfo *model_info_load (const char *folder, GError **error);
void model_info_free (ModelInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelInfo, model_info_free)

/* Hash of weights, configuration and vocabulary (XXH3-128, 32 hex digits): names the vectors that this model makes.
 * Reads the whole weights file. */
char *model_info_fingerprint (const ModelInfo *info, GError **error);

G_END_DECLS
