/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Embeddings and token ids without the library. */
#include "library-engine-choice.h"
