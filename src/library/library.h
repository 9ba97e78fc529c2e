/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The door of layer 3: photographs on disk, what is known of them, and the searches over them. */
#include "library-types.h"
#include "library-query.h"
#include "library-engine.h"
