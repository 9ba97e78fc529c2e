// SPDX-License-Identifier: GPL-3.0-or-later
// [first?] + body + [last?] rows, plus positions row by row: an invocation makes a quad.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/control.glsl"
#include "include/output.glsl"

layout(constant_id = 2) const bool FIRST = false;
layout(constant_id = 3) const bool LAST = false;
layout(constant_id = 4) const bool POSITIONS = false;

layout(binding = 2) uniform samplerBuffer body_quads;
layout(binding = 3) uniform samplerBuffer first_quads;
layout(binding = 4) uniform samplerBuffer last_quads;
layout(binding = 5) uniform samplerBuffer position_quads;

layout(push_constant) uniform Push {
  uint rows; // of an item of the result
  uint body_rows;
  uint quads;
} push;

void main() {
  uint quad = gl_GlobalInvocationID.x;
  if (quad >= push.quads)
    return;
  uint row = gl_WorkGroupID.y;
  uint item = gl_WorkGroupID.z;
  vec4 value;

  if (FIRST && row == 0)
    value = texelFetch(first_quads, int(quad));
  else if (LAST && row == push.rows - 1)
    value = texelFetch(last_quads, int(quad));
  else
    value = texelFetch(body_quads, int((item * push.body_rows + row - (FIRST ? 1 : 0)) * push.quads + quad));
  if (POSITIONS)
    value += texelFetch(position_quads, int(row * push.quads + quad));
  store_quad((item * push.rows + row) * push.quads + quad, value);
}
