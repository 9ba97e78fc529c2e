// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of RGB pixels to rows of (channel, row, column), normalised: an invocation makes a quad.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "include/control.glsl"
#include "include/output.glsl"

layout(binding = 2) uniform usamplerBuffer pixels;

layout(push_constant) uniform Push {
  vec4 mean; // by channel
  vec4 deviation;
  uint side;
  uint patch_side;
  uint item_bytes;
  uint columns;
  uint quads;
} push;

void main() {
  uint quad = gl_GlobalInvocationID.x;
  if (quad >= push.quads)
    return;
  uint cell = gl_WorkGroupID.y;
  uint item = gl_WorkGroupID.z;
  uint grid = push.side / push.patch_side;
  uint area = push.patch_side * push.patch_side;
  vec4 values = vec4(0);

  for (uint c = 0; c < 4; c++) {
    uint column = quad * 4 + c;
    if (column < push.columns) {
      uint channel = column / area;
      uint y = cell / grid * push.patch_side + column % area / push.patch_side;
      uint x = cell % grid * push.patch_side + column % push.patch_side;
      float value = float(texelFetch(pixels, int(item * push.item_bytes + (y * push.side + x) * 3 + channel)).x);
      values[c] = (value / 255.0 - push.mean[channel]) / push.deviation[channel];
    }
  }
  store_quad((item * grid * grid + cell) * push.quads + quad, values);
}
