/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-block.h"

G_BEGIN_DECLS

/* The text tower: token ids to a unit vector. */
typedef struct _ModelText ModelText;

ModelText *model_text_new (ModelWeights *weights, const ModelConfig *config);
void model_text_free (ModelText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelText, model_text_free)

/* ids: n arrays of gint32 (start … end, at most the context).  out: n x dim.  Errors: COMPUTE_ERROR. */
gboolean model_text_embed (ModelText *text, GArray *const *ids, guint n, float *out, GError **error);
guint model_text_get_batch (ModelText *text);

G_END_DECLS
