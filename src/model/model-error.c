/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-error.h"

G_DEFINE_QUARK (eidetic_model_error_quark, model_error)
