// SPDX-License-Identifier: GPL-3.0-or-later
// Copies the rows of the input into a state at a position that the run says.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/control.glsl"
#include "include/output.glsl"

layout(binding = 2) uniform samplerBuffer input_quads;

layout(push_constant) uniform Push {
  uint input_rows;
  uint state_rows;
  uint quads;
  uint position; // which integer
} push;

void main() {
  uint quad = gl_GlobalInvocationID.x;
  if (quad >= push.quads)
    return;
  uint row = gl_WorkGroupID.y;
  uint item = gl_WorkGroupID.z;
  uint position = uint(clamp(control.integers[push.position], 0, int(push.state_rows - push.input_rows)));
  store_quad((item * push.state_rows + position + row) * push.quads + quad,
             texelFetch(input_quads, int((item * push.input_rows + row) * push.quads + quad)));
}
