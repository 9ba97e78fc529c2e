/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What every target defines: eats any bytes without crashing, reading beyond them or taking for ever.  libFuzzer's name. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A folder for targets whose parser reads files; the same for the life of the process, gone with it. */
const char *fuzz_folder (void);
/* Writes a file of that name in it. */
void fuzz_write (const char *name, const guint8 *data, gsize size);
