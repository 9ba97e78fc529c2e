// SPDX-License-Identifier: GPL-3.0-or-later
// softmax(q k^T / sqrt(width) + mask) v for one item, one head and a block of queries, an invocation a query.  Softmax goes
// along ("online"): four keys at a time, sums rescaled when the maximum moves.  With STAGED the workgroup keeps a block of
// keys and values in shared memory; without, every invocation fetches them, which is faster where shared memory is a loop.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "include/control.glsl"
#include "include/output.glsl"

layout(constant_id = 2) const uint QUADS = 16;      // of a head's width, rounded up
layout(constant_id = 3) const uint TAIL = 4;        // columns in its last quad
layout(constant_id = 4) const bool ALIGNED = true;  // heads begin and end at quads; else the buffers are of scalars
layout(constant_id = 5) const bool CAUSAL = false;
layout(constant_id = 6) const bool HIDING = false;  // some keys are hidden by `visible`
layout(constant_id = 7) const bool STAGED = false;
layout(constant_id = 8) const uint BLOCK = 4;       // keys staged at once; a multiple of 4

layout(binding = 0) writeonly buffer ScalarOutput { float values[]; } scalar_output;
layout(binding = 2) uniform samplerBuffer queries;
layout(binding = 3) uniform samplerBuffer keys;
layout(binding = 4) uniform samplerBuffer values;
layout(binding = 5) uniform isamplerBuffer visible;

// Counted in texels: quads if ALIGNED, else scalars.
struct View {
  uint column; // where head 0 begins
  uint row;    // from row to row
  uint item;   // from item to item; 0 if shared
};

layout(push_constant) uniform Push {
  View query;
  View key;
  View value;
  uint query_rows;
  uint key_rows;
  uint head;         // texels from head to head
  uint output_row;   // texels of a row of the result
  int position;      // which integer, or -1
  int keys_in_use;   // which integer, or -1
  uint visible_item; // from item to item; 0 if shared
  float scale;
} push;

const float LOWEST = -3.0e38;

shared vec4 staged_keys[STAGED ? BLOCK * QUADS : 1];
shared vec4 staged_values[STAGED ? BLOCK * QUADS : 1];

uint start_of(View view, uint row) {
  return gl_WorkGroupID.z * view.item + row * view.row + view.column + gl_WorkGroupID.y * push.head;
}

// Without loops that might stay loops: some drivers stop an invocation after 65,535 iterations of all loops together.
vec4 fetch(samplerBuffer texels, uint start, uint quad) {
  if (ALIGNED)
    return texelFetch(texels, int(start + quad));
  uint count = quad + 1 == QUADS ? TAIL : 4;
  vec4 result;
  [[unroll]] for (uint c = 0; c < 4; c++)
    result[c] = c < count ? texelFetch(texels, int(start + quad * 4 + min(c, count - 1))).x : 0.0;
  return result;
}

// Rows beyond the last are read as the last one: they are masked, but must be real numbers.
void stage(uint first, uint last) {
  barrier();
  for (uint i = gl_LocalInvocationID.x; i < BLOCK * QUADS; i += gl_WorkGroupSize.x) {
    uint row = min(first + i / QUADS, last);
    staged_keys[i] = fetch(keys, start_of(push.key, row), i % QUADS);
    staged_values[i] = fetch(values, start_of(push.value, row), i % QUADS);
  }
  barrier();
}

int integer_or(int which, int fallback) {
  return which < 0 ? fallback : control.integers[which];
}

void main() {
  uint row = gl_GlobalInvocationID.x;
  bool exists = row < push.query_rows;
  uint block_end = min((gl_WorkGroupID.x + 1) * gl_WorkGroupSize.x, push.query_rows);
  int in_use = clamp(integer_or(push.keys_in_use, int(push.key_rows)), 0, int(push.key_rows));
  int position = integer_or(push.position, 0);
  int mine = in_use;      // keys that this query sees
  int all_of_us = in_use; // keys that some query of the workgroup sees
  vec4 query[QUADS];
  vec4 sums[QUADS];
  float most = LOWEST;
  float total = 0;

  if (CAUSAL) {
    // Beyond key_rows nothing changes; the clamp keeps wild positions from overflowing.
    position = clamp(position, -int(push.query_rows), int(push.key_rows));
    mine = clamp(position + int(row) + 1, 0, in_use);
    all_of_us = clamp(position + int(block_end), 0, in_use);
  }
  uint query_start = start_of(push.query, min(row, push.query_rows - 1));
  [[unroll]] for (uint q = 0; q < QUADS; q++) {
    query[q] = fetch(queries, query_start, q) * push.scale;
    sums[q] = vec4(0);
  }

  for (int first = 0; first < all_of_us; first += 4) {
    uint staged = uint(first) % BLOCK * QUADS;
    uint last = uint(all_of_us - 1);
    uvec4 rows = min(uvec4(first) + uvec4(0, 1, 2, 3), uvec4(last));
    vec4 scores = vec4(0);

    if (STAGED && uint(first) % BLOCK == 0)
      stage(uint(first), last);
    for (uint j = 0; j < 4; j++) {
      uint start = start_of(push.key, rows[j]);
      vec4 products = vec4(0);
      [[unroll]] for (uint q = 0; q < QUADS; q++)
        products += query[q] * (STAGED ? staged_keys[staged + j * QUADS + q] : fetch(keys, start, q));
      scores[j] = dot(products, vec4(1));
    }

    bvec4 seen = lessThan(ivec4(first) + ivec4(0, 1, 2, 3), ivec4(mine));
    if (HIDING) {
      [[unroll]] for (uint j = 0; j < 4; j++)
        seen[j] = seen[j] && texelFetch(visible, int(gl_WorkGroupID.z * push.visible_item + rows[j])).x != 0;
    }
    scores = mix(vec4(LOWEST), scores, seen);
    float highest = max(most, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    float keep = exp(most - highest);
    vec4 weights = mix(vec4(0), exp(scores - highest), seen);
    most = highest;
    total = total * keep + dot(weights, vec4(1));
    [[unroll]] for (uint q = 0; q < QUADS; q++)
      sums[q] *= keep;
    for (uint j = 0; j < 4; j++) {
      uint start = start_of(push.value, rows[j]);
      [[unroll]] for (uint q = 0; q < QUADS; q++)
        sums[q] += weights[j] * (STAGED ? staged_values[staged + j * QUADS + q] : fetch(values, start, q));
    }
  }

  if (!exists)
    return;
  float share = total > 0 ? 1.0 / total : 0; // all keys hidden: zero
  uint at = (gl_WorkGroupID.z * push.query_rows + row) * push.output_row + gl_WorkGroupID.y * push.head;
  if (ALIGNED) {
    [[unroll]] for (uint q = 0; q < QUADS; q++)
      store_quad(at + q, sums[q] * share);
  } else {
    [[unroll]] for (uint q = 0; q < QUADS; q++)
      [[unroll]] for (uint c = 0; c < 4; c++)
        if (q + 1 < QUADS || c < TAIL)
          scalar_output.values[at + q * 4 + c] = sums[q][c] * share;
    if (gl_WorkGroupID.y + 1 == gl_NumWorkGroups.y)
      for (uint i = gl_NumWorkGroups.y * push.head; i < push.output_row; i++)
        scalar_output.values[(gl_WorkGroupID.z * push.query_rows + row) * push.output_row + i] = 0;
  }
}
