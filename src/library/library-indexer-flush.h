/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* library_indexer_flush(): what was decoded becomes embeddings and records. */
#include "library-indexer-private.h"
