/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-id-set.h"

/* Ids of one block. */
#define BLOCK 2048u

typedef struct
{
  guint64 number; /* first of the block, for the table */
  guint64 bits[BLOCK / 64];
} Block;

struct _LibraryIdSet
{
  GHashTable *blocks; /* of Block by number */
};

LibraryIdSet *
library_id_set_new (void)
{
  LibraryIdSet *self = g_new0 (LibraryIdSet, 1);

  self->blocks = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return self;
}

void
library_id_set_free (LibraryIdSet *self)
{
  g_hash_table_unref (self->blocks);
  g_free (self);
}

void
library_id_set_add (LibraryIdSet *self, LibraryPhotoId id)
{
  guint64 number = id / BLOCK;
  Block *block = g_hash_table_lookup (self->blocks, &number);

  if (block == NULL)
    {
      block = g_new0 (Block, 1);
      block->number = number;
      g_hash_table_insert (self->blocks, &block->number, block);
    }
  block->bits[id % BLOCK / 64] |= G_GUINT64_CONSTANT (1) << id % 64;
}

gboolean
library_id_set_contains (const LibraryIdSet *self, LibraryPhotoId id)
{
  guint64 number = id / BLOCK;
  const Block *block = g_hash_table_lookup (self->blocks, &number);

  return block != NULL && (block->bits[id % BLOCK / 64] >> id % 64 & 1) != 0;
}
