/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-info.h"
#include "model-tokenizer.h"

G_BEGIN_DECLS

/**
 * ModelClip:
 *
 * A CLIP model, or the two encoders of a CoCa model, on one device.  Both towers are built and prepared when they
 * are first used.  Thread safe: calls on one tower wait for each other.
 */
typedef struct _ModelClip ModelClip;

typedef enum
{
  MODEL_PRECISION_EXACT,
  MODEL_PRECISION_FAST,
} ModelPrecision;

/* device: as compute_device_open() takes it.  Maps the weights and checks names and shapes against the
 * configuration before use.  Errors: MODEL_ERROR; an unusable device is MODEL_ERROR_FAILED with the reason. */
ModelClip *model_clip_load (const char *folder, const char *device, ModelPrecision precision, GError **error);
ModelClip *model_clip_ref (ModelClip *clip);
void model_clip_unref (ModelClip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelClip, model_clip_unref)

const ModelInfo *model_clip_get_info (ModelClip *clip);
ModelTokenizer *model_clip_get_tokenizer (ModelClip *clip);
const char *model_clip_get_device_id (ModelClip *clip);   /* "cpu", "vulkan:0" */
const char *model_clip_get_device_name (ModelClip *clip); /* for people */
ModelPrecision model_clip_get_precision (ModelClip *clip);

/* pixels: n pictures of S x S x 3 bytes one after the other.  out: n x dim, L2-normalised f32.
 * Errors: MODEL_ERROR_FAILED (the device failed; an embedding was not finite), G_IO_ERROR_CANCELLED (checked between
 * batches). */
gboolean model_clip_embed_images (ModelClip *clip, const guint8 *pixels, gsize n, float *out, GCancellable *cancellable, GError **error);
/* out: n x dim, L2-normalised f32. */
gboolean model_clip_embed_texts (ModelClip *clip, const char *const *texts, gsize n, float *out, GCancellable *cancellable, GError **error);

/* How many pictures make a full batch on this device: what a pipeline should collect. */
guint model_clip_get_batch (ModelClip *clip);

G_END_DECLS
