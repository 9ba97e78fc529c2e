// SPDX-License-Identifier: GPL-3.0-or-later
// What both matmul kernels share: activation(input W + bias) + residual.
// Weights: panels of WIDTH columns, [panel][depth][WIDTH]; depth and panels padded with zeros.
#include "control.glsl"
#include "output.glsl"
#include "activation.glsl"

layout(constant_id = 3) const bool BIAS = false;
layout(constant_id = 4) const bool RESIDUAL = false;

layout(binding = 2) uniform samplerBuffer input_quads;
layout(binding = 3) uniform samplerBuffer weight_quads;
layout(binding = 4) uniform samplerBuffer bias_quads;
layout(binding = 5) uniform samplerBuffer residual_quads;

layout(push_constant) uniform Push {
  uint rows;         // of one item
  uint is_shared;    // one item whatever the run says
  uint first_row;    // of this dispatch
  uint input_quads;  // quads of an input row
  uint output_quads; // quads of an output row
  uint depth;        // padded rows of a panel
} push;

uint row_count() {
  return push.is_shared != 0 ? push.rows : push.rows * uint(control.items);
}

void finish(uint row, uint quad, vec4 sum) {
  if (quad >= push.output_quads)
    return;
  uint at = row * push.output_quads + quad;
  if (BIAS)
    sum += texelFetch(bias_quads, int(quad));
  sum = activate(sum);
  if (RESIDUAL)
    sum += texelFetch(residual_quads, int(at));
  store_quad(at, sum);
}
