/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-metadata.h"

#include <string.h>

/* Before the texts: each a guint32 of bytes, then the bytes. */
typedef struct
{
  gint32 rating;
  guint32 caption_is_alt_text;
  gint64 thumbnail_mtime;
  guint32 keywords, unused;
} Head;

G_STATIC_ASSERT (sizeof (Head) == 24);

/* What is left to unpack. */
typedef struct
{
  const guint8 *data;
  gsize length;
} Rest;

void
image_metadata_free (ImageMetadata *metadata)
{
  g_free (metadata->camera);
  g_free (metadata->title);
  g_free (metadata->caption);
  g_strfreev (metadata->keywords);
  g_free (metadata->thumbnail_uri);
  g_free (metadata);
}

/* `text` up to the last whole character within `most` bytes. */
static void
cut (char *text, gsize most)
{
  if (strlen (text) <= most)
    return;
  *g_utf8_find_prev_char (text, text + most + 1) = '\0';
}

char *
image_metadata_clean (const char *bytes, gsize length, gsize most)
{
  gsize used = strnlen (bytes, length);
  g_autofree char *text = NULL;

  if (g_utf8_validate (bytes, (gssize) used, NULL))
    text = g_strndup (bytes, used);
  else
    text = g_convert (bytes, (gssize) used, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  if (text == NULL)
    return NULL;
  for (char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      memset (c, ' ', (gsize) (g_utf8_next_char (c) - c));
  g_strchug (text);
  cut (text, most);
  g_strchomp (text);
  return *text != '\0' ? g_steal_pointer (&text) : NULL;
}

static void
put_text (GByteArray *array, const char *text)
{
  guint32 length = text != NULL ? (guint32) strlen (text) : 0;

  g_byte_array_append (array, (const guint8 *) &length, sizeof length);
  g_byte_array_append (array, (const guint8 *) text, length);
}

GBytes *
image_metadata_pack (const ImageMetadata *metadata)
{
  GByteArray *array = g_byte_array_new ();
  const Head head = {
    .rating = metadata->rating,
    .caption_is_alt_text = metadata->caption_is_alt_text != FALSE,
    .thumbnail_mtime = metadata->thumbnail_mtime,
    .keywords = metadata->keywords != NULL ? g_strv_length (metadata->keywords) : 0,
  };

  g_byte_array_append (array, (const guint8 *) &head, sizeof head);
  put_text (array, metadata->camera);
  put_text (array, metadata->title);
  put_text (array, metadata->caption);
  put_text (array, metadata->thumbnail_uri);
  for (guint i = 0; i < head.keywords; i++)
    put_text (array, metadata->keywords[i]);
  return g_byte_array_free_to_bytes (array);
}

static gboolean
is_clean (const char *text, gsize length)
{
  if (!g_utf8_validate (text, (gssize) length, NULL))
    return FALSE;
  for (const char *c = text; c < text + length; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return FALSE;
  return TRUE;
}

/* *text is NULL for an empty one. */
static gboolean
take_text (Rest *rest, gsize most, char **text)
{
  guint32 length;

  if (rest->length < sizeof length)
    return FALSE;
  memcpy (&length, rest->data, sizeof length);
  rest->data += sizeof length;
  rest->length -= sizeof length;
  if (length > rest->length || length > most || !is_clean ((const char *) rest->data, length))
    return FALSE;
  *text = length > 0 ? g_strndup ((const char *) rest->data, length) : NULL;
  rest->data += length;
  rest->length -= length;
  return TRUE;
}

static gboolean
take_keywords (Rest *rest, guint count, ImageMetadata *metadata)
{
  if (count > 0)
    metadata->keywords = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++)
    if (!take_text (rest, IMAGE_METADATA_MAX_KEYWORD, &metadata->keywords[i]) || metadata->keywords[i] == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
is_sound (const Head *head)
{
  return head->rating >= -1 && head->rating <= 5 && head->caption_is_alt_text <= 1 &&
         head->keywords <= IMAGE_METADATA_MAX_KEYWORDS && head->unused == 0;
}

ImageMetadata *
image_metadata_unpack (const guint8 *data, gsize length)
{
  g_autoptr (ImageMetadata) metadata = g_new0 (ImageMetadata, 1);
  Rest rest = { data, length };
  Head head;

  if (length < sizeof head || length > IMAGE_METADATA_MAX_PACKED)
    return NULL;
  memcpy (&head, data, sizeof head);
  rest.data += sizeof head;
  rest.length -= sizeof head;
  if (!is_sound (&head))
    return NULL;
  metadata->rating = head.rating;
  metadata->caption_is_alt_text = head.caption_is_alt_text != 0;
  metadata->thumbnail_mtime = head.thumbnail_mtime;
  if (!take_text (&rest, IMAGE_METADATA_MAX_TEXT, &metadata->camera) ||
      !take_text (&rest, IMAGE_METADATA_MAX_TEXT, &metadata->title) ||
      !take_text (&rest, IMAGE_METADATA_MAX_TEXT, &metadata->caption) ||
      !take_text (&rest, IMAGE_METADATA_MAX_TEXT, &metadata->thumbnail_uri) ||
      !take_keywords (&rest, head.keywords, metadata))
    return NULL;
  return rest.length == 0 ? g_steal_pointer (&metadata) : NULL;
}
