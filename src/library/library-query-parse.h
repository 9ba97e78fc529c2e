/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* library_query_parse() has a file of its own; it is declared with the query. */
#include "library-query.h"
