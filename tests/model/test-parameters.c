/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every parameter counts: with any single one spoilt (a bias of zeros, a gain of ones, positions moved by a row), the
 * known answers lie beyond the bar.  So a network that forgot one could not pass the golden test. */
#include "model.h"

#include "model-json.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BAR 5e-6
#define PICTURES 5

typedef struct
{
  char *folder;
  char *weights; /* the file as it should be */
  gsize length, data;
  ModelJson *header, *expected;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer name)
{
  g_autofree char *part = g_build_filename ("golden", name, "expected.json", NULL);
  g_autofree char *answers = support_source (part), *path = NULL;
  g_autoptr (GError) error = NULL;
  guint64 length;

  fixture->folder = support_golden (name);
  path = g_build_filename (fixture->folder, "open_clip_model.safetensors", NULL);
  g_file_get_contents (path, &fixture->weights, &fixture->length, &error);
  g_assert_no_error (error);
  memcpy (&length, fixture->weights, sizeof length);
  fixture->data = 8 + GUINT64_FROM_LE (length);
  fixture->header = model_json_parse (fixture->weights + 8, fixture->data - 8, &error);
  g_assert_no_error (error);
  fixture->expected = model_json_load (answers, 1 << 20, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer name)
{
  model_json_free (fixture->expected);
  model_json_free (fixture->header);
  g_free (fixture->weights);
  support_remove (fixture->folder);
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
  return 1 - dot / sqrt (a * b);
}

/* Pixel (x, y, c) of picture k: as in golden/make-golden.py. */
static guint8 *
draw (guint side)
{
  guint8 *pixels = g_new (guint8, PICTURES * side * side * 3), *next = pixels;

  for (guint k = 0; k < PICTURES; k++)
    for (guint y = 0; y < side; y++)
      for (guint x = 0; x < side; x++)
        for (guint c = 0; c < 3; c++)
          *next++ = (x * (3 + k) + y * (5 + 2 * k) + c * 41 + ((x * y * (k + 1)) >> 3)) & 255;
  return pixels;
}

static double
worst_image (ModelClip *clip, const ModelJson *expected)
{
  guint dim = model_clip_get_info (clip)->dim;
  g_autofree guint8 *pixels = draw (model_clip_get_info (clip)->image_side);
  g_autofree float *out = g_new (float, PICTURES *dim);
  g_autoptr (GError) error = NULL;
  double worst = 0;

  model_clip_embed_images (clip, pixels, PICTURES, out, NULL, &error);
  g_assert_no_error (error);
  for (guint k = 0; k < PICTURES; k++)
    worst = MAX (worst, distance (out + k * dim, expected->values->pdata[k]));
  return worst;
}

static double
worst_text (ModelClip *clip, const ModelJson *expected)
{
  guint dim = model_clip_get_info (clip)->dim, n = expected->values->len;
  g_autofree const char **texts = g_new (const char *, n);
  g_autofree float *out = g_new (float, n *dim);
  g_autoptr (GError) error = NULL;
  double worst = 0;

  for (guint i = 0; i < n; i++)
    texts[i] = model_json_get (expected->values->pdata[i], "text")->string;
  model_clip_embed_texts (clip, texts, n, out, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    worst = MAX (worst, distance (out + i * dim, model_json_get (expected->values->pdata[i], "embedding")));
  return worst;
}

/* How far the tower that has the tensor now is from the known answers. */
static double
measure (Fixture *fixture, gboolean visual)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelClip) clip = model_clip_load (fixture->folder, "cpu", MODEL_PRECISION_EXACT, &error);

  g_assert_no_error (error);
  return visual ? worst_image (clip, model_json_get (fixture->expected, "images")) : worst_text (clip, model_json_get (fixture->expected, "texts"));
}

/* 1 in the file's type. */
static void
fill_with_ones (guint8 *bytes, gsize n, const char *type)
{
  float one = 1;
  guint16 half = g_str_equal (type, "F16") ? 0x3c00 : 0x3f80;
  gsize size = g_str_equal (type, "F32") ? 4 : 2;

  for (gsize i = 0; i < n; i++)
    memcpy (bytes + i * size, size == 4 ? (void *) &one : (void *) &half, size);
}

/* Moves each row to the next place. */
static void
roll (guint8 *bytes, gsize size, gsize row)
{
  g_autofree guint8 *last = g_memdup2 (bytes + size - row, row);

  memmove (bytes + row, bytes, size - row);
  memcpy (bytes, last, row);
}

static gint64
number_at (const ModelJson *list, guint i)
{
  return ((ModelJson *) list->values->pdata[i])->integer;
}

/* Spoils part `part` of `parts` of a tensor (queries, keys and values share one) and measures. */
static void
check_spoilt (Fixture *fixture, const ModelJson *tensor, guint part, guint parts)
{
  const ModelJson *range = model_json_get (tensor, "data_offsets"), *shape = model_json_get (tensor, "shape");
  const char *type = model_json_get (tensor, "dtype")->string, *name = tensor->key;
  g_autofree guint8 *copy = g_memdup2 (fixture->weights, fixture->length);
  gsize size = (number_at (range, 1) - number_at (range, 0)) / parts;
  guint8 *bytes = copy + fixture->data + number_at (range, 0) + part * size;
  double spoilt;

  if (strstr (name, "positional_embedding"))
    roll (bytes, size, size / number_at (shape, 0));
  else if (g_str_has_suffix (name, "weight"))
    fill_with_ones (bytes, size / (g_str_equal (type, "F32") ? 4 : 2), type);
  else
    memset (bytes, 0, size);
  support_write (fixture->folder, "open_clip_model.safetensors", (const char *) copy, fixture->length);
  spoilt = measure (fixture, g_str_has_prefix (name, "visual."));
  g_test_message ("%s %u/%u: %.1e", name, part, parts, spoilt);
  if (!(spoilt > BAR))
    g_error ("Without “%s” (part %u of %u) the answers are still within %.1e", name, part, parts, spoilt);
}

static void
check_tensor (Fixture *fixture, const ModelJson *tensor)
{
  gboolean small = model_json_get (tensor, "shape")->values->len == 1, qkv = g_str_has_suffix (tensor->key, "in_proj_bias");

  if (g_str_has_prefix (tensor->key, "text_decoder.") || !(small || strstr (tensor->key, "positional_embedding")))
    return;
  for (guint part = 0; part < (qkv ? 3 : 1); part++)
    if (!qkv || part != 1) /* the same for all keys of a query: softmax does not see a bias of keys */
      check_spoilt (fixture, tensor, part, qkv ? 3 : 1);
}

static void
test_every (Fixture *fixture, gconstpointer name)
{
  guint checked = 0;

  g_assert_cmpfloat (measure (fixture, TRUE), <, BAR);
  g_assert_cmpfloat (measure (fixture, FALSE), <, BAR);
  for (guint i = 0; i < fixture->header->values->len; i++)
    {
      const ModelJson *tensor = fixture->header->values->pdata[i];

      if (!model_json_get (tensor, "shape"))
        continue;
      check_tensor (fixture, tensor);
      checked++;
    }
  g_assert_cmpuint (checked, >, 40);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/parameters/clip", Fixture, "clip", set_up, test_every, tear_down);
  g_test_add ("/parameters/coca", Fixture, "coca", set_up, test_every, tear_down);
  return g_test_run ();
}
