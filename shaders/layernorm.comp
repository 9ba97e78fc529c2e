// SPDX-License-Identifier: GPL-3.0-or-later
// (x - mean) / sqrt(variance + epsilon) * gain + bias: a workgroup a row.  Two passes, the mean first, so that the variance
// of a row far from zero keeps its digits.
#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef LANE
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif
#include "include/control.glsl"
#include "include/output.glsl"
#include "include/reduce.glsl"

layout(binding = 2) uniform samplerBuffer input_quads;
layout(binding = 3) uniform samplerBuffer gain_quads; // zero beyond the columns
layout(binding = 4) uniform samplerBuffer bias_quads;

layout(push_constant) uniform Push {
  uint rows;
  uint columns;
  uint quads;
  float epsilon;
} push;

void main() {
  uint start = (gl_WorkGroupID.z * push.rows + gl_WorkGroupID.y) * push.quads;
  uint self = gl_LocalInvocationID.x;
  uint step_size = gl_WorkGroupSize.x;
  uint padding = push.quads * 4 - push.columns;
  float sum = 0;
  float squares = 0;

  for (uint i = self; i < push.quads; i += step_size)
    sum += dot(texelFetch(input_quads, int(start + i)), vec4(1));
  float mean = reduce_add(sum) / float(push.columns);
  for (uint i = self; i < push.quads; i += step_size) {
    vec4 x = texelFetch(input_quads, int(start + i)) - mean;
    if (i + 1 == push.quads)
      x *= vec4(1, padding < 3 ? 1 : 0, padding < 2 ? 1 : 0, padding < 1 ? 1 : 0);
    squares += dot(x, x);
  }
  float scale = 1.0 / sqrt(reduce_add(squares) / float(push.columns) + push.epsilon);
  for (uint i = self; i < push.quads; i += step_size) {
    vec4 x = (texelFetch(input_quads, int(start + i)) - mean) * scale;
    store_quad(start + i, x * texelFetch(gain_quads, int(i)) + texelFetch(bias_quads, int(i)));
  }
}
