/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What only the Vulkan kernels can get wrong: conversions, limits of drivers and of bindings, threads. */
#include "harness.h"
#include "compute-vulkan-half.h"

#include <math.h>
#include <string.h>

static void
test_half (void)
{
  const float values[] = { 0, -0.0f, 1, -1, 65504, 65519.99f, 65520, 1e9f, INFINITY, 6.0e-8f, 2.98e-8f, 2.99e-8f, 6.1e-5f, 0x1p-14f, 0x1.ffcp-15f, 0.1f };
  guint16 expected;
  _Float16 half;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (values); i++)
    {
      float value = i % 2 ? -values[i / 2] : values[i / 2];

      half = value;
      memcpy (&expected, &half, 2);
      g_assert_cmphex (compute_vulkan_half (value), ==, expected);
    }
  /* All finite numbers, and the middles between neighbours: to even. */
  for (guint bits = 0; bits < 0x7bff; bits++)
    {
      guint16 low = bits, high = bits + 1;
      _Float16 a, b;

      memcpy (&a, &low, 2);
      memcpy (&b, &high, 2);
      g_assert_cmphex (compute_vulkan_half (a), ==, low);
      g_assert_cmphex (compute_vulkan_half (((float) a + (float) b) / 2), ==, bits % 2 ? high : low);
    }
  g_assert_cmphex (compute_vulkan_half (NAN) & 0x7c00, ==, 0x7c00);
  g_assert_cmphex (compute_vulkan_half (NAN) & 0x03ff, !=, 0);
}

/* activation (x I) in f32 throughout: only the activation can be wrong. */
static void
check_activation (ComputeActivation activation, double (*expected) (double))
{
  enum
  {
    WIDTH = 64,
    ROWS = 40
  };
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "activation", 1);
  ComputeTensor *input = compute_program_input (program, "x", COMPUTE_F32, ROWS, WIDTH);
  g_autofree float *identity = g_new0 (float, WIDTH *WIDTH), *x = g_new (float, ROWS *WIDTH), *got = NULL;
  ComputeMatmul matmul = { .activation = activation, .keep = COMPUTE_KEEP_STREAM };
  ComputeTensor *output;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < WIDTH; i++)
    identity[i * WIDTH + i] = 1;
  for (guint i = 0; i < ROWS * WIDTH; i++)
    x[i] = -10 + 20.0f * i / (ROWS * WIDTH);
  matmul.matrix = harness_matrix (weights, COMPUTE_F32, WIDTH, WIDTH, FALSE, identity);
  output = compute_op_matmul (program, input, &matmul);
  compute_program_output (program, output);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, input, x, 1);
  got = harness_run (program, output, 1);
  for (guint i = 0; i < ROWS * WIDTH; i++)
    g_assert_cmpfloat (fabs (got[i] - expected (x[i])), <=, 1e-6);
}

static double
gelu (double x)
{
  return 0.5 * x * (1 + erf (x * M_SQRT1_2));
}

static double
quick_gelu (double x)
{
  return x / (1 + exp (-1.702 * x));
}

static void
test_activations (void)
{
  check_activation (COMPUTE_ACTIVATION_GELU, gelu);
  check_activation (COMPUTE_ACTIVATION_QUICK_GELU, quick_gelu);
}

/* Equal scores make the mean of all values.  A driver that stops long loops early, or a loop that was meant to be
 * unrolled and is not, leaves out the last ones. */
static void
check_all_keys_count (guint keys, guint width)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "long", 1);
  ComputeTensor *query = compute_program_input (program, "query", COMPUTE_F32, 3, width);
  ComputeTensor *key = compute_program_input (program, "key", COMPUTE_F32, keys, width);
  ComputeTensor *value = compute_program_input (program, "value", COMPUTE_F32, keys, width);
  ComputeAttention attention = { .query = { query }, .key = { key }, .value = { value }, .heads = 1, .head_width = width };
  ComputeTensor *output = compute_op_attention (program, &attention);
  g_autofree float *zeros = g_new0 (float, (gsize) keys *width), *values = g_new (float, (gsize) keys *width), *got = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < (gsize) keys * width; i++)
    values[i] = (float) (i / width) / keys;
  compute_program_output (program, output);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  compute_program_write (program, query, zeros, 1);
  compute_program_write (program, key, zeros, 1);
  compute_program_write (program, value, values, 1);
  got = harness_run (program, output, 1);
  for (guint i = 0; i < 3 * width; i++)
    g_assert_cmpfloat (fabs (got[i] - 0.5 * (keys - 1) / keys), <=, 1e-4);
}

static void
test_long_attention (void)
{
  check_all_keys_count (2049, 128);
  check_all_keys_count (1026, 127);
}

/* A product too deep for one invocation is refused, not silently cut off. */
static void
test_too_deep (void)
{
  enum
  {
    DEPTH = 200000
  };
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "deep", 1);
  ComputeTensor *input = compute_program_input (program, "x", COMPUTE_F32, 1, DEPTH);
  g_autofree float *values = g_new0 (float, DEPTH);
  ComputeMatmul matmul = { .matrix = harness_matrix (weights, COMPUTE_F32, 1, DEPTH, FALSE, values) };
  g_autoptr (GError) error = NULL;

  compute_op_matmul (program, input, &matmul);
  g_assert_false (compute_program_prepare (program, &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED);
}

/* More than any device binds; nothing is allocated.  The weights stay usable. */
static void
test_too_large (void)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autoptr (ComputeProgram) large = compute_program_new (weights, "large", 1000 * 1000 * 1000);
  g_autoptr (ComputeProgram) small = compute_program_new (weights, "small", 1);
  g_autoptr (GError) error = NULL;
  float ones[64], *got;
  ComputeTensor *input, *output = NULL;
  ComputeWeight *vector;

  for (guint i = 0; i < 64; i++)
    ones[i] = 1;
  vector = harness_vector (weights, 64, ones);
  input = compute_program_input (large, "x", COMPUTE_F32, 50, 64);
  compute_op_layernorm (large, input, vector, vector, 1e-5f, COMPUTE_KEEP_STREAM);
  g_assert_false (compute_program_prepare (large, &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_OUT_OF_MEMORY);
  g_assert_nonnull (strstr (error->message, "large"));
  g_clear_error (&error);

  input = compute_program_input (small, "x", COMPUTE_F32, 1, 64);
  output = compute_op_layernorm (small, input, vector, vector, 1e-5f, COMPUTE_KEEP_STREAM);
  compute_program_output (small, output);
  compute_program_prepare (small, &error);
  g_assert_no_error (error);
  compute_program_write (small, input, ones, 1);
  got = harness_run (small, output, 1);
  for (guint i = 0; i < 64; i++)
    g_assert_cmpfloat (got[i], ==, 1); /* a constant row: only the bias is left */
  g_free (got);
}

#define WIDTH 32

typedef struct
{
  ComputeWeights *weights;
  ComputeWeight *shift; /* moves each row by one column and doubles it */
} Shared;

static gpointer
run_often (gpointer data)
{
  Shared *shared = data;
  g_autoptr (ComputeProgram) program = compute_program_new (shared->weights, "thread", 4);
  ComputeTensor *input = compute_program_input (program, "x", COMPUTE_F32, 3, WIDTH);
  g_autofree float *x = harness_random (7, 4 * 3 * WIDTH, 1);
  ComputeMatmul matmul = { .matrix = shared->shift, .keep = COMPUTE_KEEP_STREAM };
  ComputeTensor *output = compute_op_matmul (program, input, &matmul);
  g_autoptr (GError) error = NULL;

  compute_program_output (program, output);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  for (guint round = 0; round < 20; round++)
    {
      guint items = 1 + round % 4;
      g_autofree float *got = NULL;

      compute_program_write (program, input, x, items);
      got = harness_run (program, output, items);
      for (guint i = 0; i < items * 3 * WIDTH; i++)
        g_assert_cmpfloat (got[i], ==, 2 * x[i / WIDTH * WIDTH + (i + 1) % WIDTH]);
    }
  return NULL;
}

/* Programs of one device and the same weights, prepared and run at once. */
static void
test_threads (void)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *values = g_new0 (float, WIDTH *WIDTH);
  Shared shared = { .weights = weights };
  GThread *threads[4];

  for (guint i = 0; i < WIDTH; i++)
    values[i * WIDTH + (i + 1) % WIDTH] = 2;
  shared.shift = harness_matrix (weights, COMPUTE_F32, WIDTH, WIDTH, FALSE, values);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("program", run_often, &shared);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/compute/vulkan/half", test_half);
  g_test_add_func ("/compute/vulkan/activations", test_activations);
  g_test_add_func ("/compute/vulkan/long-attention", test_long_attention);
  g_test_add_func ("/compute/vulkan/too-deep", test_too_deep);
  g_test_add_func ("/compute/vulkan/too-large", test_too_large);
  g_test_add_func ("/compute/vulkan/threads", test_threads);
  return g_test_run ();
}
