// SPDX-License-Identifier: GPL-3.0-or-later
// The sum over a workgroup, known to all of it.  With LANE the workgroup is one subgroup; without, nothing is asked of the
// device but shared memory.  The including file declares the extension.
#ifdef LANE
float reduce_add(float value) {
  return subgroupAdd(value);
}
#else
shared float reduce_values[128];

float reduce_add(float value) {
  uint self = gl_LocalInvocationID.x;
  barrier(); // the previous sum has been read
  reduce_values[self] = value;
  barrier();
  for (uint half_size = gl_WorkGroupSize.x / 2; half_size > 0; half_size /= 2) {
    if (self < half_size)
      reduce_values[self] += reduce_values[self + half_size];
    barrier();
  }
  return reduce_values[0];
}
#endif
