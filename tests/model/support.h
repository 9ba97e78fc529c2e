/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* A folder of its own in a temporary place, removed with everything in it by support_remove(). */
char *support_make_folder (void);
void support_remove (char *folder);
void support_write (const char *folder, const char *name, const char *text, gssize length);
void support_copy (const char *from_folder, const char *name, const char *to_folder);
/* tests/golden/NAME with the bundled vocabulary beside it. */
char *support_golden (const char *name);
/* $EIDETIC_DATA_DIR/demo-model/pack */
char *support_pack (void);
char *support_source (const char *path);
