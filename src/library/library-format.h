/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the library keeps: one LMDB environment (data.mdb, lock.mdb) of named tables.
 *
 * | table    | key                                    | value                                                        |
 * | -------- | -------------------------------------- | ------------------------------------------------------------ |
 * | meta     | name                                   | record META: u64 number, bytes text                          |
 * | roots    | u32 root                               | record ROOT: u32 flags, u64 device, u64 inode, bytes path    |
 * | photos   | u64 photo                              | record PHOTO, see below                                      |
 * | by-path  | 16 bytes: XXH3-128 of the path         | u64 photo, several (sorted duplicates)                       |
 * | by-inode | u64 device, u64 inode                  | u64 photo, several                                           |
 * | by-hash  | 16 bytes: content hash                 | u64 photo, several                                           |
 * | problems | 16 bytes: XXH3-128 of the path         | record PROBLEM, see below                                    |
 * | attempts | 16 bytes: XXH3-128 of the path         | record ATTEMPT, see below                                    |
 * | models   | 16 bytes: XXH3-128 of the folder       | record MODEL: 16 bytes state of the files, 16 bytes fingerprint, bytes path |
 * | usual    | 16 bytes: XXH3-128 of the fingerprint  | record USUAL: u32 revision, u32 dim, bytes fingerprint, fp16 |
 * | spaces   | u32 space                              | record SPACE: 16 bytes vector key, u32 dim, u32 shards, u64 live rows |
 * | vectors  | u32 space, u64 photo                   | record VECTOR: u32 shard, u32 row, u32 dim, dim fp16         |
 * | shards   | u32 space, u32 shard, u8 part 0 (ids)  | record IDS: u32 count, count times u64 photo; 0: a tombstone |
 * | shards   | u32 space, u32 shard, u8 part 1 (rows) | record ROWS: u32 dim, u32 count, u64 0, count x dim fp16     |
 *
 * PHOTO:   u32 flags, u32 root, u64 device, u64 inode, i64 size, i64 mtime in ns, 16 bytes content hash (XXH3-128),
 *          u32 width, u32 height, i64 taken, bytes format, bytes path, bytes caption; since version 2: u32 caption flags,
 *          bytes title, bytes camera, i32 rating, u32 count, count times bytes keyword
 * PROBLEM: u64 device, u64 inode, i64 size, i64 mtime in ns, u32 attempts, bytes reason, bytes detail, bytes path
 * ATTEMPT: u64 device, u64 inode, i64 size, i64 mtime in ns, u32 strikes, u32 begun, bytes path
 *
 * `bytes` is u32 length and that many bytes.  Keys are big-endian, so that they sort; what is in records and halves is
 * little-endian.  A record is
 *
 *     u32 kind and version | u32 length of what follows but the checksum | content | u64 XXH3-64 of all before, seeded
 *                                                                                        with XXH3-64 of the key
 *
 * so a value that is damaged, cut, of another kind or under another key is noticed; readers skip it and say so.
 * The duplicates of the three by- tables carry no checksum: whoever follows them compares with the photo's record.
 *
 * A space holds the embeddings of one vector key: XXH3-128 of (model fingerprint, LIBRARY_PIPELINE_REVISION, precision
 * class).  The vector record of a photo is the truth; shards repeat the halves of up to LIBRARY_SHARD_ROWS photos in one
 * piece, written in the same transaction, for searches to run over.  A photo that leaves gets
 * its id in the shard set to 0, one whose content changed gets a new row; only compaction moves rows.
 */

#define LIBRARY_FORMAT_VERSION 1u

/* Raise it when decoding or resizing changes what an embedding means: all vectors are then made anew. */
#define LIBRARY_PIPELINE_REVISION 1u

#define LIBRARY_SHARD_ROWS 1024u
#define LIBRARY_MAX_DIM 8192u
#define LIBRARY_MAX_PATH_BYTES 65536u
#define LIBRARY_HASH_BYTES 16u
#define LIBRARY_MAX_KEY_BYTES 64u

typedef enum
{
  LIBRARY_TABLE_META,
  LIBRARY_TABLE_ROOTS,
  LIBRARY_TABLE_PHOTOS,
  LIBRARY_TABLE_BY_PATH,
  LIBRARY_TABLE_BY_INODE,
  LIBRARY_TABLE_BY_HASH,
  LIBRARY_TABLE_PROBLEMS,
  LIBRARY_TABLE_MODELS,
  LIBRARY_TABLE_USUAL,
  LIBRARY_TABLE_SPACES,
  LIBRARY_TABLE_VECTORS,
  LIBRARY_TABLE_SHARDS,
  LIBRARY_TABLE_ATTEMPTS,
  LIBRARY_N_TABLES,
} LibraryTable;

const char *library_table_name (LibraryTable table);
/* TRUE for tables whose keys have several values. */
gboolean library_table_has_duplicates (LibraryTable table);

/* Kind in the upper, version in the lower half. */
typedef enum
{
  LIBRARY_RECORD_META = 0x4d450001,
  LIBRARY_RECORD_ROOT = 0x524f0001,
  LIBRARY_RECORD_PHOTO = 0x50480002,
  LIBRARY_RECORD_PHOTO_1 = 0x50480001, /* still read */
  LIBRARY_RECORD_PROBLEM = 0x50520001,
  LIBRARY_RECORD_MODEL = 0x4d4f0001,
  LIBRARY_RECORD_USUAL = 0x55530001,
  LIBRARY_RECORD_SPACE = 0x53500001,
  LIBRARY_RECORD_VECTOR = 0x56450001,
  LIBRARY_RECORD_IDS = 0x49440001,
  LIBRARY_RECORD_ROWS = 0x524f5701,
  LIBRARY_RECORD_ATTEMPT = 0x41540001,
} LibraryRecordKind;

#define LIBRARY_RECORD_HEAD 8u
#define LIBRARY_RECORD_TAIL 8u

/* A key under construction. */
typedef struct
{
  guint8 bytes[LIBRARY_MAX_KEY_BYTES];
  gsize length;
} LibraryKey;

LibraryKey library_key_u32 (guint32 value);
LibraryKey library_key_u64 (guint64 value);
LibraryKey library_key_pair (guint64 first, guint64 second);
LibraryKey library_key_hash (const guint64 hash[2]);
/* XXH3-128 of the bytes of a path. */
LibraryKey library_key_path (const char *path);
/* At most LIBRARY_MAX_KEY_BYTES bytes of text. */
LibraryKey library_key_name (const char *name);
LibraryKey library_key_vector (guint32 space, guint64 photo);
LibraryKey library_key_shard (guint32 space, guint32 shard, guint8 part);

guint32 library_get_be32 (const guint8 *at);
guint64 library_get_be64 (const guint8 *at);

/* ---- writing ---- */

/* Starts a record; the library_put_ functions append to it, library_record_seal() completes it. */
GByteArray *library_record_begin (LibraryRecordKind kind);
void library_put_u32 (GByteArray *record, guint32 value);
void library_put_u64 (GByteArray *record, guint64 value);
void library_put_raw (GByteArray *record, gconstpointer bytes, gsize length);
/* With its length; NULL is the same as "". */
void library_put_text (GByteArray *record, const char *text);
void library_record_seal (GByteArray *record, const LibraryKey *key);

/* ---- reading ---- */

/* Walks the content of a record.  Reading past the end gives zeros and sets `bad`, so checks may wait until the end. */
typedef struct
{
  const guint8 *at;
  gsize left;
  gboolean bad;
} LibraryReader;

/* FALSE if the value is no whole record of this kind under this key. */
gboolean library_record_open (const guint8 *value, gsize length, LibraryRecordKind kind, const LibraryKey *key, LibraryReader *reader);
/* The same without the checksum: for values whose checksum was verified before. */
gboolean library_record_open_unchecked (const guint8 *value, gsize length, LibraryRecordKind kind, LibraryReader *reader);
/* The checksum that a whole record carries. */
guint64 library_record_checksum (const guint8 *value, gsize length);

guint32 library_read_u32 (LibraryReader *reader);
guint64 library_read_u64 (LibraryReader *reader);
/* The next `length` bytes in place, NULL past the end. */
const guint8 *library_read_raw (LibraryReader *reader, gsize length);
/* Zero-terminated copy of at most `longest` bytes without a zero among them; NULL past the end. */
char *library_read_text (LibraryReader *reader, gsize longest);
/* TRUE if nothing was read past the end and nothing is left over. */
gboolean library_read_end (const LibraryReader *reader);

G_END_DECLS
