/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* f32 to f16, to nearest even; beyond its range infinity. */
static inline guint16
compute_vulkan_half (float value)
{
  union
  {
    float value;
    guint32 bits;
  } u = { .value = value }, tiny;
  guint32 sign = u.bits & 0x80000000u;

  u.bits ^= sign;
  if (u.bits >= 0x47800000u) /* 65536 and up, and NaN */
    u.bits = u.bits > 0x7f800000u ? 0x7e00u : 0x7c00u;
  else if (u.bits < 0x38800000u) /* below 2^-14: adding 0.5 puts the digits that are kept at the low end */
    {
      tiny.value = u.value + 0.5f;
      u.bits = tiny.bits - 0x3f000000u;
    }
  else
    u.bits = (u.bits + 0xc8000fffu + ((u.bits >> 13) & 1u)) >> 13;
  return (guint16) (u.bits | sign >> 16);
}

G_END_DECLS
