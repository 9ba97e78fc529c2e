/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-file.h"
#include "library-store.h"

G_BEGIN_DECLS

typedef enum
{
  LIBRARY_PHOTO_GONE = 1 << 0, /* its file is gone; kept because it may come back or turn up elsewhere */
} LibraryPhotoFlags;

/* Where a caption that is not empty is from; none of these: a person wrote it. */
typedef enum
{
  LIBRARY_CAPTION_FROM_FILE = 1 << 0, /* read from the picture file */
  LIBRARY_CAPTION_ALT_TEXT = 1 << 1,  /* … where it was said to be a text for those who cannot see it */
} LibraryCaptionFlags;

/* One photograph as the store has it. */
typedef struct
{
  LibraryPhotoId id;
  guint32 flags;
  guint32 root;
  LibraryIdentity identity;
  guint64 hash[2];
  guint32 width, height;
  gint64 taken; /* as the metadata says; 0 if it does not */
  char *format;
  char *path; /* absolute, bytes as the file system has them */
  char *caption;
  guint32 caption_flags;
  char *title, *camera; /* "": none */
  gint32 rating;        /* 1 to 5, 0 none, -1 rejected */
  GStrv keywords;       /* NULL: none */
} LibraryPhotoRecord;

void library_photo_record_free (LibraryPhotoRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryPhotoRecord, library_photo_record_free)

LibraryPhotoRecord *library_photo_record_copy (const LibraryPhotoRecord *record);

/* Bytes of the record and back; decoding gives NULL for what is no sound record.  A record of version 1 lacks what came later:
 * no title, no camera, no rating, no keywords. */
GByteArray *library_photo_record_encode (const LibraryPhotoRecord *record);
LibraryPhotoRecord *library_photo_record_decode (LibraryPhotoId id, LibraryReader *reader);
LibraryPhotoRecord *library_photo_record_decode_1 (LibraryPhotoId id, LibraryReader *reader);

/* The caption that the picture file has, NULL or "" for none.  One that a person wrote stays. */
void library_photo_record_set_file_caption (LibraryPhotoRecord *record, const char *caption, gboolean is_alt_text);
/* What else it says of itself; each text may be NULL.  Texts are cut and lists clipped to what a record holds. */
void library_photo_record_set_file_words (LibraryPhotoRecord *record, const char *title, const char *camera, const char *const *keywords, int rating);

/* For the front ends; strings that are not UTF-8 are escaped. */
LibraryPhoto *library_photo_from_record (const LibraryPhotoRecord *record);

/* The date that filters and the order by date use: taken, else the file's time.  Seconds. */
gint64 library_photo_record_get_date (const LibraryPhotoRecord *record);

/* ---- in the store ---- */

/* NULL if there is none. */
LibraryPhotoRecord *library_photo_get (LibraryTxn *txn, LibraryPhotoId id);
/* From a value met in a walk; damage is reported. */
LibraryPhotoRecord *library_photo_from_value (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length);

/* For walks over all photographs: a record up to its caption, in buffers that are used again.  What the record says after that,
 * title and all, is missing. */
typedef struct
{
  LibraryPhotoRecord record;
  GString *texts[3];
} LibraryPhotoGlance;

void library_photo_glance_init (LibraryPhotoGlance *glance);
void library_photo_glance_clear (LibraryPhotoGlance *glance);
/* Valid until the next one.  NULL for a damaged record; damage is reported. */
const LibraryPhotoRecord *library_photo_glance_at (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, LibraryPhotoGlance *glance);

/* The photographs with this path, inode (any device state), content.  Gone ones are among them.
 * (element-type LibraryPhotoRecord) (transfer full) */
GPtrArray *library_photo_find_path (LibraryTxn *txn, const char *path);
GPtrArray *library_photo_find_inode (LibraryTxn *txn, guint64 device, guint64 inode);
GPtrArray *library_photo_find_hash (LibraryTxn *txn, const guint64 hash[2]);

/* Writes the record and what leads to it.  id 0: a new photograph, whose id is then in the record. */
void library_photo_put (LibraryTxn *txn, LibraryPhotoRecord *record);

G_END_DECLS
