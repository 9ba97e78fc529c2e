/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Searches of the engine: words and pictures become embeddings, embeddings become results. */
#include "library-engine-choice.h"
