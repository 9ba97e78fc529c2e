/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-clip.h"

#include "model-config.h"
#include "model-text.h"
#include "model-vision.h"

#include <math.h>

struct _ModelClip
{
  gatomicrefcount ref_count;
  ModelInfo *info;
  ModelConfig *config;
  ModelTokenizer *tokenizer;
  ModelPrecision precision;
  ComputeDevice *device;
  ModelWeights *weights;
  ModelVision *vision;
  ModelText *text;
  GMutex vision_lock, text_lock;
};

static void
translate (GError **error, GError *reason, const char *what, const ModelClip *clip)
{
  g_set_error (error, MODEL_ERROR, MODEL_ERROR_FAILED, "%s could not %s on %s: %s", clip->info->name, what,
               clip->device ? compute_device_get_info (clip->device)->name : "this device", reason->message);
  g_error_free (reason);
}

static gboolean
load_folder (ModelClip *clip, const char *folder, GError **error)
{
  clip->info = model_info_load (folder, error);
  if (clip->info)
    clip->config = model_config_load (folder, error);
  if (clip->config)
    clip->tokenizer = model_tokenizer_new (folder, clip->config->vocabulary, clip->config->context, error);
  return clip->tokenizer != NULL;
}

static gboolean
open_device (ModelClip *clip, const char *device, GError **error)
{
  GError *reason = NULL;

  clip->device = compute_device_open (device, &reason);
  if (!clip->device)
    g_set_error_literal (error, MODEL_ERROR, MODEL_ERROR_FAILED, reason->message);
  g_clear_error (&reason);
  return clip->device != NULL;
}

static gboolean
load_towers (ModelClip *clip, GError **error)
{
  ComputePrecision precision = clip->precision == MODEL_PRECISION_FAST ? COMPUTE_PRECISION_FAST : COMPUTE_PRECISION_EXACT;

  clip->weights = model_weights_open (clip->info->path, clip->device, precision, error);
  if (!clip->weights)
    return FALSE;
  clip->vision = model_vision_new (clip->weights, clip->config);
  clip->text = model_text_new (clip->weights, clip->config);
  return model_weights_check (clip->weights, error);
}

ModelClip *
model_clip_load (const char *folder, const char *device, ModelPrecision precision, GError **error)
{
  g_autoptr (ModelClip) clip = g_new0 (ModelClip, 1);

  g_return_val_if_fail (folder, NULL);
  g_atomic_ref_count_init (&clip->ref_count);
  g_mutex_init (&clip->vision_lock);
  g_mutex_init (&clip->text_lock);
  clip->precision = precision;
  if (!load_folder (clip, folder, error) || !open_device (clip, device, error) || !load_towers (clip, error))
    return NULL;
  return g_steal_pointer (&clip);
}

ModelClip *
model_clip_ref (ModelClip *clip)
{
  g_atomic_ref_count_inc (&clip->ref_count);
  return clip;
}

void
model_clip_unref (ModelClip *clip)
{
  if (!g_atomic_ref_count_dec (&clip->ref_count))
    return;
  model_vision_free (clip->vision);
  model_text_free (clip->text);
  model_weights_free (clip->weights);
  g_clear_pointer (&clip->device, compute_device_unref);
  g_clear_pointer (&clip->tokenizer, model_tokenizer_unref);
  model_config_free (clip->config);
  model_info_free (clip->info);
  g_mutex_clear (&clip->vision_lock);
  g_mutex_clear (&clip->text_lock);
  g_free (clip);
}

const ModelInfo *
model_clip_get_info (ModelClip *clip)
{
  return clip->info;
}

ModelTokenizer *
model_clip_get_tokenizer (ModelClip *clip)
{
  return clip->tokenizer;
}

const char *
model_clip_get_device_id (ModelClip *clip)
{
  return compute_device_get_info (clip->device)->id;
}

const char *
model_clip_get_device_name (ModelClip *clip)
{
  return compute_device_get_info (clip->device)->name;
}

ModelPrecision
model_clip_get_precision (ModelClip *clip)
{
  return clip->precision;
}

guint
model_clip_get_batch (ModelClip *clip)
{
  return model_vision_get_batch (clip->vision);
}

/* A damaged model or a broken device shows as NaN, infinity or a vector of zeros: never stored. */
static gboolean
check_embeddings (ModelClip *clip, const float *out, gsize n, GError **error)
{
  gsize dim = clip->info->dim;

  for (gsize i = 0; i < n; i++)
    {
      double squares = 0;

      for (gsize d = 0; d < dim; d++)
        squares += (double) out[i * dim + d] * out[i * dim + d];
      if (!(fabs (squares - 1.0) < 1e-2))
        {
          g_set_error (error, MODEL_ERROR, MODEL_ERROR_FAILED, "%s gave no usable embedding on %s: its weights may be damaged, or the device computes wrongly", clip->info->name, model_clip_get_device_name (clip));
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
model_clip_embed_images (ModelClip *clip, const guint8 *pixels, gsize n, float *out, GCancellable *cancellable, GError **error)
{
  gsize size = (gsize) clip->info->image_side * clip->info->image_side * 3, dim = clip->info->dim;

  for (gsize done = 0, count; done < n; done += count)
    {
      g_autoptr (GMutexLocker) locker = NULL;
      GError *reason = NULL;

      count = MIN (n - done, model_vision_get_batch (clip->vision));
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      locker = g_mutex_locker_new (&clip->vision_lock);
      if (!model_vision_embed (clip->vision, pixels + done * size, count, out + done * dim, &reason))
        {
          translate (error, reason, "encode pictures", clip);
          return FALSE;
        }
    }
  return check_embeddings (clip, out, n, error);
}

static gboolean
embed_text_batch (ModelClip *clip, const char *const *texts, gsize n, float *out, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GMutexLocker) locker = NULL;
  GError *reason = NULL;

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (ids, model_tokenizer_encode (clip->tokenizer, texts[i]));
  locker = g_mutex_locker_new (&clip->text_lock);
  if (model_text_embed (clip->text, (GArray *const *) ids->pdata, n, out, &reason))
    return TRUE;
  translate (error, reason, "encode words", clip);
  return FALSE;
}

gboolean
model_clip_embed_texts (ModelClip *clip, const char *const *texts, gsize n, float *out, GCancellable *cancellable, GError **error)
{
  gsize dim = clip->info->dim;

  for (gsize done = 0, count; done < n; done += count)
    {
      count = MIN (n - done, model_text_get_batch (clip->text));
      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !embed_text_batch (clip, texts + done, count, out + done * dim, error))
        return FALSE;
    }
  return check_embeddings (clip, out, n, error);
}
