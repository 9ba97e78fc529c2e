/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-types.h"

G_DEFINE_QUARK (eidetic-library-error-quark, library_error)
