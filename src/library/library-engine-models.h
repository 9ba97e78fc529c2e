/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The engine's list of models, and the choice of one. */
#include "library-engine-choice.h"
