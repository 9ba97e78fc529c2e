/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public object: batches, threads, cancelling, other spellings of the same weights, and every kind of bad folder. */
#include "model.h"

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS "open_clip_model.safetensors"
#define CONFIG "open_clip_config.json"

static ModelClip *
load (const char *folder, GError **error)
{
  return model_clip_load (folder, "cpu", MODEL_PRECISION_EXACT, error);
}

static ModelClip *
load_golden (const char *name, char **folder)
{
  g_autoptr (GError) error = NULL;
  ModelClip *clip;

  *folder = support_golden (name);
  clip = load (*folder, &error);
  g_assert_no_error (error);
  return clip;
}

static guint8 *
noise (guint n, guint side)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  gsize size = (gsize) n * side * side * 3;
  guint8 *pixels = g_new (guint8, size);

  for (gsize i = 0; i < size; i++)
    pixels[i] = g_rand_int (rand);
  return pixels;
}

static double
distance (const float *a, const float *b, guint n)
{
  double dot = 0;

  for (guint i = 0; i < n; i++)
    dot += (double) a[i] * b[i];
  return fabs (1 - dot);
}

static float *
embed_images (ModelClip *clip, const guint8 *pixels, guint n)
{
  float *out = g_new0 (float, n *model_clip_get_info (clip)->dim);
  g_autoptr (GError) error = NULL;

  model_clip_embed_images (clip, pixels, n, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

static float *
embed_texts (ModelClip *clip, const char *const *texts, guint n)
{
  float *out = g_new0 (float, n *model_clip_get_info (clip)->dim);
  g_autoptr (GError) error = NULL;

  model_clip_embed_texts (clip, texts, n, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

/* Replaces each match in a file; in the weights file only in its header, whose length is then written anew. */
static void
edit (const char *folder, const char *name, const char *pattern, const char *replacement)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *text = NULL, *edited = NULL;
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint64 header = 0;
  gsize length;
  guint start = g_str_equal (name, WEIGHTS) ? 8 : 0;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  memcpy (&header, text, start);
  header = start ? GUINT64_FROM_LE (header) : length;
  g_assert_true (g_regex_match_full (regex, text + start, header, 0, 0, NULL, NULL));
  edited = g_regex_replace (regex, text + start, header, 0, replacement, 0, &error);
  g_assert_no_error (error);
  if (start)
    {
      guint64 now = GUINT64_TO_LE ((guint64) strlen (edited));

      g_byte_array_append (file, (guint8 *) &now, sizeof now);
    }
  g_byte_array_append (file, (guint8 *) edited, strlen (edited));
  g_byte_array_append (file, (guint8 *) text + start + header, length - start - header);
  support_write (folder, name, (const char *) file->data, file->len);
}

static void
test_about (void)
{
  char *folder;
  g_autoptr (ModelClip) clip = load_golden ("coca", &folder);
  const ModelInfo *info = model_clip_get_info (clip);

  g_assert_cmpstr (info->kind, ==, "coca");
  g_assert_cmpuint (info->dim, ==, 32);
  g_assert_cmpuint (info->image_side, ==, 48);
  g_assert_cmpstr (model_clip_get_device_id (clip), ==, "cpu");
  g_assert_true (*model_clip_get_device_name (clip));
  g_assert_cmpint (model_clip_get_precision (clip), ==, MODEL_PRECISION_EXACT);
  g_assert_cmpuint (model_clip_get_batch (clip), >=, 1);
  g_assert_nonnull (model_clip_get_tokenizer (clip));
  support_remove (folder);
}

/* More than one batch, a rest, and none. */
static void
test_batches (void)
{
  char *folder;
  g_autoptr (ModelClip) clip = load_golden ("clip", &folder);
  guint dim = model_clip_get_info (clip)->dim, side = model_clip_get_info (clip)->image_side, n = 2 * model_clip_get_batch (clip) + 3;
  g_autofree guint8 *pixels = noise (n, side);
  g_autofree float *all = embed_images (clip, pixels, n), *none = embed_images (clip, pixels, 0);

  for (guint i = 0; i < n; i++)
    {
      g_autofree float *one = embed_images (clip, pixels + (gsize) i * side * side * 3, 1);

      g_assert_cmpfloat (distance (one, all + i * dim, dim), <, 1e-6);
      g_assert_cmpfloat (distance (one, all + (i + 1) % n * dim, dim), >, 1e-6);
    }
  support_remove (folder);
}

static void
test_many_texts (void)
{
  static const char *const words[] = { "boat", "a red boat on the sea", "", "two dogs next to a very large pizza in the snow at night under a tree" };
  char *folder;
  g_autoptr (ModelClip) clip = load_golden ("coca", &folder);
  guint dim = model_clip_get_info (clip)->dim;
  const char *texts[50];
  g_autofree float *all = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    texts[i] = words[i * 7 % G_N_ELEMENTS (words)];
  all = embed_texts (clip, texts, G_N_ELEMENTS (texts));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree float *one = embed_texts (clip, texts + i, 1);

      g_assert_cmpfloat (distance (one, all + i * dim, dim), <, 1e-6);
    }
  support_remove (folder);
}

typedef struct
{
  ModelClip *clip;
  const guint8 *pixels;
  const float *images, *texts;
} Race;

static const char *const race_texts[] = { "a red boat", "three cats" };

static gpointer
race (gpointer data)
{
  Race *r = data;
  guint dim = model_clip_get_info (r->clip)->dim;

  for (guint round = 0; round < 4; round++)
    {
      g_autofree float *images = embed_images (r->clip, r->pixels, 3), *texts = embed_texts (r->clip, race_texts, 2);

      for (guint i = 0; i < 3; i++)
        g_assert_cmpfloat (distance (images + i * dim, r->images + i * dim, dim), <, 1e-6);
      for (guint i = 0; i < 2; i++)
        g_assert_cmpfloat (distance (texts + i * dim, r->texts + i * dim, dim), <, 1e-6);
    }
  return NULL;
}

/* Several threads at once from the very first use, when towers are still unbuilt. */
static void
test_threads (void)
{
  char *folder, *other;
  g_autoptr (ModelClip) clip = load_golden ("clip", &folder), settled = load_golden ("clip", &other);
  g_autofree guint8 *pixels = noise (3, model_clip_get_info (clip)->image_side);
  g_autofree float *images = embed_images (settled, pixels, 3), *texts = embed_texts (settled, race_texts, 2);
  Race r = { clip, pixels, images, texts };
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("race", race, &r);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  support_remove (folder);
  support_remove (other);
}

static void
test_cancelled (void)
{
  static const char *const texts[] = { "a boat" };
  char *folder;
  g_autoptr (ModelClip) clip = load_golden ("clip", &folder);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree guint8 *pixels = noise (1, model_clip_get_info (clip)->image_side);
  g_autofree float *out = g_new (float, model_clip_get_info (clip)->dim);
  g_autoptr (GError) first = NULL, second = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (model_clip_embed_images (clip, pixels, 1, out, cancellable, &first));
  g_assert_error (first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (model_clip_embed_texts (clip, texts, 1, out, cancellable, &second));
  g_assert_error (second, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  support_remove (folder);
}

/* A custom text tower's names, and a logit scale that is a list of one. */
static void
test_text_prefix (void)
{
  static const char *const texts[] = { "a red boat on the sea" };
  char *folder;
  g_autoptr (ModelClip) clip = load_golden ("clip", &folder);
  g_autofree float *plain = embed_texts (clip, texts, 1), *prefixed = NULL;
  g_autoptr (ModelClip) renamed = NULL;
  g_autoptr (GError) error = NULL;

  edit (folder, WEIGHTS, "\"(positional_embedding|text_projection|token_embedding|ln_final|transformer)", "\"text.\\1");
  edit (folder, WEIGHTS, "(\"logit_scale\":{[^}]*\"shape\":)\\[\\]", "\\1[1]");
  renamed = load (folder, &error);
  g_assert_no_error (error);
  prefixed = embed_texts (renamed, texts, 1);
  g_assert_cmpmem (plain, 32 * sizeof *plain, prefixed, 32 * sizeof *prefixed);
  support_remove (folder);
}

/* A model folder with one change, which must be refused with these words. */
typedef struct
{
  const char *name, *model, *file, *pattern, *replacement;
  ModelError code;
  const char *words;
} Bad;

static const Bad bad[] = {
  { "missing", "clip", WEIGHTS, "\"visual\\.proj\"", "\"visual.prox\"", MODEL_ERROR_DAMAGED, "visual.proj" },
  { "missing-block", "clip", WEIGHTS, "\"transformer\\.resblocks\\.1\\.ln_2\\.bias\"", "\"x\"", MODEL_ERROR_DAMAGED, "transformer.resblocks.1.ln_2.bias" },
  { "missing-class", "coca", WEIGHTS, "\"text\\.cls_emb\"", "\"x\"", MODEL_ERROR_DAMAGED, "text.cls_emb" },
  { "missing-pooler", "coca", WEIGHTS, "\"visual\\.attn_pool\\.attn\\.k_proj_weight\"", "\"x\"", MODEL_ERROR_DAMAGED, "k_proj_weight" },
  { "type", "clip", WEIGHTS, "(\"visual\\.proj\":{\"dtype\":\")F16", "\\1I16", MODEL_ERROR_UNSUPPORTED, "visual.proj" },
  { "shape", "clip", CONFIG, "\"embed_dim\": 32", "\"embed_dim\": 33", MODEL_ERROR_DAMAGED, "33" },
  { "layers", "clip", CONFIG, "\"layers\": 2", "\"layers\": 3", MODEL_ERROR_DAMAGED, "resblocks.2." },
  { "positions", "clip", CONFIG, "\"image_size\": 48", "\"image_size\": 60", MODEL_ERROR_DAMAGED, "positional_embedding" },
  { "context", "clip", CONFIG, "\"context_length\": 32", "\"context_length\": 31", MODEL_ERROR_DAMAGED, "positional_embedding" },
  { "heads", "coca", CONFIG, "\"attn_pooler_heads\": 2", "\"attn_pooler_heads\": 3", MODEL_ERROR_DAMAGED, "heads" },
  { "grid", "clip", CONFIG, "\"image_size\": 48,\\s*\"patch_size\": 12", "\"image_size\": 1024, \"patch_size\": 1", MODEL_ERROR_DAMAGED, "image tower" },
};

static void
test_bad (gconstpointer data)
{
  const Bad *change = data;
  char *folder = support_golden (change->model);
  g_autoptr (GError) error = NULL;

  edit (folder, change->file, change->pattern, change->replacement);
  g_assert_null (load (folder, &error));
  g_assert_error (error, MODEL_ERROR, (int) change->code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_nonnull (strstr (error->message, change->words));
  support_remove (folder);
}

static void
test_cut_off (void)
{
  char *folder = support_golden ("clip");
  g_autofree char *path = g_build_filename (folder, WEIGHTS, NULL), *text = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, NULL);
  for (guint tenth = 0; tenth < 10; tenth++)
    {
      g_autoptr (GError) error = NULL;

      support_write (folder, WEIGHTS, text, length * tenth / 10);
      g_assert_null (load (folder, &error));
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
    }
  support_remove (folder);
}

/* What a broken download or a failed conversion leaves: numbers that are none. */
static void
test_not_finite (void)
{
  static const char *const texts[] = { "a boat" };
  char *folder = support_golden ("clip");
  g_autofree char *path = g_build_filename (folder, WEIGHTS, NULL), *text = NULL;
  g_autofree guint8 *pixels = noise (1, 48);
  g_autofree float *out = g_new (float, 32);
  g_autoptr (ModelClip) clip = NULL;
  g_autoptr (GError) error = NULL, failure = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, NULL);
  memset (text + length - 3000, 0xff, 3000); /* NaN in each of the types */
  support_write (folder, WEIGHTS, text, length);
  clip = load (folder, &error);
  g_assert_no_error (error);
  g_assert_false (model_clip_embed_images (clip, pixels, 1, out, NULL, &failure) && model_clip_embed_texts (clip, texts, 1, out, NULL, &failure));
  g_assert_error (failure, MODEL_ERROR, MODEL_ERROR_FAILED);
  support_remove (folder);
}

static void
test_no_device (void)
{
  char *folder = support_golden ("clip");
  g_autoptr (GError) error = NULL;

  g_assert_null (model_clip_load (folder, "vulkan:99", MODEL_PRECISION_FAST, &error));
  g_assert_error (error, MODEL_ERROR, MODEL_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "vulkan:99"));
  support_remove (folder);
}

static void
test_no_model (void)
{
  char *folder = support_make_folder ();
  g_autofree char *nowhere = g_build_filename (folder, "nothing", NULL);
  g_autoptr (GError) empty = NULL, missing = NULL;

  g_assert_null (load (folder, &empty));
  g_assert_error (empty, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL);
  g_assert_null (load (nowhere, &missing));
  g_assert_error (missing, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL);
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clip/about", test_about);
  g_test_add_func ("/clip/batches", test_batches);
  g_test_add_func ("/clip/many-texts", test_many_texts);
  g_test_add_func ("/clip/threads", test_threads);
  g_test_add_func ("/clip/cancelled", test_cancelled);
  g_test_add_func ("/clip/text-prefix", test_text_prefix);
  g_test_add_func ("/clip/cut-off", test_cut_off);
  g_test_add_func ("/clip/not-finite", test_not_finite);
  g_test_add_func ("/clip/no-device", test_no_device);
  g_test_add_func ("/clip/no-model", test_no_model);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = g_strdup_printf ("/clip/bad/%s", bad[i].name);

      g_test_add_data_func (path, &bad[i], test_bad);
    }
  return g_test_run ();
}
