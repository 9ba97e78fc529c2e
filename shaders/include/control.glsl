// SPDX-License-Identifier: GPL-3.0-or-later
// The workgroup's size is specialisation constant 0 of every kernel.  It must be declared before anything mentions
// gl_WorkGroupSize: the compiler silently takes it for 1 until then.
layout(local_size_x_id = 0) in;

// What a run says: how many items are in use, then the run-time integers in their order.
layout(binding = 1) readonly buffer Control {
  int items;
  int integers[];
} control;
