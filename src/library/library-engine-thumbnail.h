/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The engine's thumbnails: memory, files, workers. */
#include "library-engine-private.h"
