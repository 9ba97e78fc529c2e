/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-error.h"

G_DEFINE_QUARK (eidetic-image-error-quark, image_error)
