/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Transactions are declared with the store that they belong to. */
#include "library-store-private.h"
