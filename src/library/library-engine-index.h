/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Index runs of the engine: a thread of their own, progress coalesced on the caller's context. */
#include "library-engine-choice.h"
