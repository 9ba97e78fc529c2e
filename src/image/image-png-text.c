/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-png-text.h"

#include <string.h>

#include "image-metadata.h"

#define MAX_CHUNKS 4096

static gsize
big32 (const guint8 *p)
{
  return (gsize) p[0] << 24 | (gsize) p[1] << 16 | (gsize) p[2] << 8 | p[3];
}

/* Moves behind the next zero; FALSE if there is none. */
static gboolean
skip_word (const guint8 **at, const guint8 *end)
{
  const guint8 *zero = *at < end ? memchr (*at, 0, (gsize) (end - *at)) : NULL;

  if (zero == NULL)
    return FALSE;
  *at = zero + 1;
  return TRUE;
}

/* What follows the keyword of an iTXt chunk: compressed?, method, language, the keyword translated, text. */
static gboolean
skip_international (const guint8 **at, const guint8 *end)
{
  if (end - *at < 2 || (*at)[0] != 0)
    return FALSE;
  *at += 2;
  return skip_word (at, end) && skip_word (at, end);
}

static char *
text_of_chunk (const guint8 *chunk, gsize size, gboolean international, const char *keyword)
{
  const guint8 *at = chunk + strlen (keyword) + 1, *end = chunk + size;

  if (size <= strlen (keyword) || memcmp (chunk, keyword, strlen (keyword) + 1) != 0)
    return NULL;
  if (international && !skip_international (&at, end))
    return NULL;
  return image_metadata_clean ((const char *) at, (gsize) (end - at), IMAGE_METADATA_MAX_TEXT);
}

char *
image_png_text (const guint8 *data, gsize length, const char *keyword)
{
  gsize at = 8;

  for (guint n = 0; n < MAX_CHUNKS && at <= length && length - at >= 12; n++)
    {
      gsize size = big32 (data + at);
      gboolean international = memcmp (data + at + 4, "iTXt", 4) == 0;
      char *text = NULL;

      if (size > length - at - 12)
        return NULL;
      if (international || memcmp (data + at + 4, "tEXt", 4) == 0)
        text = text_of_chunk (data + at + 8, size, international, keyword);
      if (text != NULL)
        return text;
      at += 12 + size;
    }
  return NULL;
}
