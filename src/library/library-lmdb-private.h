/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file of LMDB 0.9 (data version 1) as this machine's LMDB writes it: what its own header does not tell. */

#define LMDB_MAGIC 0xBEEFC0DEu
#define LMDB_DATA_VERSION 1u
#define LMDB_PAGE_HEAD 16u
#define LMDB_NODE_HEAD 8u
#define LMDB_MAX_KEY 511u
#define LMDB_MAX_DEPTH 32u

/* Flags of a page, and of a node in a leaf. */
enum
{
  LMDB_BRANCH = 0x01,
  LMDB_LEAF = 0x02,
  LMDB_OVERFLOW = 0x04,
  LMDB_META = 0x08,
  LMDB_LEAF2 = 0x20, /* keys of one length without nodes */
  LMDB_SUBPAGE = 0x40,
};
enum
{
  LMDB_BIGDATA = 0x01, /* the value is on pages of its own */
  LMDB_SUBDATA = 0x02, /* the value is an LmdbTable */
  LMDB_DUPDATA = 0x04, /* the value is a page or a table of duplicates */
};

typedef struct
{
  guint32 pad; /* of the free table: the size of a page; of duplicates: the length of each */
  guint16 flags, depth;
  size_t branches, leaves, overflows, entries, root;
} LmdbTable;

/* What the two first pages have behind their page head. */
typedef struct
{
  guint32 magic, version;
  void *address;
  size_t map_size;
  LmdbTable tables[2]; /* the free one and the main one */
  size_t last_page;
  size_t txn;
} LmdbHead;

typedef struct
{
  size_t number;
  guint16 pad; /* of LEAF2: the length of a key */
  guint16 flags;
  union
  {
    struct
    {
      guint16 lower, upper;
    } free;
    guint32 pages; /* of OVERFLOW */
  } u;
} LmdbPage;

G_END_DECLS
