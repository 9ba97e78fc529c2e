/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-exif.h"

#include <string.h>

#include "image-heif.h"

#define MAX_ENTRIES 1024
#define MAX_CHUNKS 4096
#define MAX_STRIPS 65536

enum
{
  TAG_SUBFILE_TYPE = 0x00fe,
  TAG_WIDTH = 0x0100,
  TAG_HEIGHT = 0x0101,
  TAG_PHOTOMETRIC = 0x0106,
  TAG_STRIP_OFFSETS = 0x0111,
  TAG_ORIENTATION = 0x0112,
  TAG_STRIP_SIZES = 0x0117,
  TAG_DATE = 0x0132,
  TAG_TILE_OFFSETS = 0x0144,
  TAG_TILE_SIZES = 0x0145,
  TAG_SUB_IFDS = 0x014a,
  TAG_EXIF_IFD = 0x8769,
  TAG_DATE_ORIGINAL = 0x9003,
  TAG_DATE_DIGITIZED = 0x9004,
  TAG_DNG_VERSION = 0xc612,
};

enum
{
  PHOTOMETRIC_CFA = 32803,
  PHOTOMETRIC_LINEAR_RAW = 34892,
};

/* A TIFF structure: offsets count from its first byte. */
typedef struct
{
  const guint8 *data;
  gsize length;
  gboolean big_endian;
} Tiff;

typedef struct
{
  guint tag, type;
  guint32 count;
  gsize at; /* where the values lie; they are within the data */
} Entry;

typedef struct
{
  gint64 original, digitized, changed;
} Dates;

typedef struct
{
  gboolean preview, sub_ifds, raw;
  Entry offsets, sizes;
} Page;

static guint32
get16 (const Tiff *tiff, gsize at)
{
  const guint8 *p = tiff->data + at;

  return tiff->big_endian ? (guint32) p[0] << 8 | p[1] : (guint32) p[1] << 8 | p[0];
}

static guint32
get32 (const Tiff *tiff, gsize at)
{
  return tiff->big_endian ? get16 (tiff, at) << 16 | get16 (tiff, at + 2)
                          : get16 (tiff, at + 2) << 16 | get16 (tiff, at);
}

static gsize
size_of_type (guint type)
{
  static const guint8 sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };

  return type < G_N_ELEMENTS (sizes) ? sizes[type] : 0;
}

/* The n-th number of an entry of SHORT or LONG; 0 for anything else. */
static guint32
number (const Tiff *tiff, const Entry *entry, guint32 n)
{
  if (n >= entry->count)
    return 0;
  if (entry->type == 3)
    return get16 (tiff, entry->at + (gsize) n * 2);
  if (entry->type == 4 || entry->type == 13)
    return get32 (tiff, entry->at + (gsize) n * 4);
  return 0;
}

/* FALSE if the entry's values lie outside the data. */
static gboolean
read_entry (const Tiff *tiff, gsize at, Entry *entry)
{
  guint64 size;

  entry->tag = get16 (tiff, at);
  entry->type = get16 (tiff, at + 2);
  entry->count = get32 (tiff, at + 4);
  size = (guint64) size_of_type (entry->type) * entry->count;
  entry->at = size <= 4 ? at + 8 : get32 (tiff, at + 8);
  return size > 0 && entry->at <= tiff->length && size <= tiff->length - entry->at;
}

static gboolean
digits (const guint8 *text, guint n, int *value)
{
  *value = 0;
  for (guint i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      *value = *value * 10 + (text[i] - '0');
    }
  return TRUE;
}

/* "2023:08:17 14:02:59", also with dashes or a T; 0 if it is no date. */
static gint64
parse_date (const Tiff *tiff, const Entry *entry)
{
  const guint8 *t = tiff->data + entry->at;
  int year, month, day, hour, minute, second;
  g_autoptr (GDateTime) date = NULL;

  if (entry->type != 2 || entry->count < 19 || !digits (t, 4, &year) || !digits (t + 5, 2, &month) ||
      !digits (t + 8, 2, &day) || !digits (t + 11, 2, &hour) || !digits (t + 14, 2, &minute) || !digits (t + 17, 2, &second))
    return 0;
  if (year < 1800)
    return 0;
  date = g_date_time_new_utc (year, month, day, hour, minute, second);
  return date != NULL ? g_date_time_to_unix (date) : 0;
}

static void
read_exif_entry (const Tiff *tiff, const Entry *entry, Dates *dates)
{
  if (entry->tag == TAG_DATE_ORIGINAL)
    dates->original = parse_date (tiff, entry);
  else if (entry->tag == TAG_DATE_DIGITIZED)
    dates->digitized = parse_date (tiff, entry);
}

static void
read_main_entry (const Tiff *tiff, const Entry *entry, ImageExif *exif, Dates *dates, Page *page, guint32 *exif_ifd)
{
  guint32 value = number (tiff, entry, 0);

  switch (entry->tag)
    {
    case TAG_ORIENTATION:
      exif->orientation = image_orientation_from_tag (value);
      break;
    case TAG_WIDTH:
      exif->width = value;
      break;
    case TAG_HEIGHT:
      exif->height = value;
      break;
    case TAG_DATE:
      dates->changed = parse_date (tiff, entry);
      break;
    case TAG_EXIF_IFD:
      *exif_ifd = value;
      break;
    case TAG_SUBFILE_TYPE:
      page->preview = (value & 1) != 0;
      break;
    case TAG_SUB_IFDS:
      page->sub_ifds = TRUE;
      break;
    case TAG_DNG_VERSION:
      page->raw = TRUE;
      break;
    case TAG_PHOTOMETRIC:
      if (value == PHOTOMETRIC_CFA || value == PHOTOMETRIC_LINEAR_RAW)
        page->raw = TRUE;
      break;
    case TAG_STRIP_OFFSETS:
    case TAG_TILE_OFFSETS:
      page->offsets = *entry;
      break;
    case TAG_STRIP_SIZES:
    case TAG_TILE_SIZES:
      page->sizes = *entry;
      break;
    default:
      break;
    }
}

/* The number of entries of the directory at `offset` that lie within the data; FALSE if not all do. */
static gboolean
directory (const Tiff *tiff, gsize offset, guint *entries)
{
  gsize fit;

  *entries = 0;
  if (offset < 8 || offset > tiff->length || tiff->length - offset < 2)
    return FALSE;
  *entries = get16 (tiff, offset);
  fit = (tiff->length - offset - 2) / 12;
  if (*entries > fit)
    {
      *entries = (guint) MIN (fit, MAX_ENTRIES);
      return FALSE;
    }
  *entries = MIN (*entries, MAX_ENTRIES);
  return TRUE;
}

static gboolean
strips_reach_past_end (const Tiff *tiff, const Page *page)
{
  guint32 n = MIN (MIN (page->offsets.count, page->sizes.count), MAX_STRIPS);

  for (guint32 i = 0; i < n; i++)
    if ((guint64) number (tiff, &page->offsets, i) + number (tiff, &page->sizes, i) > tiff->length)
      return TRUE;
  return FALSE;
}

/* TIFF, and the raw formats that are TIFF but for the magic number. */
static gboolean
is_tiff (const guint8 *data)
{
  static const char magics[][4] = { { 'I', 'I', '*', 0 }, { 'M', 'M', 0, '*' }, { 'I', 'I', 'R', 'O' }, { 'I', 'I', 'R', 'S' }, { 'M', 'M', 'O', 'R' }, { 'I', 'I', 'U', 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (magics); i++)
    if (memcmp (data, magics[i], 4) == 0)
      return TRUE;
  return FALSE;
}

static void
read_tiff (const guint8 *data, gsize length, ImageExif *exif)
{
  Tiff tiff = { data, length, FALSE };
  Dates dates = { 0 };
  Page page = { 0 };
  Entry entry;
  guint32 exif_ifd = 0;
  guint entries;
  gsize offset;

  if (length < 8 || !is_tiff (data))
    return;
  tiff.big_endian = data[0] == 'M';
  offset = get32 (&tiff, 4);
  exif->is_truncated = !directory (&tiff, offset, &entries);
  for (guint i = 0; i < entries; i++)
    if (read_entry (&tiff, offset + 2 + (gsize) i * 12, &entry))
      read_main_entry (&tiff, &entry, exif, &dates, &page, &exif_ifd);
  directory (&tiff, exif_ifd, &entries);
  for (guint i = 0; i < entries; i++)
    if (read_entry (&tiff, (gsize) exif_ifd + 2 + (gsize) i * 12, &entry))
      read_exif_entry (&tiff, &entry, &dates);
  exif->taken = dates.original ? dates.original : dates.digitized ? dates.digitized
                                                                  : dates.changed;
  exif->is_raw = page.raw || (page.preview && page.sub_ifds);
  exif->is_truncated |= strips_reach_past_end (&tiff, &page);
}

static guint32
big32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static void
read_jpeg (const guint8 *data, gsize length, ImageExif *exif)
{
  gsize at = 2;

  for (guint n = 0; n < MAX_CHUNKS && at + 4 <= length && data[at] == 0xff; n++)
    {
      guint8 marker = data[at + 1];
      gsize size = (gsize) data[at + 2] << 8 | data[at + 3];

      if (marker == 0xff)
        {
          at++;
          continue;
        }
      if (marker == 0xda || marker == 0xd9 || size < 2 || size > length - at - 2)
        return;
      if (marker == 0xe1 && size >= 8 && memcmp (data + at + 4, "Exif\0", 5) == 0)
        {
          read_tiff (data + at + 10, size - 8, exif);
          return;
        }
      at += 2 + size;
    }
}

static void
read_png (const guint8 *data, gsize length, ImageExif *exif)
{
  gsize at = 8;

  for (guint n = 0; n < MAX_CHUNKS && length - at >= 12; n++)
    {
      gsize size = big32 (data + at);

      if (size > length - at - 12)
        return;
      if (memcmp (data + at + 4, "eXIf", 4) == 0)
        {
          read_tiff (data + at + 8, size, exif);
          return;
        }
      at += 12 + size;
    }
}

static void
read_webp (const guint8 *data, gsize length, ImageExif *exif)
{
  gsize at = 12;

  for (guint n = 0; n < MAX_CHUNKS && at <= length && length - at >= 8; n++)
    {
      const guint8 *chunk = data + at;
      gsize size = (gsize) chunk[4] | (gsize) chunk[5] << 8 | (gsize) chunk[6] << 16 | (gsize) chunk[7] << 24;

      if (size > length - at - 8)
        return;
      if (memcmp (chunk, "EXIF", 4) == 0)
        {
          /* Some writers put JPEG's prefix before the TIFF structure. */
          gsize skip = size >= 6 && memcmp (chunk + 8, "Exif\0\0", 6) == 0 ? 6 : 0;

          read_tiff (chunk + 8 + skip, size - skip, exif);
          return;
        }
      at += 8 + size + (size & 1);
    }
}

static void
read_heif (const guint8 *data, gsize length, ImageExif *exif)
{
  ImageHeif heif;

  image_heif_read (data, length, &heif);
  if (heif.exif != NULL)
    read_tiff (heif.exif, heif.exif_size, exif);
}

void
image_exif_read (ImageFormat format, const guint8 *data, gsize length, ImageExif *exif)
{
  *exif = (ImageExif){ .orientation = IMAGE_ORIENTATION_NORMAL };
  if (format == IMAGE_FORMAT_JPEG)
    read_jpeg (data, length, exif);
  else if (format == IMAGE_FORMAT_PNG && length >= 8)
    read_png (data, length, exif);
  else if (format == IMAGE_FORMAT_WEBP)
    read_webp (data, length, exif);
  else if (format == IMAGE_FORMAT_HEIF || format == IMAGE_FORMAT_AVIF)
    read_heif (data, length, exif);
  else if (format == IMAGE_FORMAT_TIFF || format == IMAGE_FORMAT_RAW)
    read_tiff (data, length, exif);
  if (format != IMAGE_FORMAT_TIFF)
    {
      exif->width = exif->height = 0;
      exif->is_raw = exif->is_truncated = FALSE;
    }
}
