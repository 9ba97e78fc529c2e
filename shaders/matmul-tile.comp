// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix product for GPUs: a workgroup computes TILE x TILE results from blocks of DEPTH in shared memory, a thread 8 x 8
// of them (rows in two runs of four, columns in two quads); the next block is on its way while this one is multiplied.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "include/matmul.glsl"

layout(constant_id = 5) const uint TILE = 64;

const uint DEPTH = 16;
const uint WIDTH = 64; // of a weight panel
const uint QUADS = TILE / 4;
const uint SIDE = TILE / 8; // threads along each side
const uint THREADS = SIDE * SIDE;
const uint LOADS = DEPTH * QUADS / THREADS;

// [depth][quad]: a quad holds four rows of the input, four columns of the weights.  The odd stride spreads the transposed
// stores over the banks.
const uint STRIDE = QUADS + 1;
shared vec4 input_block[DEPTH * STRIDE];
shared vec4 weight_block[DEPTH * QUADS];

vec4 load_input(uint first_row, uint last_row, uint load, uint block) {
  uint row = load / (DEPTH / 4);
  uint quad = block * (DEPTH / 4) + load % (DEPTH / 4);
  // Beyond the last quad the weights are zero: any finite value will do.
  return texelFetch(input_quads, int(min(first_row + row, last_row) * push.input_quads + min(quad, push.input_quads - 1)));
}

void store_input(uint load, vec4 value) {
  uint row = load / (DEPTH / 4);
  uint k = load % (DEPTH / 4) * 4;
  [[unroll]] for (uint c = 0; c < 4; c++)
    input_block[(k + c) * STRIDE + row / 4][row % 4] = value[c];
}

vec4 load_weight(uint load, uint block) {
  uint k = block * DEPTH + load / QUADS;
  uint quad = gl_WorkGroupID.x * QUADS + load % QUADS;
  return texelFetch(weight_quads, int((quad / (WIDTH / 4) * push.depth + k) * (WIDTH / 4) + quad % (WIDTH / 4)));
}

void main() {
  uint self = gl_LocalInvocationID.x;
  uint count = row_count();
  uint first = push.first_row + gl_WorkGroupID.y * TILE;
  uint column = self % SIDE;
  uint row = self / SIDE;
  uint blocks = push.depth / DEPTH;
  vec4 next_input[LOADS];
  vec4 next_weight[LOADS];
  vec4 sums[16]; // [row][quad]

  [[unroll]] for (uint i = 0; i < 16; i++)
    sums[i] = vec4(0);
  [[unroll]] for (uint i = 0; i < LOADS; i++) {
    next_input[i] = load_input(first, count - 1, self + i * THREADS, 0);
    next_weight[i] = load_weight(self + i * THREADS, 0);
  }

  for (uint block = 0; block < blocks; block++) {
    barrier(); // the previous block has been used
    [[unroll]] for (uint i = 0; i < LOADS; i++) {
      store_input(self + i * THREADS, next_input[i]);
      weight_block[self + i * THREADS] = next_weight[i];
    }
    barrier();
    if (block + 1 < blocks) {
      [[unroll]] for (uint i = 0; i < LOADS; i++) {
        next_input[i] = load_input(first, count - 1, self + i * THREADS, block + 1);
        next_weight[i] = load_weight(self + i * THREADS, block + 1);
      }
    }
    for (uint k = 0; k < DEPTH; k++) {
      vec4 upper = input_block[k * STRIDE + row];
      vec4 lower = input_block[k * STRIDE + SIDE + row];
      vec4 left = weight_block[k * QUADS + column];
      vec4 right = weight_block[k * QUADS + SIDE + column];
      [[unroll]] for (uint r = 0; r < 4; r++) {
        sums[2 * r] += upper[r] * left;
        sums[2 * r + 1] += upper[r] * right;
        sums[8 + 2 * r] += lower[r] * left;
        sums[8 + 2 * r + 1] += lower[r] * right;
      }
    }
  }

  uint quad = gl_WorkGroupID.x * QUADS + column;
  [[unroll]] for (uint i = 0; i < 8; i++) {
    uint at = first + i / 4 * (TILE / 2) + row * 4 + i % 4;
    if (at < count) {
      finish(at, quad, sums[2 * i]);
      finish(at, quad + SIDE, sums[2 * i + 1]);
    }
  }
}
