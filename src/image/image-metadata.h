/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define IMAGE_METADATA_MAX_TEXT (64u * 1024u)
#define IMAGE_METADATA_MAX_KEYWORDS 256u
#define IMAGE_METADATA_MAX_KEYWORD 256u
#define IMAGE_METADATA_MAX_PACKED (1024u * 1024u)

/* What people and their programs wrote into a file.  All text is valid UTF-8 without control characters, trimmed, and of at
 * most IMAGE_METADATA_MAX_TEXT bytes; NULL where there is none. */
typedef struct
{
  char *camera; /* "Canon EOS 5D" */
  char *title;
  char *caption;
  gboolean caption_is_alt_text; /* the caption was written as a description for those who cannot see the picture */
  GStrv keywords;               /* each once, in the file's order; NULL for none */
  int rating;                   /* -1 (rejected) to 5; 0: not rated */

  /* Of a PNG file in the desktop's shared thumbnail folder: what it is a picture of. */
  char *thumbnail_uri;
  gint64 thumbnail_mtime; /* seconds since 1970; 0 if not told */
} ImageMetadata;

void image_metadata_free (ImageMetadata *metadata);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageMetadata, image_metadata_free)

/* Text of at most `most` bytes out of anything: bytes that are no UTF-8 are taken for Latin-1, control characters for spaces,
 * all after a zero for nothing.  NULL if nothing is left. */
char *image_metadata_clean (const char *bytes, gsize length, gsize most);

/* The form that crosses the worker protocol; never larger than IMAGE_METADATA_MAX_PACKED if the texts keep their limits. */
GBytes *image_metadata_pack (const ImageMetadata *metadata);

/* The other way round; NULL if anything about it is not as image_metadata_pack() makes it. */
ImageMetadata *image_metadata_unpack (const guint8 *data, gsize length);

G_END_DECLS
