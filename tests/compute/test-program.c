/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for whole programs: items in use, states, integers, two threads on one set of weights. */
#include "harness.h"
#include "reference.h"

#include <string.h>

enum
{
  WIDTH = 64,
};

static ComputeProgram *
double_product (ComputeWeights *weights, ComputeWeight *matrix, guint capacity, ComputeTensor **in, ComputeTensor **out)
{
  ComputeProgram *program = compute_program_new (weights, "product", capacity);
  g_autoptr (GError) error = NULL;

  *in = compute_program_input (program, "x", COMPUTE_F32, 3, WIDTH);
  *out = compute_op_matmul (program, *in, &(ComputeMatmul){ .matrix = matrix, .keep = COMPUTE_KEEP_STREAM });
  compute_program_output (program, *out);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  return program;
}

/* Any number of items gives each the same answer, in any order of runs. */
static void
test_items (void)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *m = harness_random (1, WIDTH * WIDTH, 0.2), *x = harness_random (2, 6 * 3 * WIDTH, 1), *expected = g_new (float, 6 * 3 * WIDTH);
  ComputeWeight *matrix = harness_matrix (weights, COMPUTE_F16, WIDTH, WIDTH, FALSE, m);
  ComputeTensor *in, *out;
  g_autoptr (ComputeProgram) program = double_product (weights, matrix, 6, &in, &out);
  static const guint runs[] = { 6, 1, 4, 6, 2, 5, 3 };

  reference_matmul (x, m, NULL, NULL, 0, FALSE, 6 * 3, WIDTH, WIDTH, expected);
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autofree float *got = NULL;

      compute_program_write (program, in, x, runs[i]);
      got = harness_run (program, out, runs[i]);
      harness_check (got, expected, runs[i] * 3 * WIDTH, "items in use");
    }
}

/* A key/value cache: one row a run is appended, and attention over the rows so far is as if computed at once. */
static void
test_cache (void)
{
  enum
  {
    ROWS = 7,
    HEADS = 2,
    ITEMS = 2
  };
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "cache", ITEMS);
  ComputeInteger *position = compute_program_integer (program, "position", 0), *used = compute_program_integer (program, "used", 0);
  ComputeTensor *row = compute_program_input (program, "row", COMPUTE_F32, 1, WIDTH);
  ComputeTensor *cache = compute_program_state (program, "cache", ROWS, WIDTH), *out;
  g_autofree float *x = harness_random (3, ITEMS * ROWS * WIDTH, 1);
  g_autoptr (GError) error = NULL;

  compute_op_append (program, row, cache, position);
  out = compute_op_attention (program, &(ComputeAttention){ { row, 0 }, { cache, 0 }, { cache, 0 }, HEADS, WIDTH / HEADS, TRUE, position, used, NULL });
  compute_program_output (program, out);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  for (guint step = 0; step < ROWS; step++)
    {
      float rows[ITEMS * WIDTH], expected[ITEMS * WIDTH];
      g_autofree float *got = NULL;

      for (guint i = 0; i < ITEMS; i++)
        memcpy (rows + i * WIDTH, x + (i * ROWS + step) * WIDTH, WIDTH * sizeof (float));
      compute_program_set_integer (program, position, step);
      compute_program_set_integer (program, used, step + 1);
      compute_program_write (program, row, rows, ITEMS);
      got = harness_run (program, out, ITEMS);
      for (guint i = 0; i < ITEMS; i++)
        reference_attention (&(ReferenceAttention){ rows + i * WIDTH, x + i * ROWS * WIDTH, x + i * ROWS * WIDTH, WIDTH, WIDTH, WIDTH, 1, step + 1, HEADS, WIDTH / HEADS, FALSE, 0, NULL }, expected + i * WIDTH);
      harness_check (got, expected, ITEMS * WIDTH, "cache");
    }
}

typedef struct
{
  ComputeWeights *weights;
  ComputeWeight *matrix;
  const float *x, *expected;
} Shared;

static gpointer
run_many (gpointer data)
{
  Shared *shared = data;
  ComputeTensor *in, *out;
  g_autoptr (ComputeProgram) program = double_product (shared->weights, shared->matrix, 2, &in, &out);

  for (guint i = 0; i < 20; i++)
    {
      g_autofree float *got = NULL;

      compute_program_write (program, in, shared->x, 2);
      got = harness_run (program, out, 2);
      harness_check (got, shared->expected, 2 * 3 * WIDTH, "two threads");
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (ComputeWeights) weights = harness_weights ();
  g_autofree float *m = harness_random (1, WIDTH * WIDTH, 0.2), *x = harness_random (2, 2 * 3 * WIDTH, 1), *expected = g_new (float, 2 * 3 * WIDTH);
  Shared shared = { weights, harness_matrix (weights, COMPUTE_F16, WIDTH, WIDTH, FALSE, m), x, expected };
  GThread *threads[2];

  reference_matmul (x, m, NULL, NULL, 0, FALSE, 2 * 3, WIDTH, WIDTH, expected);
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("run", run_many, &shared);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/program/items", test_items);
  g_test_add_func ("/program/cache", test_cache);
  g_test_add_func ("/program/threads", test_threads);
  return g_test_run ();
}
