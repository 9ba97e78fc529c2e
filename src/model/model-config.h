/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-error.h"

G_BEGIN_DECLS

/* open_clip_config.json as numbers, each within bounds; defaults as open_clip's. */
typedef struct
{
  guint width, layers, heads, mlp; /* mlp: width of the hidden layer */
} ModelTowerConfig;

typedef struct
{
  gboolean coca; /* custom text tower and a decoder */
  guint dim;     /* of embeddings */
  gboolean quick_gelu;

  ModelTowerConfig vision;
  guint image_side, patch;
  gboolean attentional_pool;
  guint pool_queries, pool_heads;
  gboolean no_ln_pre;

  ModelTowerConfig text;
  guint context; /* ids of a text, without the class token */
  guint vocabulary;
  gboolean embed_cls; /* CoCa: a class token after the ids */

  float mean[3], std[3];
  char *resize; /* "shortest", "squash", "longest" */
  char *filter; /* "bicubic", "bilinear" */
  guint8 fill;
} ModelConfig;

/* Reads open_clip_config.json of `folder`.  Unknown keys are ignored; what this program does not run is
 * MODEL_ERROR_UNSUPPORTED with the kind named. */
ModelConfig *model_config_load (const char *folder, GError **error);
void model_config_free (ModelConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelConfig, model_config_free)

G_END_DECLS
