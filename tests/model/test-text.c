/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text tower: a text gives the same embedding in a short program, in a long one and in company; the row of the
 * first largest id is the one that counts. */
#include "model-text.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

#define SAME 1e-9 /* 1 - cosine in f32: the sums run in another order */

typedef struct
{
  char *folder;
  ModelConfig *config;
  ComputeDevice *device;
  ModelWeights *weights;
  ModelText *text;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer name)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = support_golden (name);
  fixture->config = model_config_load (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->device = compute_device_open ("cpu", &error);
  g_assert_no_error (error);
  fixture->weights = model_weights_open (fixture->folder, fixture->device, COMPUTE_PRECISION_EXACT, &error);
  g_assert_no_error (error);
  fixture->text = model_text_new (fixture->weights, fixture->config);
  model_weights_check (fixture->weights, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer name)
{
  model_text_free (fixture->text);
  model_weights_free (fixture->weights);
  compute_device_unref (fixture->device);
  model_config_free (fixture->config);
  support_remove (fixture->folder);
}

/* start, n - 2 ids of no meaning, end. */
static GArray *
ids_of_length (const Fixture *fixture, guint n)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  gint32 start = fixture->config->vocabulary - 2, end = fixture->config->vocabulary - 1;

  g_array_append_val (ids, start);
  for (guint i = 0; i + 2 < n; i++)
    {
      gint32 id = 1 + (i * 37 + n * 11) % (fixture->config->vocabulary - 3);

      g_array_append_val (ids, id);
    }
  g_array_append_val (ids, end);
  return ids;
}

static double
distance (const float *a, const float *b, guint n)
{
  double dot = 0, aa = 0, bb = 0;

  for (guint i = 0; i < n; i++)
    {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
  return 1 - dot / sqrt (aa * bb);
}

static void
embed (Fixture *fixture, GArray *const *ids, guint n, float *out)
{
  g_autoptr (GError) error = NULL;

  model_text_embed (fixture->text, ids, n, out, &error);
  g_assert_no_error (error);
}

static void
test_lengths (Fixture *fixture, gconstpointer name)
{
  guint context = fixture->config->context, dim = fixture->config->dim;
  g_autofree float *alone = g_new (float, dim), *together = g_new (float, 2 * dim);

  for (guint n = 2; n <= context; n++)
    {
      g_autoptr (GArray) ids = ids_of_length (fixture, n);
      g_autoptr (GArray) full = ids_of_length (fixture, context);
      GArray *both[] = { ids, full };

      embed (fixture, &ids, 1, alone);
      embed (fixture, both, 2, together); /* the company makes the program as long as the context */
      g_assert_cmpfloat (distance (alone, together, dim), <, SAME);
    }
}

/* An id of 0 within the text looks like padding. */
static void
test_zero_inside (Fixture *fixture, gconstpointer name)
{
  guint dim = fixture->config->dim;
  g_autoptr (GArray) ids = ids_of_length (fixture, 9);
  g_autoptr (GArray) full = ids_of_length (fixture, fixture->config->context);
  GArray *both[] = { ids, full };
  g_autofree float *alone = g_new (float, dim), *together = g_new (float, 2 * dim), *other = g_new (float, dim);

  embed (fixture, &ids, 1, other);
  g_array_index (ids, gint32, 4) = 0;
  embed (fixture, &ids, 1, alone);
  embed (fixture, both, 2, together);
  g_assert_cmpfloat (distance (alone, together, dim), <, SAME);
  g_assert_cmpfloat (distance (alone, other, dim), >, 1e-5);
}

/* What stands after the first end id cannot be seen from there. */
static void
test_first_end (Fixture *fixture, gconstpointer name)
{
  guint dim = fixture->config->dim;
  g_autoptr (GArray) once = ids_of_length (fixture, 6);
  g_autoptr (GArray) twice = ids_of_length (fixture, 6);
  gint32 more[] = { 77, fixture->config->vocabulary - 1 };
  g_autofree float *a = g_new (float, dim), *b = g_new (float, dim);

  g_array_append_vals (twice, more, 2);
  embed (fixture, &once, 1, a);
  embed (fixture, &twice, 1, b);
  g_assert_cmpfloat (distance (a, b, dim), <, SAME);
}

int
main (int argc, char **argv)
{
  static const char *const models[] = { "clip", "coca" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (models); i++)
    {
      g_autofree char *lengths = g_strdup_printf ("/text/%s/lengths", models[i]);
      g_autofree char *zero = g_strdup_printf ("/text/%s/zero-inside", models[i]);

      g_test_add (lengths, Fixture, models[i], set_up, test_lengths, tear_down);
      g_test_add (zero, Fixture, models[i], set_up, test_zero_inside, tear_down);
    }
  g_test_add ("/text/clip/first-end", Fixture, "clip", set_up, test_first_end, tear_down);
  return g_test_run ();
}
