// SPDX-License-Identifier: GPL-3.0-or-later
layout(constant_id = 2) const uint ACTIVATION = 0; // ComputeActivation: none, GELU, quick GELU

// erf(x) = x P(x^2) / Q(x^2) on |x| <= 3.92, 1 beyond: a minimax fit of our own (error 1.4e-9 before rounding, below
// 4e-7 in f32).
vec4 erf4(vec4 value) {
  vec4 x = clamp(value, -3.92, 3.92);
  vec4 t = x * x;
  vec4 p = vec4(-1.3337579929384447e-08);
  p = p * t + 4.718120180768892e-06;
  p = p * t + 0.0003803822328336537;
  p = p * t + 0.0038323793560266495;
  p = p * t + 0.054278500378131866;
  p = p * t + 0.1847003549337387;
  p = p * t + 1.128379225730896;
  vec4 q = vec4(6.342200504150242e-05);
  q = q * t + 0.0013050438137724996;
  q = q * t + 0.015430985949933529;
  q = q * t + 0.11377548426389694;
  q = q * t + 0.4970199465751648;
  q = q * t + 1.0;
  return x * p / q;
}

vec4 activate(vec4 x) {
  if (ACTIVATION == 1)
    return 0.5 * x * (1.0 + erf4(x * 0.70710678118654752));
  if (ACTIVATION == 2)
    return x / (1.0 + exp(-1.702 * x));
  return x;
}
