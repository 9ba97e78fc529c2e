/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"
#include "reference.h"

typedef struct
{
  guint rows, inputs, outputs;
  ComputeType type;
  gboolean transposed, bias, residual;
  ComputeActivation activation;
  guint items;
} Case;

static const Case cases[] = {
  { 1, 64, 64, COMPUTE_F32, FALSE, FALSE, FALSE, 0, 1 },
  { 1, 5, 3, COMPUTE_F32, FALSE, TRUE, FALSE, 0, 1 },
  { 2, 31, 130, COMPUTE_F16, FALSE, TRUE, FALSE, COMPUTE_ACTIVATION_GELU, 3 },
  { 3, 130, 31, COMPUTE_BF16, FALSE, TRUE, TRUE, 0, 2 },
  { 7, 80, 104, COMPUTE_F32, TRUE, FALSE, FALSE, 0, 1 },
  { 7, 104, 1, COMPUTE_F16, TRUE, FALSE, FALSE, 0, 5 },
  { 50, 88, 264, COMPUTE_F16, FALSE, TRUE, FALSE, 0, 2 },
  { 50, 128, 512, COMPUTE_F16, FALSE, TRUE, FALSE, COMPUTE_ACTIVATION_QUICK_GELU, 1 },
  { 77, 512, 128, COMPUTE_F32, FALSE, TRUE, TRUE, 0, 1 },
  { 257, 65, 33, COMPUTE_BF16, FALSE, TRUE, FALSE, COMPUTE_ACTIVATION_GELU, 1 },
  { 9, 588, 160, COMPUTE_F16, FALSE, FALSE, FALSE, 0, 4 },
  { 17, 96, 96, COMPUTE_F32, FALSE, TRUE, TRUE, COMPUTE_ACTIVATION_GELU, 1 },
};

static ComputeProgram *
build (const Case *c, float *matrix, const float *bias, ComputeTensor **input, ComputeTensor **residual, ComputeTensor **output)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  ComputeMatmul matmul = { .activation = c->activation, .keep = COMPUTE_KEEP_STREAM };
  ComputeProgram *program;

  matmul.matrix = harness_matrix (weights, c->type, c->outputs, c->inputs, c->transposed, matrix);
  matmul.bias = c->bias ? harness_vector (weights, c->outputs, bias) : NULL;
  program = compute_program_new (weights, "matmul", c->items);
  *input = compute_program_input (program, "input", COMPUTE_F32, c->rows, c->inputs);
  *residual = c->residual ? compute_program_input (program, "residual", COMPUTE_F32, c->rows, c->outputs) : NULL;
  matmul.residual = *residual;
  *output = compute_op_matmul (program, *input, &matmul);
  compute_program_output (program, *output);
  return program;
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  gsize n_out = (gsize) c->items * c->rows * c->outputs;
  g_autofree float *input = harness_random (1, (gsize) c->items * c->rows * c->inputs, 1);
  g_autofree float *matrix = harness_random (2, (gsize) c->inputs * c->outputs, 1.0 / c->inputs + 0.05);
  g_autofree float *bias = harness_random (3, c->outputs, 0.3), *residual = harness_random (4, n_out, 1);
  g_autofree float *expected = g_new (float, n_out), *got = NULL;
  ComputeTensor *in, *add, *out;
  g_autoptr (ComputeProgram) program = build (c, matrix, bias, &in, &add, &out);
  g_autoptr (GError) error = NULL;

  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, in, input, c->items);
  if (add)
    compute_program_write (program, add, residual, c->items);
  got = harness_run (program, out, c->items);
  reference_matmul (input, matrix, c->bias ? bias : NULL, c->residual ? residual : NULL, c->activation, c->transposed, c->items * c->rows, c->inputs, c->outputs, expected);
  harness_check (got, expected, n_out, "matmul");
}

/* Two products in a row, the second onto a stream: where memory is reused and added in place. */
static void
test_chain (void)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *a = harness_random (5, 96 * 64, 0.1), *b = harness_random (6, 64 * 96, 0.1), *x = harness_random (7, 2 * 10 * 64, 1);
  g_autofree float *hidden = g_new (float, 2 * 10 * 96), *expected = g_new (float, 2 * 10 * 64), *got = NULL;
  ComputeWeight *first = harness_matrix (weights, COMPUTE_F16, 96, 64, FALSE, a), *second = harness_matrix (weights, COMPUTE_F16, 64, 96, FALSE, b);
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "chain", 2);
  ComputeTensor *in = compute_program_input (program, "x", COMPUTE_F32, 10, 64), *h, *out = in;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 2; i++)
    {
      h = compute_op_matmul (program, out, &(ComputeMatmul){ .matrix = first, .activation = COMPUTE_ACTIVATION_GELU });
      out = compute_op_matmul (program, h, &(ComputeMatmul){ .matrix = second, .residual = out, .keep = COMPUTE_KEEP_STREAM });
    }
  compute_program_output (program, out);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, in, x, 2);
  got = harness_run (program, out, 2);
  for (guint i = 0; i < 2; i++)
    {
      reference_matmul (i ? expected : x, a, NULL, NULL, COMPUTE_ACTIVATION_GELU, FALSE, 20, 64, 96, hidden);
      reference_matmul (hidden, b, NULL, i ? expected : x, COMPUTE_ACTIVATION_NONE, FALSE, 20, 96, 64, expected);
    }
  harness_check (got, expected, 2 * 10 * 64, "chain");
}

/* The bound must be able to fail: the other GELU, and a bias that was forgotten, lie beyond it. */
static void
test_bound (void)
{
  const Case c = { 40, 128, 64, COMPUTE_F16, FALSE, TRUE, FALSE, COMPUTE_ACTIVATION_GELU, 1 };
  g_autofree float *input = harness_random (1, 40 * 128, 1), *matrix = harness_random (2, 128 * 64, 0.1), *bias = harness_random (3, 64, 0.3);
  g_autofree float *right = g_new (float, 40 * 64), *wrong = g_new (float, 40 * 64);

  reference_matmul (input, matrix, bias, NULL, c.activation, FALSE, 40, 128, 64, right);
  reference_matmul (input, matrix, bias, NULL, COMPUTE_ACTIVATION_QUICK_GELU, FALSE, 40, 128, 64, wrong);
  g_assert_cmpfloat (harness_distance (wrong, right, 40 * 64), >, harness_bound ());
  reference_matmul (input, matrix, NULL, NULL, c.activation, FALSE, 40, 128, 64, wrong);
  g_assert_cmpfloat (harness_distance (wrong, right, 40 * 64), >, harness_bound ());
}

/* Values that f16 cannot hold stay in f32. */
static void
test_wide (void)
{
  Case c = { 4, 40, 24, COMPUTE_F32, FALSE, FALSE, FALSE, 0, 1 };
  g_autofree float *input = harness_random (1, 4 * 40, 1), *matrix = harness_random (2, 40 * 24, 1e6);
  g_autofree float *expected = g_new (float, 4 * 24), *got = NULL;
  ComputeTensor *in, *add, *out;
  g_autoptr (ComputeProgram) program = build (&c, matrix, NULL, &in, &add, &out);
  g_autoptr (GError) error = NULL;

  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, in, input, 1);
  got = harness_run (program, out, 1);
  reference_matmul (input, matrix, NULL, NULL, 0, FALSE, 4, 40, 24, expected);
  harness_check (got, expected, 4 * 24, "wide");
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      g_autofree char *path = g_strdup_printf ("/matmul/%ux%ux%u", c->rows, c->inputs, c->outputs);

      g_test_add_data_func (path, c, test_case);
    }
  g_test_add_func ("/matmul/chain", test_chain);
  g_test_add_func ("/matmul/bound", test_bound);
  g_test_add_func ("/matmul/wide", test_wide);
  return g_test_run ();
}
