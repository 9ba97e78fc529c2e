/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The engine's look at itself. */
#include "library-engine-choice.h"
