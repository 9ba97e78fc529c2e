/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The engine's lists of photographs and problems. */
#include "library-engine-private.h"
