// SPDX-License-Identifier: GPL-3.0-or-later
// x / max(|x|, epsilon): a workgroup a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef LANE
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif
#include "include/control.glsl"
#include "include/output.glsl"
#include "include/reduce.glsl"

layout(binding = 2) uniform samplerBuffer input_quads;

layout(push_constant) uniform Push {
  uint rows;
  uint quads;
  float epsilon;
} push;

void main() {
  uint start = (gl_WorkGroupID.z * push.rows + gl_WorkGroupID.y) * push.quads;
  float squares = 0;

  for (uint i = gl_LocalInvocationID.x; i < push.quads; i += gl_WorkGroupSize.x) {
    vec4 x = texelFetch(input_quads, int(start + i));
    squares += dot(x, x);
  }
  float size = max(sqrt(reduce_add(squares)), push.epsilon);
  for (uint i = gl_LocalInvocationID.x; i < push.quads; i += gl_WorkGroupSize.x)
    store_quad(start + i, texelFetch(input_quads, int(start + i)) / size);
}
