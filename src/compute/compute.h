/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The door of layer 1b: weights once, programs recorded once and replayed, on Vulkan or the CPU. */
#include "compute-types.h"
#include "compute-device.h"
#include "compute-weights.h"
#include "compute-program.h"
