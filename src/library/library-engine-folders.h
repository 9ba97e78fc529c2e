/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The folders of the library as the front ends see them, and following them. */
#include "library-engine-private.h"
