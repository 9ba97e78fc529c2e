/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-block.h"
#include "model-pooler.h"

G_BEGIN_DECLS

/* The image tower: S x S x 3 bytes to a unit vector. */
typedef struct _ModelVision ModelVision;

/* Asks for all parameters; the caller checks the weights.  `config` is borrowed for the tower's life. */
ModelVision *model_vision_new (ModelWeights *weights, const ModelConfig *config);
void model_vision_free (ModelVision *vision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelVision, model_vision_free)

/* n pictures to n x dim.  Errors: COMPUTE_ERROR. */
gboolean model_vision_embed (ModelVision *vision, const guint8 *pixels, guint n, float *out, GError **error);
/* Most pictures of one call. */
guint model_vision_get_batch (ModelVision *vision);

G_END_DECLS
