/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "library-photo.h"
#include "library-space.h"

/* A folder of its own in a temporary place. */
char *support_make_folder (void);
/* Removes a folder with everything in it, and the name. */
void support_remove (char *folder);
void support_write (const char *folder, const char *name, gconstpointer text, gssize length);

/* A store that must open.  map_size 0: the usual. */
LibraryStore *support_open (const char *folder, gsize map_size);
/* A write that must succeed. */
void support_change (LibraryStore *store, LibraryWriteFunc func, gpointer data);
LibraryTxn *support_begin (LibraryStore *store);
/* Turns one bit of a stored value over. */
void support_damage (LibraryStore *store, LibraryTable table, const LibraryKey *key, gsize byte);
/* Damage is said once a store: the next one to be met is expected. */
void support_expect_damage (void);

/* A photograph that the tests tell from others by its number; id 0. */
LibraryPhotoRecord *support_photo (const char *path, guint64 number);
/* A unit vector. */
void support_unit (GRand *rand, float *out, gsize dim);

/* A fixture: a store in a folder of its own. */
typedef struct
{
  char *folder;
  LibraryStore *store;
} SupportStore;

/* map_size: of the store, as a pointer; NULL: the usual. */
void support_store_set_up (SupportStore *self, gconstpointer map_size);
void support_store_tear_down (SupportStore *self, gconstpointer map_size);
void support_store_reopen (SupportStore *self);
