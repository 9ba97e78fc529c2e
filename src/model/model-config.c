/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model-config.h"

#include "model-json.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define CONFIG_BYTES (1024u * 1024u)
#define MAX_GRID 128u /* patches a side: published models have at most 32 */

typedef struct
{
  const char *folder; /* for messages */
  GError **error;
} Reader;

void
model_config_free (ModelConfig *config)
{
  if (!config)
    return;
  g_free (config->resize);
  g_free (config->filter);
  g_free (config);
}

static gboolean G_GNUC_PRINTF (3, 4)
  refuse (const Reader *reader, ModelError code, const char *format, ...)
{
  g_autofree char *shown = g_filename_display_name (reader->folder);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (reader->error, MODEL_ERROR, code, _ ("The model in %s cannot be used: %s"), shown, what);
  return FALSE;
}

static gboolean
is_set (const ModelJson *json, const char *key)
{
  const ModelJson *value = model_json_get (json, key);

  return value && value->type != MODEL_JSON_NULL && value->type != MODEL_JSON_FALSE;
}

static gboolean
read_flag (const ModelJson *json, const char *key, gboolean fallback)
{
  const ModelJson *value = model_json_get (json, key);

  return value && value->type != MODEL_JSON_NULL ? value->type == MODEL_JSON_TRUE : fallback;
}

static gboolean
read_count (const Reader *reader, const ModelJson *json, const char *key, guint fallback, guint most, guint *out)
{
  const ModelJson *value = model_json_get (json, key);

  *out = fallback;
  if (!value || value->type == MODEL_JSON_NULL)
    return TRUE;
  if (!value->integral || value->integer < 1 || value->integer > most)
    return refuse (reader, MODEL_ERROR_DAMAGED, "its configuration gives no usable “%s” (1 to %u)", key, most);
  *out = value->integer;
  return TRUE;
}

/* A number, or a pair of two equal ones (a square). */
static gboolean
read_side (const Reader *reader, const ModelJson *json, const char *key, guint fallback, guint most, guint *out)
{
  const ModelJson *value = model_json_get (json, key);

  if (value && value->type == MODEL_JSON_ARRAY)
    {
      const ModelJson *a = value->values->len == 2 ? value->values->pdata[0] : NULL;
      const ModelJson *b = a ? value->values->pdata[1] : NULL;

      if (!a || !a->integral || !b->integral || a->integer < 1 || a->integer > most)
        return refuse (reader, MODEL_ERROR_DAMAGED, "its configuration gives no usable “%s”", key);
      if (a->integer != b->integer)
        return refuse (reader, MODEL_ERROR_UNSUPPORTED, "it takes pictures that are not square");
      *out = a->integer;
      return TRUE;
    }
  return read_count (reader, json, key, fallback, most, out);
}

static gboolean
read_ratio (const Reader *reader, const ModelJson *json, double *out)
{
  const ModelJson *value = model_json_get (json, "mlp_ratio");

  *out = value && value->type == MODEL_JSON_NUMBER ? value->number : 4.0;
  return (*out > 0 && *out <= 32) || refuse (reader, MODEL_ERROR_DAMAGED, "its configuration gives no usable “mlp_ratio”");
}

static const char *
read_text (const ModelJson *json, const char *key, const char *fallback)
{
  const ModelJson *value = model_json_get (json, key);

  return value && value->type == MODEL_JSON_STRING ? value->string : fallback;
}

/* Settings of a tower that change the network in ways this program does not run. */
static gboolean
refuse_variants (const Reader *reader, const ModelJson *tower, const char *which)
{
  static const char *const keys[] = { "ls_init_value", "norm_kwargs", "act_kwargs", "qk_norm", "scaled_cosine_attn", "scale_heads",
                                      "scale_attn_inner", "scale_attn", "scale_fc", "final_ln_after_pool", "no_causal_mask", "proj_bias" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (is_set (tower, keys[i]))
      return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its %s tower uses “%s”", which, keys[i]);
  return TRUE;
}

static gboolean
read_vision (const Reader *reader, const ModelJson *json, ModelConfig *config)
{
  const ModelJson *layers = model_json_get (json, "layers");
  const char *timm = read_text (json, "timm_model_name", NULL), *pool = read_text (json, "pool_type", "tok");
  guint head_width;
  double ratio;

  if (timm && *timm)
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its image tower is “%s” of timm (SigLIP, ConvNeXt, MobileCLIP and their like), and only OpenCLIP's own vision transformers run here", timm);
  if (layers && layers->type == MODEL_JSON_ARRAY)
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its image tower is a ResNet, and only vision transformers run here");
  if (!read_count (reader, json, "width", 768, 8192, &config->vision.width) || !read_count (reader, json, "layers", 12, 128, &config->vision.layers) || !read_count (reader, json, "head_width", 64, 256, &head_width) || !read_side (reader, json, "image_size", 224, 1024, &config->image_side) || !read_side (reader, json, "patch_size", 16, 256, &config->patch) || !read_count (reader, json, "attn_pooler_queries", 256, 4096, &config->pool_queries) || !read_count (reader, json, "attn_pooler_heads", 8, 128, &config->pool_heads) || !read_ratio (reader, json, &ratio) || !refuse_variants (reader, json, "image"))
    return FALSE;
  if (config->vision.width % head_width || config->patch > config->image_side || config->image_side / config->patch > MAX_GRID)
    return refuse (reader, MODEL_ERROR_DAMAGED, "the sizes of its image tower do not fit together");
  if (!g_str_equal (read_text (json, "pos_embed_type", "learnable"), "learnable"))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its image tower has no learnt positions");
  config->attentional_pool = read_flag (json, "attentional_pool", FALSE);
  if (is_set (json, "attentional_pool") && !config->attentional_pool)
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its image tower pools as “%s”", read_text (json, "attentional_pool", "?"));
  if (!config->attentional_pool && !g_str_equal (pool, "tok"))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its image tower pools as “%s”", pool);
  config->no_ln_pre = read_flag (json, "no_ln_pre", FALSE);
  config->vision.heads = config->vision.width / head_width;
  config->vision.mlp = (guint) (config->vision.width * ratio); /* truncated, as open_clip does */
  return TRUE;
}

static gboolean
read_text_tower (const Reader *reader, const ModelJson *json, ModelConfig *config)
{
  const char *hf = read_text (json, "hf_model_name", NULL), *pool = read_text (json, "pool_type", "argmax");
  double ratio;

  if (hf && *hf)
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its text tower is “%s” of Hugging Face (XLM-RoBERTa and its like), and only OpenCLIP's own text transformers run here", hf);
  if (!read_count (reader, json, "width", 512, 8192, &config->text.width) || !read_count (reader, json, "layers", 12, 128, &config->text.layers) || !read_count (reader, json, "heads", 8, 128, &config->text.heads) || !read_count (reader, json, "context_length", 77, 1024, &config->context) || !read_count (reader, json, "vocab_size", 49408, 1000000, &config->vocabulary) || !read_ratio (reader, json, &ratio) || !refuse_variants (reader, json, "text"))
    return FALSE;
  if (config->text.width % config->text.heads || config->context < 3 || config->vocabulary < 514)
    return refuse (reader, MODEL_ERROR_DAMAGED, "the sizes of its text tower do not fit together");
  config->embed_cls = read_flag (json, "embed_cls", FALSE);
  if (!config->embed_cls && !g_str_equal (pool, "argmax"))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its text tower pools as “%s”", pool);
  if (!g_str_equal (read_text (json, "proj_type", "linear"), "linear"))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "its text tower has no linear projection");
  config->text.mlp = (guint) (config->text.width * ratio);
  return TRUE;
}

static gboolean
read_colours (const Reader *reader, const ModelJson *json, const char *key, const float fallback[3], float out[3])
{
  const ModelJson *value = model_json_get (json, key);

  memcpy (out, fallback, 3 * sizeof *out);
  if (!value || value->type == MODEL_JSON_NULL)
    return TRUE;
  for (guint c = 0; c < 3; c++)
    {
      const ModelJson *item = value->type == MODEL_JSON_ARRAY && value->values->len == 3 ? value->values->pdata[c] : value;

      if (item->type != MODEL_JSON_NUMBER || fabs (item->number) > 1000)
        return refuse (reader, MODEL_ERROR_DAMAGED, "its configuration gives no usable “%s”", key);
      out[c] = item->number;
    }
  return TRUE;
}

static gboolean
read_preprocessing (const Reader *reader, const ModelJson *json, ModelConfig *config)
{
  /* OpenAI's, which open_clip falls back to. */
  static const float mean[3] = { 0.48145466f, 0.4578275f, 0.40821073f }, std[3] = { 0.26862954f, 0.26130258f, 0.27577711f };
  static const char *const modes[] = { "shortest", "squash", "longest", NULL }, *const filters[] = { "bicubic", "bilinear", NULL };
  const char *resize = read_text (json, "resize_mode", "shortest"), *filter = read_text (json, "interpolation", "bicubic");
  const ModelJson *fill = model_json_get (json, "fill_color");

  if (!read_colours (reader, json, "mean", mean, config->mean) || !read_colours (reader, json, "std", std, config->std))
    return FALSE;
  if (config->std[0] < 1e-6f || config->std[1] < 1e-6f || config->std[2] < 1e-6f)
    return refuse (reader, MODEL_ERROR_DAMAGED, "its configuration gives no usable “std”");
  if (!g_strv_contains (modes, resize))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "it resizes pictures as “%s”", resize);
  if (g_str_equal (filter, "random"))
    filter = "bicubic"; /* open_clip's choice for evaluation */
  if (!g_strv_contains (filters, filter))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "it interpolates pictures as “%s”", filter);
  config->resize = g_strdup (resize);
  config->filter = g_strdup (filter);
  config->fill = fill && fill->integral ? CLAMP (fill->integer, 0, 255) : 0;
  return TRUE;
}

static gboolean
read_model (const Reader *reader, const ModelJson *json, ModelConfig *config)
{
  const ModelJson *model = model_json_get (json, "model_cfg");
  const ModelJson *vision = model_json_get (model, "vision_cfg"), *text = model_json_get (model, "text_cfg");

  if (!model || !vision || !text || vision->type != MODEL_JSON_OBJECT || text->type != MODEL_JSON_OBJECT)
    return refuse (reader, MODEL_ERROR_NOT_A_MODEL, "its open_clip_config.json describes no OpenCLIP model");
  if (is_set (model, "init_logit_bias"))
    return refuse (reader, MODEL_ERROR_UNSUPPORTED, "it is a SigLIP model, and only CLIP and CoCa models run here");
  config->coca = is_set (model, "multimodal_cfg");
  config->quick_gelu = read_flag (model, "quick_gelu", FALSE);
  if (!read_count (reader, model, "embed_dim", 512, 8192, &config->dim))
    return FALSE;
  if (!read_vision (reader, vision, config))
    return FALSE;
  if (config->attentional_pool && config->dim % config->pool_heads)
    return refuse (reader, MODEL_ERROR_DAMAGED, "its pooler's %u heads do not divide its width of %u", config->pool_heads, config->dim);
  return read_text_tower (reader, text, config) && read_preprocessing (reader, model_json_get (json, "preprocess_cfg"), config);
}

ModelConfig *
model_config_load (const char *folder, GError **error)
{
  g_autoptr (ModelConfig) config = g_new0 (ModelConfig, 1);
  g_autofree char *path = g_build_filename (folder, "open_clip_config.json", NULL);
  g_autoptr (ModelJson) json = NULL;
  g_autoptr (GError) reason = NULL;
  Reader reader = { folder, error };

  g_return_val_if_fail (folder, NULL);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      refuse (&reader, MODEL_ERROR_NOT_A_MODEL, "there is no such folder");
      return NULL;
    }
  json = model_json_load (path, CONFIG_BYTES, &reason);
  if (!json)
    {
      refuse (&reader, reason->code, "%s", reason->message);
      return NULL;
    }
  return read_model (&reader, json, config) ? g_steal_pointer (&config) : NULL;
}
