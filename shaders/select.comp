// SPDX-License-Identifier: GPL-3.0-or-later
// One row of each item: the row that `rows` says, or a constant one.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/control.glsl"
#include "include/output.glsl"

layout(constant_id = 2) const bool ROWS = false;

layout(binding = 2) uniform samplerBuffer input_quads;
layout(binding = 3) uniform isamplerBuffer rows;

layout(push_constant) uniform Push {
  uint input_rows;
  uint quads;
  int row;
  uint item_quads; // of the input; 0 if it is shared
  uint row_step;   // of `rows` per item; 0 if it is shared
} push;

void main() {
  uint quad = gl_GlobalInvocationID.x;
  if (quad >= push.quads)
    return;
  uint item = gl_WorkGroupID.z;
  int row = ROWS ? texelFetch(rows, int(item * push.row_step)).x : push.row;
  row = clamp(row, 0, int(push.input_rows) - 1);
  store_quad(item * push.quads + quad, texelFetch(input_quads, int(item * push.item_quads + uint(row) * push.quads + quad)));
}
