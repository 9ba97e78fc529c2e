/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embeddings of small models against open_clip's, on the device and in the precision of the environment:
 * EIDETIC_TEST_DEVICE, EIDETIC_TEST_PRECISION.
 *
 * With EIDETIC_TEST_MUTANT=MODEL the program was built with a fault in it (meson.build), and the test is that some
 * embedding of that model then lies beyond the bar; EIDETIC_TEST_ROLL=TENSOR plants one in the weights instead. */
#include "model.h"

#include "model-json.h"
#include "model-safetensors.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT 5e-6 /* 1 - cosine; the other GELU is 5e-5 */
#define FAST 2e-4

static const char *const models[] = { "clip", "clip-quickgelu", "odd-sizes", "outlier", "coca" };

static gboolean
is_fast (void)
{
  return g_strcmp0 (g_getenv ("EIDETIC_TEST_PRECISION"), "fast") == 0;
}

/* Pixel (x, y, c) of picture k: as in golden/make-golden.py. */
static void
draw (guint8 *pixels, guint k, guint side)
{
  for (guint y = 0; y < side; y++)
    for (guint x = 0; x < side; x++)
      for (guint c = 0; c < 3; c++)
        *pixels++ = (x * (3 + k) + y * (5 + 2 * k) + c * 41 + ((x * y * (k + 1)) >> 3)) & 255;
}

static double
distance (const float *got, const ModelJson *expected)
{
  double dot = 0, a = 0, b = 0;

  for (guint i = 0; i < expected->values->len; i++)
    {
      double want = ((ModelJson *) expected->values->pdata[i])->number;

      dot += got[i] * want;
      a += (double) got[i] * got[i];
      b += want * want;
    }
  g_assert_cmpfloat (fabs (a - 1), <, 1e-4); /* unit length */
  return 1 - dot / sqrt (a * b);
}

static double
check_images (ModelClip *clip, const ModelJson *expected)
{
  guint n = expected->values->len, side = model_clip_get_info (clip)->image_side, dim = model_clip_get_info (clip)->dim;
  gsize size = (gsize) side * side * 3;
  g_autofree guint8 *pixels = g_new (guint8, n * size);
  g_autofree float *all = g_new (float, n *dim), *one = g_new (float, dim);
  g_autoptr (GError) error = NULL;
  double worst = 0;

  for (guint k = 0; k < n; k++)
    draw (pixels + k * size, k, side);
  model_clip_embed_images (clip, pixels, n, all, NULL, &error);
  g_assert_no_error (error);
  for (guint k = 0; k < n; k++)
    worst = MAX (worst, distance (all + k * dim, expected->values->pdata[k]));
  model_clip_embed_images (clip, pixels + 2 * size, 1, one, NULL, &error);
  g_assert_no_error (error);
  return MAX (worst, distance (one, expected->values->pdata[2]));
}

static double
check_texts (ModelClip *clip, const ModelJson *expected)
{
  guint n = expected->values->len, dim = model_clip_get_info (clip)->dim;
  g_autofree const char **texts = g_new (const char *, n);
  g_autofree float *all = g_new (float, n *dim), *one = g_new (float, dim);
  g_autoptr (GError) error = NULL;
  double worst = 0;

  for (guint i = 0; i < n; i++)
    texts[i] = model_json_get (expected->values->pdata[i], "text")->string;
  model_clip_embed_texts (clip, texts, n, all, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      const ModelJson *answer = model_json_get (expected->values->pdata[i], "embedding");

      worst = MAX (worst, distance (all + i * dim, answer));
      model_clip_embed_texts (clip, &texts[i], 1, one, NULL, &error); /* alone it may run in a shorter program */
      g_assert_no_error (error);
      worst = MAX (worst, distance (one, answer));
    }
  return worst;
}

/* Moves each row of a table to the next place. */
static void
roll (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, "open_clip_model.safetensors", NULL), *data = NULL, *rolled = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelSafetensors) file = model_safetensors_open (path, &error);
  const ModelSafetensor *tensor;
  gsize length, start, size, row;

  g_assert_no_error (error);
  tensor = model_safetensors_find (file, name);
  g_assert_nonnull (tensor);
  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  size = tensor->end - tensor->begin;
  row = size / tensor->shape[0];
  start = 8 + GUINT64_FROM_LE (*(guint64 *) data) + tensor->begin;
  rolled = g_memdup2 (data, length);
  memcpy (rolled + start + row, data + start, size - row);
  memcpy (rolled + start, data + start + size - row, row);
  support_write (folder, "open_clip_model.safetensors", rolled, length);
}

static ModelClip *
load (const char *folder)
{
  const char *device = g_getenv ("EIDETIC_TEST_DEVICE");
  g_autoptr (GError) error = NULL;
  ModelClip *clip = model_clip_load (folder, device ? device : "cpu", is_fast () ? MODEL_PRECISION_FAST : MODEL_PRECISION_EXACT, &error);

  g_assert_no_error (error);
  return clip;
}

static void
measure (const char *name, double *images, double *texts)
{
  g_autofree char *part = g_build_filename ("golden", name, "expected.json", NULL);
  g_autofree char *path = support_source (part);
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelJson) expected = model_json_load (path, 1 << 20, &error);
  g_autoptr (ModelClip) clip = NULL;
  char *folder = support_golden (name);

  g_assert_no_error (error);
  if (g_getenv ("EIDETIC_TEST_ROLL"))
    roll (folder, g_getenv ("EIDETIC_TEST_ROLL"));
  clip = load (folder);
  *images = check_images (clip, model_json_get (expected, "images"));
  *texts = check_texts (clip, model_json_get (expected, "texts"));
  support_remove (folder);
}

static void
test_model (gconstpointer data)
{
  double images, texts, bar = is_fast () ? FAST : EXACT;

  measure (data, &images, &texts);
  g_test_message ("%s: images %.2e, texts %.2e", (const char *) data, images, texts);
  g_assert_cmpfloat (images, <=, bar);
  g_assert_cmpfloat (texts, <=, bar);
}

static void
test_mutant (void)
{
  double images, texts;

  measure (g_getenv ("EIDETIC_TEST_MUTANT"), &images, &texts);
  g_test_message ("images %.2e, texts %.2e", images, texts);
  g_assert_cmpfloat (MAX (images, texts), >, EXACT);
}

static gboolean
has_device (const char *wanted)
{
  g_autoptr (GPtrArray) devices = model_device_list ();

  for (guint i = 0; i < devices->len; i++)
    if (((ModelDevice *) devices->pdata[i])->software)
      return TRUE;
  return g_strcmp0 (wanted, "software-vulkan") != 0;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!has_device (g_getenv ("EIDETIC_TEST_DEVICE")))
    return 77;
  if (g_getenv ("EIDETIC_TEST_MUTANT"))
    g_test_add_func ("/mutant", test_mutant);
  for (gsize i = 0; !g_getenv ("EIDETIC_TEST_MUTANT") && i < G_N_ELEMENTS (models); i++)
    {
      g_autofree char *path = g_strdup_printf ("/golden/%s", models[i]);

      g_test_add_data_func (path, models[i], test_model);
    }
  return g_test_run ();
}
