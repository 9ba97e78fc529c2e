/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operations that go row by row: layer norm, normalise, embed, sequence, select, patches. */
#include "harness.h"
#include "reference.h"

#include <string.h>

static const guint widths[] = { 1, 3, 31, 64, 80, 88, 104, 130, 768 };

static void
prepare (ComputeProgram *program, ComputeTensor *output)
{
  g_autoptr (GError) error = NULL;

  compute_program_output (program, output);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
}

static void
test_layernorm (gconstpointer data)
{
  guint columns = *(const guint *) data, rows = 7, items = 3;
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *x = harness_random (1, items * rows * columns, 2), *gain = harness_random (2, columns, 1), *bias = harness_random (3, columns, 0.5);
  g_autofree float *expected = g_new (float, items *rows *columns), *got = NULL;
  ComputeWeight *g = harness_vector (weights, columns, gain), *b = harness_vector (weights, columns, bias);
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "layernorm", items);
  ComputeTensor *in = compute_program_input (program, "x", COMPUTE_F32, rows, columns);
  ComputeTensor *out = compute_op_layernorm (program, in, g, b, 1e-5f, COMPUTE_KEEP_STREAM);

  for (guint i = 0; i < rows * columns; i++)
    x[i] += 100; /* far from zero: the variance must not drown in the mean */
  prepare (program, out);
  compute_program_write (program, in, x, items);
  got = harness_run (program, out, items);
  reference_layernorm (x, gain, bias, 1e-5f, items * rows, columns, expected);
  /* Around 100 an f32 of the input itself has only 5 digits after the point. */
  g_assert_cmpfloat (harness_distance (got, expected, items * rows * columns), <, 5e-5);
}

static void
test_normalize (gconstpointer data)
{
  guint columns = *(const guint *) data, rows = 3, items = 2;
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *x = harness_random (1, items * rows * columns, 3);
  g_autofree float *expected = g_new (float, items *rows *columns), *got = NULL;
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "normalize", items);
  ComputeTensor *in = compute_program_input (program, "x", COMPUTE_F32, rows, columns);
  ComputeTensor *out = compute_op_normalize (program, in, 1e-12f);

  memset (x, 0, columns * sizeof *x); /* zero stays zero */
  prepare (program, out);
  compute_program_write (program, in, x, items);
  got = harness_run (program, out, items);
  reference_normalize (x, 1e-12f, items * rows, columns, expected);
  g_assert_cmpfloat (harness_distance (got, expected, items * rows * columns), <, 1e-6);
}

static void
test_embed (gconstpointer data)
{
  guint columns = *(const guint *) data, n = 5, items = 2, rows = 11;
  const gint32 ids[] = { 0, 10, 3, 3, 7, 1, 99, -4, 10, 0 };
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *table = harness_random (1, rows * columns, 1), *expected = g_new (float, items *n *columns), *got = NULL;
  ComputeWeight *t = harness_table (weights, COMPUTE_F16, rows, columns, table);
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "embed", items);
  ComputeTensor *in = compute_program_input (program, "ids", COMPUTE_I32, 1, n), *out = compute_op_embed (program, in, t);

  prepare (program, out);
  compute_program_write (program, in, ids, items);
  got = harness_run (program, out, items);
  for (guint i = 0; i < items * n; i++)
    memcpy (expected + i * columns, table + CLAMP (ids[i], 0, 10) * columns, columns * sizeof (float));
  harness_check (got, expected, items * n * columns, "embed");
}

/* first, last: whether the sequence has them */
static void
check_sequence (gboolean first, gboolean last, gboolean positions, guint columns)
{
  guint body = 4, rows = body + first + last, items = 3;
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *x = harness_random (1, items * body * columns, 1), *a = harness_random (2, columns, 1), *z = harness_random (3, columns, 1);
  g_autofree float *p = harness_random (4, rows * columns, 1), *expected = g_new0 (float, items *rows *columns), *got = NULL;
  ComputeWeight *head = first ? harness_vector (weights, columns, a) : NULL, *tail = last ? harness_vector (weights, columns, z) : NULL;
  ComputeWeight *table = positions ? harness_table (weights, COMPUTE_F32, rows, columns, p) : NULL;
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "sequence", items);
  ComputeTensor *in = compute_program_input (program, "x", COMPUTE_F32, body, columns);
  ComputeTensor *out = compute_op_sequence (program, head, in, tail, table);

  prepare (program, out);
  compute_program_write (program, in, x, items);
  got = harness_run (program, out, items);
  for (guint i = 0; i < items; i++)
    for (guint r = 0; r < rows; r++)
      for (guint c = 0; c < columns; c++)
        {
          float value = first && r == 0 ? a[c] : last && r == rows - 1 ? z[c]
                                                                       : x[(i * body + r - first) * columns + c];

          expected[(i * rows + r) * columns + c] = value + (positions ? p[r * columns + c] : 0);
        }
  harness_check (got, expected, items * rows * columns, "sequence");
}

static void
test_sequence (gconstpointer data)
{
  guint columns = *(const guint *) data;

  for (guint i = 0; i < 8; i++)
    check_sequence (i & 1, i & 2 ? TRUE : FALSE, i & 4 ? TRUE : FALSE, columns);
}

static void
test_select (gconstpointer data)
{
  guint columns = *(const guint *) data, rows = 6, items = 4;
  const gint32 wanted[] = { 5, 0, 99, -3 }, clamped[] = { 5, 0, 5, 0 };
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *x = harness_random (1, items * rows * columns, 1), *expected = g_new (float, items *columns), *got = NULL, *fixed = NULL;
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "select", items);
  ComputeTensor *in = compute_program_input (program, "x", COMPUTE_F32, rows, columns), *which = compute_program_input (program, "rows", COMPUTE_I32, 1, 1);
  ComputeTensor *out = compute_op_select (program, in, which, 0), *constant = compute_op_select (program, in, NULL, 2);

  compute_program_output (program, constant);
  prepare (program, out);
  compute_program_write (program, in, x, items);
  compute_program_write (program, which, wanted, items);
  got = harness_run (program, out, items);
  for (guint i = 0; i < items; i++)
    memcpy (expected + i * columns, x + (i * rows + clamped[i]) * columns, columns * sizeof (float));
  harness_check (got, expected, items * columns, "select");
  fixed = g_new (float, items *columns);
  compute_program_read (program, constant, fixed, items);
  for (guint i = 0; i < items; i++)
    memcpy (expected + i * columns, x + (i * rows + 2) * columns, columns * sizeof (float));
  harness_check (fixed, expected, items * columns, "select a constant row");
}

static void
test_patches (gconstpointer data)
{
  static const guint sides[][2] = { { 8, 4 }, { 96, 12 }, { 70, 14 }, { 64, 8 }, { 7, 7 }, { 224, 32 } };
  const float mean[3] = { 0.48145466f, 0.4578275f, 0.40821073f }, std[3] = { 0.26862954f, 0.26130258f, 0.27577711f };

  for (gsize s = 0; s < G_N_ELEMENTS (sides); s++)
    {
      guint side = sides[s][0], patch = sides[s][1], grid = side / patch, item = grid * grid * 3 * patch * patch;
      g_autoptr (ComputeWeights) weights = harness_weights ();
      g_autofree guint8 *pixels = g_new (guint8, 2 * side * side * 3);
      g_autofree float *expected = g_new (float, 2 * item), *got = NULL;
      g_autoptr (ComputeProgram) program = compute_program_new (weights, "patches", 2);
      ComputeTensor *in = compute_program_input (program, "pixels", COMPUTE_U8, 1, side * side * 3);
      ComputeTensor *out = compute_op_patches (program, in, side, patch, mean, std);

      for (guint i = 0; i < 2 * side * side * 3; i++)
        pixels[i] = (i * 2654435761u) >> 24;
      prepare (program, out);
      compute_program_write (program, in, pixels, 2);
      got = harness_run (program, out, 2);
      for (guint i = 0; i < 2; i++)
        reference_patches (pixels + i * side * side * 3, side, patch, mean, std, expected + i * item);
      harness_check (got, expected, 2 * item, "patches");
    }
}

static void
add (const char *name, GTestDataFunc test)
{
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%s/%u", name, widths[i]);

      g_test_add_data_func (path, &widths[i], test);
    }
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  add ("layernorm", test_layernorm);
  add ("normalize", test_normalize);
  add ("embed", test_embed);
  add ("sequence", test_sequence);
  add ("select", test_select);
  g_test_add_data_func ("/patches", NULL, test_patches);
  return g_test_run ();
}
