/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-types.h"

G_DEFINE_QUARK (eidetic_compute_error_quark, compute_error)
