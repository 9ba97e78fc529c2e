/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The door of layer 1a: photographs as files, turned into upright RGB, tensors of bytes and thumbnails. */
#include "image-error.h"
#include "image-worker.h"
