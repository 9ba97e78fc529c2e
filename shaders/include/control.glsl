// SPDX-License-Identifier: GPL-3.0-or-later
// What a run says: how many items are in use, then the run-time integers in their order.
layout(binding = 1) readonly buffer Control {
  int items;
  int integers[];
} control;
