/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attentional pooler against plain loops, in both published forms of its weights, with one query and with all. */
#include "model-pooler.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES 5
#define TOKENS 7
#define HEADS 2

typedef struct
{
  guint width, key_width;
  GByteArray *data;
  GString *header;
} Writer;

/* The numbers of a tensor, made from its name. */
static float *
numbers (const char *name, gsize n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_str_hash (name));
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = g_rand_double_range (rand, -0.5, 0.5) + (g_str_has_suffix (name, "ln_q.weight") || g_str_has_suffix (name, "ln_k.weight"));
  return values;
}

static void
put (Writer *writer, const char *name, guint rows, guint columns, const float *values)
{
  gsize n = (gsize) rows * MAX (columns, 1), begin = writer->data->len;

  g_byte_array_append (writer->data, (const guint8 *) values, n * sizeof *values);
  g_string_append_printf (writer->header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%u", begin ? "," : "", name, rows);
  if (columns)
    g_string_append_printf (writer->header, ",%u", columns);
  g_string_append_printf (writer->header, "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%u]}", begin, writer->data->len);
}

static void
put_made (Writer *writer, const char *name, guint rows, guint columns)
{
  g_autofree float *values = numbers (name, (gsize) rows * MAX (columns, 1));

  put (writer, name, rows, columns, values);
}

static void
put_projections (Writer *writer, gboolean packed)
{
  guint width = writer->width, keys = writer->key_width;
  g_autofree float *q = numbers ("q", width * width), *k = numbers ("k", width * keys), *v = numbers ("v", width * keys);

  if (packed)
    {
      g_autofree float *all = g_new (float, 3 * width * width);

      memcpy (all, q, width * width * sizeof *q);
      memcpy (all + width * width, k, width * width * sizeof *k);
      memcpy (all + 2 * width * width, v, width * width * sizeof *v);
      put (writer, "p.attn.in_proj_weight", 3 * width, width, all);
      return;
    }
  put (writer, "p.attn.q_proj_weight", width, width, q);
  put (writer, "p.attn.k_proj_weight", width, keys, k);
  put (writer, "p.attn.v_proj_weight", width, keys, v);
}

static char *
write_folder (guint width, guint key_width, gboolean packed)
{
  Writer writer = { width, key_width, g_byte_array_new (), g_string_new ("{") };
  char *folder = support_make_folder ();
  g_autoptr (GByteArray) file = g_byte_array_new ();
  guint64 length;

  put_made (&writer, "p.query", QUERIES, width);
  put_made (&writer, "p.ln_q.weight", width, 0);
  put_made (&writer, "p.ln_q.bias", width, 0);
  put_made (&writer, "p.ln_k.weight", key_width, 0);
  put_made (&writer, "p.ln_k.bias", key_width, 0);
  put_made (&writer, "p.attn.in_proj_bias", 3 * width, 0);
  put_made (&writer, "p.attn.out_proj.weight", width, width);
  put_made (&writer, "p.attn.out_proj.bias", width, 0);
  put_projections (&writer, packed);
  g_string_append_c (writer.header, '}');
  length = GUINT64_TO_LE ((guint64) writer.header->len);
  g_byte_array_append (file, (const guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) writer.header->str, writer.header->len);
  g_byte_array_append (file, writer.data->data, writer.data->len);
  support_write (folder, "open_clip_model.safetensors", (const char *) file->data, file->len);
  g_byte_array_unref (writer.data);
  g_string_free (writer.header, TRUE);
  return folder;
}

static double *
normalize (const char *which, const float *x, guint rows, guint width)
{
  g_autofree char *gain_name = g_strdup_printf ("p.%s.weight", which), *bias_name = g_strdup_printf ("p.%s.bias", which);
  g_autofree float *gain = numbers (gain_name, width), *bias = numbers (bias_name, width);
  double *out = g_new (double, rows *width);

  for (guint r = 0; r < rows; r++)
    {
      double mean = 0, variance = 0;

      for (guint d = 0; d < width; d++)
        mean += x[r * width + d] / (double) width;
      for (guint d = 0; d < width; d++)
        variance += pow (x[r * width + d] - mean, 2) / width;
      for (guint d = 0; d < width; d++)
        out[r * width + d] = (x[r * width + d] - mean) / sqrt (variance + 1e-5) * gain[d] + bias[d];
    }
  return out;
}

static double *
project (const double *x, guint rows, guint inputs, const float *matrix, const float *bias, guint outputs)
{
  double *out = g_new (double, rows *outputs);

  for (guint r = 0; r < rows; r++)
    for (guint o = 0; o < outputs; o++)
      {
        out[r * outputs + o] = bias[o];
        for (guint i = 0; i < inputs; i++)
          out[r * outputs + o] += x[r * inputs + i] * matrix[o * inputs + i];
      }
  return out;
}

static void
attend (const double *q, const double *k, const double *v, guint width, guint column, double *out)
{
  guint head = width / HEADS;
  double weights[TOKENS], sum = 0;

  for (guint t = 0; t < TOKENS; t++)
    {
      weights[t] = 0;
      for (guint d = 0; d < head; d++)
        weights[t] += q[column + d] * k[t * width + column + d];
      sum += weights[t] = exp (weights[t] / sqrt (head));
    }
  for (guint d = 0; d < head; d++)
    {
      out[column + d] = 0;
      for (guint t = 0; t < TOKENS; t++)
        out[column + d] += weights[t] / sum * v[t * width + column + d];
    }
}

static double *
expect (guint width, guint key_width, const float *x)
{
  g_autofree float *query = numbers ("p.query", QUERIES * width), *bias = numbers ("p.attn.in_proj_bias", 3 * width);
  g_autofree float *wq = numbers ("q", width * width), *wk = numbers ("k", width * key_width), *wv = numbers ("v", width * key_width);
  g_autofree float *out = numbers ("p.attn.out_proj.weight", width * width), *out_bias = numbers ("p.attn.out_proj.bias", width);
  g_autofree double *queries = normalize ("ln_q", query, QUERIES, width), *keys = normalize ("ln_k", x, TOKENS, key_width);
  g_autofree double *q = project (queries, QUERIES, width, wq, bias, width);
  g_autofree double *k = project (keys, TOKENS, key_width, wk, bias + width, width);
  g_autofree double *v = project (keys, TOKENS, key_width, wv, bias + 2 * width, width);
  g_autofree double *mixed = g_new (double, QUERIES *width);

  for (guint r = 0; r < QUERIES; r++)
    for (guint h = 0; h < HEADS; h++)
      attend (q + r * width, k, v, width, h * (width / HEADS), mixed + r * width);
  return project (mixed, QUERIES, width, out, out_bias, width);
}

static void
run (const char *folder, guint width, guint key_width, guint queries, const float *x, float *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ComputeDevice) device = compute_device_open ("cpu", &error);
  g_autoptr (ModelWeights) weights = model_weights_open (folder, device, COMPUTE_PRECISION_EXACT, &error);
  g_autoptr (ComputeProgram) program = NULL;
  ModelPooler pooler = { 0 };
  ComputeTensor *input, *output;

  g_assert_no_error (error);
  model_pooler_load (&pooler, weights, "p.", QUERIES, queries, HEADS, width, key_width);
  model_weights_check (weights, &error);
  g_assert_no_error (error);
  program = compute_program_new (model_weights_get_compute (weights), "pooler", 2);
  input = compute_program_input (program, "x", COMPUTE_F32, TOKENS, key_width);
  output = model_pooler_build (&pooler, program, input);
  compute_program_output (program, output);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, input, x, 2);
  compute_program_run (program, 2, &error);
  g_assert_no_error (error);
  compute_program_read (program, output, out, 2);
}

static void
check (guint width, guint key_width, guint queries, gboolean packed)
{
  char *folder = write_folder (width, key_width, packed);
  g_autofree float *x = numbers ("x", 2 * TOKENS * key_width), *out = g_new (float, 2 * queries * width);

  run (folder, width, key_width, queries, x, out);
  for (guint item = 0; item < 2; item++)
    {
      g_autofree double *expected = expect (width, key_width, x + item * TOKENS * key_width);

      for (guint i = 0; i < queries * width; i++)
        g_assert_cmpfloat (fabs (out[item * queries * width + i] - expected[i]), <, 1e-5);
    }
  support_remove (folder);
}

static void
test_apart (void)
{
  check (16, 24, QUERIES, FALSE);
  check (16, 24, 1, FALSE);
}

static void
test_packed (void)
{
  check (16, 16, QUERIES, TRUE);
  check (16, 16, 1, TRUE);
  check (16, 16, QUERIES, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pooler/apart", test_apart);
  g_test_add_func ("/pooler/packed", test_packed);
  return g_test_run ();
}
