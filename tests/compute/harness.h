/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Small programs on the device that the test was registered for:
 * EIDETIC_TEST_DEVICE (default cpu), EIDETIC_TEST_PRECISION (exact or fast). */
#include "compute.h"

/* g_test_init, then the device; exits with 77 (skipped) where there is none of that kind. */
void harness_init (int *argc, char ***argv);
ComputeWeights *harness_weights (void);
gboolean harness_is_exact_cpu (void);

/* n values of a normal-like distribution around 0 with the given spread; the same for the same seed.  (transfer full) */
float *harness_random (guint seed, gsize n, float spread);

/* Weights given as f32, stored as `type`; `values` is rounded to what was stored. */
ComputeWeight *harness_matrix (ComputeWeights *weights, ComputeType type, guint outputs, guint inputs, gboolean transposed, float *values);
ComputeWeight *harness_table (ComputeWeights *weights, ComputeType type, guint rows, guint columns, float *values);
ComputeWeight *harness_vector (ComputeWeights *weights, guint length, const float *values);

/* Root mean square of the difference over that of the expected values. */
double harness_distance (const float *got, const float *expected, gsize n);
/* The largest distance that rounding explains on this device and precision. */
double harness_bound (void);
void harness_check (const float *got, const float *expected, gsize n, const char *what);

/* Prepares, runs and reads `out` ([items][rows][columns], transfer full). */
float *harness_run (ComputeProgram *program, ComputeTensor *output, guint items);
