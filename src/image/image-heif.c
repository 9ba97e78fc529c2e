/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-heif.h"

#include <string.h>

#define MAX_BOXES 4096
#define MAX_ITEMS 4096

/* Bytes that are read from front to back; reading past the end gives zeros and `bad`. */
typedef struct
{
  const guint8 *data;
  gsize length;
  gboolean bad;
} Reader;

typedef struct
{
  char type[4];
  Reader content;
} Box;

/* The numbers of the items that are wanted; 0: there is none. */
typedef struct
{
  guint64 exif, xmp;
} Items;

static const guint8 *
take (Reader *r, gsize n)
{
  const guint8 *at = r->data;

  if (r->bad || n > r->length)
    {
      r->bad = TRUE;
      return NULL;
    }
  r->data += n;
  r->length -= n;
  return at;
}

/* A number of 0 to 8 bytes. */
static guint64
number (Reader *r, guint bytes)
{
  const guint8 *at = take (r, bytes);
  guint64 value = 0;

  for (guint i = 0; at != NULL && i < bytes; i++)
    value = value << 8 | at[i];
  return value;
}

static gboolean
next_box (Reader *r, Box *box)
{
  guint64 size = number (r, 4), head = 8;
  const guint8 *type = take (r, 4);

  if (type == NULL)
    return FALSE;
  memcpy (box->type, type, 4);
  if (size == 1)
    {
      size = number (r, 8);
      head = 16;
    }
  else if (size == 0) /* to the end */
    size = r->length + head;
  if (r->bad || size < head || size - head > r->length)
    return FALSE;
  box->content = (Reader){ r->data, (gsize) (size - head), FALSE };
  take (r, (gsize) (size - head));
  return TRUE;
}

static gboolean
is (const Box *box, const char *type)
{
  return memcmp (box->type, type, 4) == 0;
}

/* The first box of that type. */
static gboolean
find_box (Reader r, const char *type, Box *box)
{
  for (guint n = 0; n < MAX_BOXES && next_box (&r, box); n++)
    if (is (box, type))
      return TRUE;
  return FALSE;
}

/* TRUE if an item entry's type and content type are those of an XMP packet. */
static gboolean
is_xmp (const guint8 *type, Reader *r)
{
  static const char wanted[] = "application/rdf+xml";
  const guint8 *zero;

  if (memcmp (type, "mime", 4) != 0 || r->length == 0)
    return FALSE;
  zero = memchr (r->data, 0, r->length); /* after the item's name */
  if (zero == NULL)
    return FALSE;
  take (r, (gsize) (zero - r->data) + 1);
  return r->length >= sizeof wanted - 1 && memcmp (r->data, wanted, sizeof wanted - 1) == 0;
}

static void
read_item_entry (Reader r, Items *items)
{
  guint version = (guint) number (&r, 1);
  guint64 id;
  const guint8 *type;

  take (&r, 3);
  id = number (&r, version >= 3 ? 4 : 2);
  take (&r, 2);
  type = take (&r, 4);
  if (version < 2 || type == NULL)
    return;
  if (memcmp (type, "Exif", 4) == 0 && items->exif == 0)
    items->exif = id;
  else if (items->xmp == 0 && is_xmp (type, &r))
    items->xmp = id;
}

static void
read_items (Reader r, Items *items)
{
  guint version = (guint) number (&r, 1);
  Box box;

  take (&r, 3);
  number (&r, version == 0 ? 2 : 4);
  for (guint n = 0; n < MAX_ITEMS && next_box (&r, &box); n++)
    if (is (&box, "infe"))
      read_item_entry (box.content, items);
}

/* Where an item lies if it lies in one piece in the file. */
static void
keep_place (guint64 offset, guint64 size, const guint8 *data, gsize length, const guint8 **at, gsize *at_size)
{
  if (size == 0 || offset > length || size > length - offset)
    return;
  *at = data + offset;
  *at_size = (gsize) size;
}

static void
read_places (Reader r, const Items *items, const guint8 *data, gsize length, ImageHeif *heif)
{
  guint version = (guint) number (&r, 1);
  guint sizes, offset_size, length_size, base_size, index_size;
  guint64 count;

  take (&r, 3);
  sizes = (guint) number (&r, 2);
  offset_size = sizes >> 12;
  length_size = sizes >> 8 & 15;
  base_size = sizes >> 4 & 15;
  index_size = version > 0 ? sizes & 15 : 0;
  count = number (&r, version < 2 ? 2 : 4);
  if (version > 2 || offset_size > 8 || length_size > 8 || base_size > 8 || index_size > 8)
    return;
  for (guint64 i = 0; i < MIN (count, MAX_ITEMS) && !r.bad; i++)
    {
      guint64 id = number (&r, version < 2 ? 2 : 4);
      guint64 method = version > 0 ? number (&r, 2) & 15 : 0;
      guint64 base, pieces, offset = 0, size = 0;

      take (&r, 2);
      base = number (&r, base_size);
      pieces = number (&r, 2);
      for (guint64 k = 0; k < pieces && !r.bad; k++)
        {
          take (&r, index_size);
          offset = number (&r, offset_size);
          size = number (&r, length_size);
          if (index_size + offset_size + length_size == 0)
            break;
        }
      if (r.bad || method != 0 || pieces != 1 || id == 0 || offset > G_MAXUINT64 - base)
        continue;
      if (id == items->exif)
        keep_place (base + offset, size, data, length, &heif->exif, &heif->exif_size);
      if (id == items->xmp)
        keep_place (base + offset, size, data, length, &heif->xmp, &heif->xmp_size);
    }
}

static void
read_sizes (Reader properties, ImageHeif *heif)
{
  Box box;

  for (guint n = 0; n < MAX_BOXES && next_box (&properties, &box); n++)
    if (is (&box, "ispe"))
      {
        take (&box.content, 4);
        heif->width = MAX (heif->width, number (&box.content, 4));
        heif->height = MAX (heif->height, number (&box.content, 4));
      }
}

/* The item begins with the distance to its TIFF structure. */
static void
skip_to_tiff (ImageHeif *heif)
{
  Reader r = { heif->exif, heif->exif_size, FALSE };
  guint64 distance = number (&r, 4);

  if (heif->exif != NULL && take (&r, (gsize) distance) != NULL)
    {
      heif->exif = r.data;
      heif->exif_size = r.length;
      return;
    }
  heif->exif = NULL;
  heif->exif_size = 0;
}

void
image_heif_read (const guint8 *data, gsize length, ImageHeif *heif)
{
  Items items = { 0 };
  Reader meta;
  Box box;

  *heif = (ImageHeif){ 0 };
  if (!find_box ((Reader){ data, length, FALSE }, "meta", &box))
    return;
  meta = box.content;
  take (&meta, 4);
  if (find_box (meta, "iprp", &box) && find_box (box.content, "ipco", &box))
    read_sizes (box.content, heif);
  if (find_box (meta, "iinf", &box))
    read_items (box.content, &items);
  if (find_box (meta, "iloc", &box))
    read_places (box.content, &items, data, length, heif);
  skip_to_tiff (heif);
}
