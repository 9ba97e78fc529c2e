/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Barriers and workgroup counts.  Software drivers run dispatches in order, so a missing barrier gives right numbers
 * there: they are counted instead. */
#include "compute-vulkan-recorder.h"

#include <stdlib.h>

#define SLICE 1024

static ComputeVulkanDevice *device;

typedef struct
{
  ComputeVulkanBlock *block;
  ComputeVulkanRecorder *recorder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->block = compute_vulkan_block_new (device, 16 * SLICE, COMPUTE_VULKAN_DEVICE_MEMORY, "a test", &error);
  g_assert_no_error (error);
  self->recorder = compute_vulkan_recorder_new (device);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  compute_vulkan_recorder_free (self->recorder);
  compute_vulkan_block_free (self->block);
}

static ComputeVulkanSlice
slice (Fixture *self, guint index)
{
  return (ComputeVulkanSlice){ self->block, (VkDeviceSize) index * SLICE, SLICE };
}

/* A copy of slice `from` to slice `to`. */
static void
add (Fixture *self, guint from, guint to, double work)
{
  g_autoptr (GError) error = NULL;
  ComputeVulkanDispatch dispatch = {
    .kernel = COMPUTE_VULKAN_APPEND,
    .constants = { 8, 0 },
    .n_constants = 2,
    .output = slice (self, to),
    .inputs = { { slice (self, from), VK_FORMAT_R32G32B32A32_SFLOAT } },
    .groups = { .x = 3, .y = 5 },
    .work = work,
  };

  compute_vulkan_recorder_add (self->recorder, &dispatch, &error);
  g_assert_no_error (error);
}

static void
finish (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  ComputeVulkanSlice control = slice (self, 15);

  compute_vulkan_recorder_finish (self->recorder, &control, control.offset, &error);
  g_assert_no_error (error);
}

static void
test_independent (Fixture *self, gconstpointer data)
{
  add (self, 0, 1, 1);
  add (self, 0, 2, 1);
  add (self, 3, 4, 1);
  finish (self);
  g_assert_cmpuint (compute_vulkan_recorder_get_barriers (self->recorder), ==, 0);
}

static void
test_read_after_write (Fixture *self, gconstpointer data)
{
  add (self, 0, 1, 1);
  add (self, 1, 2, 1); /* barrier */
  add (self, 1, 3, 1); /* none: both only read 1 */
  add (self, 2, 4, 1); /* barrier: 2 was written since */
  finish (self);
  g_assert_cmpuint (compute_vulkan_recorder_get_barriers (self->recorder), ==, 2);
}

static void
test_write_after_read (Fixture *self, gconstpointer data)
{
  add (self, 1, 2, 1);
  add (self, 3, 1, 1); /* barrier */
  finish (self);
  g_assert_cmpuint (compute_vulkan_recorder_get_barriers (self->recorder), ==, 1);
}

/* Two writes to a state, as two appends make. */
static void
test_write_after_write (Fixture *self, gconstpointer data)
{
  add (self, 1, 5, 1);
  add (self, 2, 5, 1); /* barrier */
  finish (self);
  g_assert_cmpuint (compute_vulkan_recorder_get_barriers (self->recorder), ==, 1);
}

/* A barrier in an earlier command buffer of the same queue counts; one that is due does not get lost between them. */
static void
test_split (Fixture *self, gconstpointer data)
{
  double budget = device->traits.submission_budget;

  add (self, 0, 1, 0.7 * budget);
  add (self, 0, 2, 0.7 * budget); /* next command buffer */
  add (self, 1, 3, 0.1 * budget); /* barrier */
  add (self, 1, 4, 3.0 * budget); /* alone in one, though too much */
  add (self, 4, 5, 0.1 * budget); /* next, and a barrier */
  finish (self);
  g_assert_cmpuint (compute_vulkan_recorder_get_commands (self->recorder)->len, ==, 4);
  g_assert_cmpuint (compute_vulkan_recorder_get_barriers (self->recorder), ==, 2);
}

static void
check_groups (Fixture *self, guint items, const guint32 *expected, guint n)
{
  g_autofree guint32 *groups = g_new (guint32, 3 * n);

  compute_vulkan_recorder_count_groups (self->recorder, items, groups);
  for (guint i = 0; i < 3 * n; i++)
    g_assert_cmpuint (groups[i], ==, expected[i]);
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const guint32 one[] = { 3, 5, 1, 7, 2, 1, 7, 0, 1, 3, 5, 1 }, many[] = { 3, 5, 9, 7, 4, 1, 7, 3, 1, 3, 5, 1 };
  ComputeVulkanDispatch rows = {
    .kernel = COMPUTE_VULKAN_APPEND,
    .constants = { 8, 0 },
    .n_constants = 2,
    .output = slice (self, 6),
    .inputs = { { slice (self, 0), VK_FORMAT_R32G32B32A32_SFLOAT } },
    .groups = { .x = 7, .row_count = 25, .rows_per_group = 16, .first_row = 0, .row_limit = 64 },
  };
  ComputeVulkanDispatch shared = rows;

  add (self, 0, 1, 1);
  compute_vulkan_recorder_add (self->recorder, &rows, &error);
  g_assert_no_error (error);
  /* The rows after the first 64: none with one item, 9 * 25 - 64 = 161 with nine, of which it takes 48. */
  rows.groups.first_row = 64;
  rows.groups.row_limit = 48;
  compute_vulkan_recorder_add (self->recorder, &rows, &error);
  g_assert_no_error (error);
  shared.groups = (ComputeVulkanGroups){ .x = 3, .y = 5, .shared = TRUE };
  compute_vulkan_recorder_add (self->recorder, &shared, &error);
  g_assert_no_error (error);
  check_groups (self, 1, one, 4);
  check_groups (self, 9, many, 4);
}

static void
test_too_many_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ComputeVulkanDispatch dispatch = { .kernel = COMPUTE_VULKAN_APPEND, .groups = { .x = 1, .y = 65536 } };

  g_assert_false (compute_vulkan_recorder_add (self->recorder, &dispatch, &error));
  g_assert_error (error, COMPUTE_ERROR, COMPUTE_ERROR_UNSUPPORTED);
}

#define ADD(name, function) g_test_add ("/compute/vulkan/recorder/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  device = compute_vulkan_device_new (0, &error);
  if (g_error_matches (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE))
    return 77;
  g_assert_no_error (error);
  ADD ("independent", test_independent);
  ADD ("read-after-write", test_read_after_write);
  ADD ("write-after-read", test_write_after_read);
  ADD ("write-after-write", test_write_after_write);
  ADD ("split", test_split);
  ADD ("groups", test_groups);
  ADD ("too-many-groups", test_too_many_groups);
  result = g_test_run ();
  compute_vulkan_device_free (device);
  return result;
}
