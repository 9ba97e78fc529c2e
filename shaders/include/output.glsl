// SPDX-License-Identifier: GPL-3.0-or-later
// Results are stored by quads, four columns at once, in f16 or f32.  f16 is packed by arithmetic that every device has, so
// no kernel asks for 16-bit storage.
layout(constant_id = 1) const bool OUTPUT_HALF = false;

layout(binding = 0) writeonly buffer HalfOutput { uvec2 quads[]; } half_output;
layout(binding = 0) writeonly buffer FloatOutput { vec4 quads[]; } float_output;

// Values outside the range of f16 saturate: an infinity would turn whole rows into NaN.
void store_quad(uint quad, vec4 value) {
  if (OUTPUT_HALF) {
    vec4 held = clamp(value, -65504.0, 65504.0);
    half_output.quads[quad] = uvec2(packHalf2x16(held.xy), packHalf2x16(held.zw));
  } else {
    float_output.quads[quad] = value;
  }
}
