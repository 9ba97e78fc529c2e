/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The door of layer 2: OpenCLIP folders, tokenizer, networks: pixels or words in, embeddings out. */
#include "model-error.h"
#include "model-info.h"
#include "model-tokenizer.h"
#include "model-clip.h"
#include "model-embedding.h"
#include "model-device.h"
