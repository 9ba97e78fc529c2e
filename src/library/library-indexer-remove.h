/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* library_indexer_remove_gone(): the end of a run. */
#include "library-indexer-private.h"
