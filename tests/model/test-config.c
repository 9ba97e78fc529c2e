/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations, model folders and their errors. */
#include "model.h"

#include "model-config.h"
#include "support.h"

#include <string.h>

static ModelConfig *
parse (const char *text, GError **error)
{
  char *folder = support_make_folder ();
  ModelConfig *config;

  support_write (folder, "open_clip_config.json", text, -1);
  config = model_config_load (folder, error);
  support_remove (folder);
  return config;
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelConfig) config = parse ("{\"model_cfg\": {\"embed_dim\": 512, \"vision_cfg\": {}, \"text_cfg\": {}, \"unknown\": {\"x\": [1]}}}", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->vision.width, ==, 768);
  g_assert_cmpuint (config->vision.heads, ==, 12);
  g_assert_cmpuint (config->vision.mlp, ==, 3072);
  g_assert_cmpuint (config->image_side, ==, 224);
  g_assert_cmpuint (config->patch, ==, 16);
  g_assert_cmpuint (config->text.width, ==, 512);
  g_assert_cmpuint (config->context, ==, 77);
  g_assert_cmpuint (config->vocabulary, ==, 49408);
  g_assert_false (config->quick_gelu);
  g_assert_cmpfloat (config->mean[0], ==, 0.48145466f);
  g_assert_cmpstr (config->resize, ==, "shortest");
  g_assert_cmpstr (config->filter, ==, "bicubic");
}

/* ViT-g/14: the width of the hidden layer is cut, not rounded. */
static void
test_ratio (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelConfig) config = parse ("{\"model_cfg\": {\"embed_dim\": 1024, \"vision_cfg\": {\"width\": 1408, \"head_width\": 88, \"mlp_ratio\": 4.3637, \"image_size\": [224, 224], \"patch_size\": 14},"
                                          " \"text_cfg\": {\"width\": 1024, \"heads\": 16}}, \"preprocess_cfg\": {\"mean\": 0.5, \"std\": [0.5, 0.5, 0.5], \"resize_mode\": \"squash\"}}",
                                          &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->vision.mlp, ==, 6144);
  g_assert_cmpuint (config->vision.heads, ==, 16);
  g_assert_cmpfloat (config->mean[2], ==, 0.5f);
  g_assert_cmpstr (config->resize, ==, "squash");
}

#define CONFIG(vision, text, more) "{\"model_cfg\": {\"embed_dim\": 64, \"vision_cfg\": {" vision "}, \"text_cfg\": {" text "}" more "}}"

static const struct
{
  const char *text;
  ModelError code;
  const char *word; /* that the message must have */
} refused[] = {
  { CONFIG ("\"timm_model_name\": \"vit_base_patch16_siglip_224\"", "", ""), MODEL_ERROR_UNSUPPORTED, "vit_base_patch16_siglip_224" },
  { CONFIG ("\"timm_model_name\": \"convnext_base\"", "", ""), MODEL_ERROR_UNSUPPORTED, "convnext_base" },
  { CONFIG ("", "\"hf_model_name\": \"xlm-roberta-base\"", ""), MODEL_ERROR_UNSUPPORTED, "xlm-roberta-base" },
  { CONFIG ("\"layers\": [3, 4, 6, 3]", "", ""), MODEL_ERROR_UNSUPPORTED, "ResNet" },
  { CONFIG ("", "", ", \"init_logit_bias\": -10"), MODEL_ERROR_UNSUPPORTED, "SigLIP" },
  { CONFIG ("", "\"no_causal_mask\": true", ""), MODEL_ERROR_UNSUPPORTED, "no_causal_mask" },
  { CONFIG ("\"pool_type\": \"avg\"", "", ""), MODEL_ERROR_UNSUPPORTED, "avg" },
  { CONFIG ("", "\"pool_type\": \"last\"", ""), MODEL_ERROR_UNSUPPORTED, "last" },
  { CONFIG ("\"qk_norm\": true", "", ""), MODEL_ERROR_UNSUPPORTED, "qk_norm" },
  { CONFIG ("\"image_size\": [224, 448]", "", ""), MODEL_ERROR_UNSUPPORTED, "square" },
  { CONFIG ("\"width\": 0", "", ""), MODEL_ERROR_DAMAGED, "width" },
  { CONFIG ("\"width\": 1e9", "", ""), MODEL_ERROR_DAMAGED, "width" },
  { CONFIG ("\"width\": 100000000", "", ""), MODEL_ERROR_DAMAGED, "width" },
  { CONFIG ("\"width\": 770", "", ""), MODEL_ERROR_DAMAGED, "fit" },
  { CONFIG ("\"layers\": \"many\"", "", ""), MODEL_ERROR_DAMAGED, "layers" },
  { CONFIG ("\"mlp_ratio\": -1", "", ""), MODEL_ERROR_DAMAGED, "mlp_ratio" },
  { CONFIG ("", "\"vocab_size\": 5", ""), MODEL_ERROR_DAMAGED, "fit" },
  { "{}", MODEL_ERROR_NOT_A_MODEL, "OpenCLIP" },
  { "[1, 2]", MODEL_ERROR_NOT_A_MODEL, "OpenCLIP" },
  { "{\"model_cfg\": 3}", MODEL_ERROR_NOT_A_MODEL, "OpenCLIP" },
  { "{\"model_cfg\": ", MODEL_ERROR_DAMAGED, "JSON" },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (refused[i].text, &error));
      if (!g_error_matches (error, MODEL_ERROR, refused[i].code) || !strstr (error->message, refused[i].word))
        g_error ("%s: %s", refused[i].text, error->message);
      g_assert_null (strchr (error->message, '\n')); /* one line */
    }
}

static void
test_info (void)
{
  g_autofree char *pack = support_pack ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelInfo) info = model_info_load (pack, &error);
  g_autofree char *print = NULL, *again = NULL, *other = NULL;
  char *golden = support_golden ("clip");
  g_autoptr (ModelInfo) second = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (info->kind, ==, "coca");
  g_assert_cmpuint (info->dim, ==, 128);
  g_assert_cmpuint (info->image_side, ==, 96);
  g_assert_cmpuint (info->context, ==, 32);
  g_assert_cmpint (info->size, ==, 7201474);
  print = model_info_fingerprint (info, &error);
  again = model_info_fingerprint (info, &error);
  second = model_info_load (golden, &error);
  other = model_info_fingerprint (second, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (print), ==, 32);
  g_assert_cmpstr (print, ==, again);
  g_assert_cmpstr (print, !=, other);
  support_remove (golden);
}

static void
check_load (const char *folder, ModelError code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (model_clip_load (folder, "cpu", MODEL_PRECISION_EXACT, &error));
  if (!g_error_matches (error, MODEL_ERROR, code) || !strstr (error->message, word))
    g_error ("%s", error->message);
  g_assert_null (strchr (error->message, '\n'));
}

/* The folders that people will point it at by mistake. */
static void
test_folders (void)
{
  g_autofree char *pack = support_pack (), *source = support_source ("golden/clip");
  char *empty = support_make_folder (), *no_vocabulary = support_make_folder (), *mixed = support_golden ("clip"), *cut = support_golden ("coca");

  check_load ("/nonexistent", MODEL_ERROR_NOT_A_MODEL, "/nonexistent");
  check_load (empty, MODEL_ERROR_NOT_A_MODEL, "open_clip_config.json");
  support_copy (source, "open_clip_config.json", no_vocabulary);
  support_copy (source, "open_clip_model.safetensors", no_vocabulary);
  check_load (no_vocabulary, MODEL_ERROR_NOT_A_MODEL, "vocab.json");
  support_copy (pack, "open_clip_config.json", mixed); /* weights of another model */
  check_load (mixed, MODEL_ERROR_DAMAGED, "tensor");
  support_write (cut, "open_clip_model.safetensors", "{}", 2);
  check_load (cut, MODEL_ERROR_DAMAGED, "open_clip_model.safetensors");
  support_remove (empty);
  support_remove (no_vocabulary);
  support_remove (mixed);
  support_remove (cut);
}

static void
test_device (void)
{
  g_autofree char *pack = support_pack ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = model_device_list ();

  g_assert_null (model_clip_load (pack, "vulkan:77", MODEL_PRECISION_EXACT, &error));
  g_assert_error (error, MODEL_ERROR, MODEL_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "vulkan:77"));
  for (guint i = 0; i < devices->len; i++)
    {
      g_autoptr (GError) reason = NULL;

      model_device_check (((ModelDevice *) devices->pdata[i])->id, &reason);
      g_assert_no_error (reason);
    }
}

static void
test_embedding (void)
{
  const float image[] = { 1, 0, 0 }, less[] = { 1, 0, 0 }, more[] = { 0, 1, 0 };
  float out[3], zero[] = { 0, 0, 0 };

  g_assert_true (model_embedding_similar_but (image, less, more, 1, 3, out));
  g_assert_cmpfloat (out[0], ==, 0);
  g_assert_cmpfloat (out[1], ==, 1);
  g_assert_true (model_embedding_similar_but (image, NULL, more, 1, 3, out));
  g_assert_cmpfloat_with_epsilon (out[0], 0.70710678f, 1e-6);
  g_assert_false (model_embedding_similar_but (image, less, NULL, 1, 3, out)); /* nothing is left */
  g_assert_false (model_embedding_normalize (zero, 3));
  g_assert_cmpfloat (model_embedding_dot (more, out, 3), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/ratio", test_ratio);
  g_test_add_func ("/config/refused", test_refused);
  g_test_add_func ("/config/info", test_info);
  g_test_add_func ("/config/folders", test_folders);
  g_test_add_func ("/config/device", test_device);
  g_test_add_func ("/embedding", test_embedding);
  return g_test_run ();
}
