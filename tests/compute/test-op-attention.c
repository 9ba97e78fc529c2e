/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"
#include "reference.h"

typedef struct
{
  guint queries, keys, heads, width, items;
  gboolean causal, visible, shared;
  int position;    /* -1: none */
  int keys_in_use; /* -1: all */
} Case;

static const Case cases[] = {
  { 1, 1, 1, 32, 1, FALSE, FALSE, FALSE, -1, -1 },
  { 3, 3, 2, 64, 2, TRUE, FALSE, FALSE, -1, -1 },
  { 50, 50, 2, 64, 2, FALSE, FALSE, FALSE, -1, -1 },
  { 77, 77, 2, 64, 1, TRUE, FALSE, FALSE, -1, -1 },
  { 26, 26, 2, 80, 2, FALSE, FALSE, FALSE, -1, -1 },
  { 17, 17, 2, 88, 1, FALSE, FALSE, FALSE, -1, -1 },
  { 19, 19, 2, 104, 1, TRUE, FALSE, FALSE, -1, -1 },
  { 257, 257, 1, 64, 1, FALSE, FALSE, FALSE, -1, -1 },
  { 33, 33, 4, 32, 3, TRUE, TRUE, FALSE, -1, -1 },
  { 1, 65, 4, 32, 3, FALSE, FALSE, TRUE, -1, -1 },
  { 5, 65, 2, 96, 2, FALSE, FALSE, TRUE, -1, -1 },
  { 1, 40, 2, 64, 2, TRUE, FALSE, FALSE, 12, 13 },
  { 4, 40, 2, 64, 2, TRUE, FALSE, FALSE, 7, 11 },
  { 2, 9, 1, 32, 2, FALSE, FALSE, FALSE, -1, 5 },
};

/* Columns before and after the heads, so that a wrong offset shows. */
enum
{
  LEFT = 8,
  RIGHT = 4,
};

static ComputeTensor *
view (ComputeProgram *program, const char *name, guint rows, guint width)
{
  return compute_program_input (program, name, COMPUTE_F32, rows, LEFT + width + RIGHT);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  guint width = c->heads * c->width, stride = LEFT + width + RIGHT;
  g_autoptr (ComputeWeights) weights = harness_weights ();
  guint query_items = c->shared ? 1 : c->items;
  g_autofree float *query = harness_random (1, (gsize) query_items * c->queries * stride, 1);
  g_autofree float *key = harness_random (2, (gsize) c->items * c->keys * stride, 1), *value = harness_random (3, (gsize) c->items * c->keys * stride, 1);
  g_autofree float *expected = g_new (float, (gsize) c->items * c->queries * width), *got = NULL;
  g_autofree gint32 *visible = g_new (gint32, (gsize) c->items * c->keys);
  ComputeWeight *table = c->shared ? harness_table (weights, COMPUTE_F32, c->queries, stride, query) : NULL;
  g_autoptr (ComputeProgram) program = compute_program_new (weights, "attention", c->items);
  ComputeTensor *q = c->shared ? compute_program_constant (program, table) : view (program, "q", c->queries, width);
  ComputeTensor *k = view (program, "k", c->keys, width), *v = view (program, "v", c->keys, width), *out, *seen = NULL;
  ComputeAttention attention = { { q, LEFT }, { k, LEFT }, { v, LEFT }, c->heads, c->width, c->causal, NULL, NULL, NULL };
  g_autoptr (GError) error = NULL;

  if (c->visible)
    attention.key_visible = seen = compute_program_input (program, "visible", COMPUTE_I32, 1, c->keys);
  if (c->position >= 0)
    attention.position = compute_program_integer (program, "position", 0);
  if (c->keys_in_use >= 0)
    attention.keys_in_use = compute_program_integer (program, "keys", 0);
  out = compute_op_attention (program, &attention);
  compute_program_output (program, out);
  compute_program_prepare (program, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < c->items * c->keys; i++)
    visible[i] = i % c->keys == 0 || i % 3 != 1;
  if (!c->shared)
    compute_program_write (program, q, query, c->items);
  compute_program_write (program, k, key, c->items);
  compute_program_write (program, v, value, c->items);
  if (seen)
    compute_program_write (program, seen, visible, c->items);
  if (attention.position)
    compute_program_set_integer (program, attention.position, c->position);
  if (attention.keys_in_use)
    compute_program_set_integer (program, attention.keys_in_use, c->keys_in_use);
  got = harness_run (program, out, c->items);
  for (guint i = 0; i < c->items; i++)
    {
      ReferenceAttention reference = {
        query + (c->shared ? 0 : (gsize) i * c->queries * stride) + LEFT,
        key + (gsize) i * c->keys * stride + LEFT,
        value + (gsize) i * c->keys * stride + LEFT,
        stride, stride, stride, c->queries, c->keys_in_use >= 0 ? (guint) c->keys_in_use : c->keys, c->heads, c->width, c->causal, MAX (c->position, 0), seen ? visible + i * c->keys : NULL
      };

      reference_attention (&reference, expected + (gsize) i * c->queries * width);
    }
  harness_check (got, expected, (gsize) c->items * c->queries * width, "attention");
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/attention/%u-%ux%u-%u", cases[i].queries, cases[i].keys, cases[i].width, (guint) i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
