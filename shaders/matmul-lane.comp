// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix product for processors that pretend to be GPUs: a workgroup is one subgroup, a lane owns eight columns (a quad
// in each of two panels) of ROWS rows.  Inputs are loaded once per subgroup and handed round by shuffles; no shared
// memory, no barriers; texel fetches, because there they are plain vector gathers.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "include/matmul.glsl"

layout(constant_id = 5) const uint ROWS = 16;

const uint LANES = gl_WorkGroupSize.x;
const uint LOADS = ROWS / LANES;

void main() {
  uint lane = gl_SubgroupInvocationID;
  uint count = row_count();
  uint first = push.first_row + gl_WorkGroupID.y * ROWS;
  int left = int(gl_WorkGroupID.x * 2 * push.depth * LANES + lane);
  int right = left + int(push.depth * LANES);
  int inputs[LOADS];
  vec4 left_sum[ROWS];
  vec4 right_sum[ROWS];

  [[unroll]] for (uint i = 0; i < LOADS; i++)
    inputs[i] = int(min(first + i * LANES + lane, count - 1) * push.input_quads);
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    left_sum[r] = vec4(0);
    right_sum[r] = vec4(0);
  }

  for (uint k = 0; k < push.input_quads; k++) {
    vec4 loaded[LOADS];
    [[unroll]] for (uint i = 0; i < LOADS; i++)
      loaded[i] = texelFetch(input_quads, inputs[i] + int(k));
    vec4 left_weights[4];
    vec4 right_weights[4];
    [[unroll]] for (uint c = 0; c < 4; c++) {
      left_weights[c] = texelFetch(weight_quads, left);
      right_weights[c] = texelFetch(weight_quads, right);
      left += int(LANES);
      right += int(LANES);
    }
    // Rows outside, depth inside: a sum stays in registers for four steps.
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
      [[unroll]] for (uint c = 0; c < 4; c++) {
        float value = subgroupShuffle(loaded[r / LANES][c], r % LANES);
        left_sum[r] += value * left_weights[c];
        right_sum[r] += value * right_weights[c];
      }
    }
  }

  uint quad = gl_WorkGroupID.x * 2 * LANES + lane;
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    if (first + r < count) {
      finish(first + r, quad, left_sum[r]);
      finish(first + r, quad + LANES, right_sum[r]);
    }
  }
}
