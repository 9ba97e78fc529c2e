/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-format.h"

#include "image-worker.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *pixbuf[3];
  const char *extensions; /* between spaces */
} FormatInfo;

static const FormatInfo formats[IMAGE_N_FORMATS] = {
  [IMAGE_FORMAT_UNKNOWN] = { "unknown", { NULL }, "" },
  [IMAGE_FORMAT_JPEG] = { "jpeg", { NULL }, " jpg jpeg jpe jfif mpo " },
  [IMAGE_FORMAT_PNG] = { "png", { "png" }, " png apng " },
  [IMAGE_FORMAT_GIF] = { "gif", { "gif" }, " gif " },
  [IMAGE_FORMAT_BMP] = { "bmp", { "bmp" }, " bmp dib " },
  [IMAGE_FORMAT_TIFF] = { "tiff", { "tiff" }, " tif tiff " },
  [IMAGE_FORMAT_WEBP] = { "webp", { "webp" }, " webp " },
  [IMAGE_FORMAT_HEIF] = { "heif", { "heif/avif", "heif" }, " heic heif hif " },
  [IMAGE_FORMAT_AVIF] = { "avif", { "heif/avif", "avif" }, " avif avifs " },
  [IMAGE_FORMAT_JXL] = { "jxl", { "jxl" }, " jxl " },
  [IMAGE_FORMAT_RAW] = { "raw", { NULL }, " dng nef nrw cr2 cr3 crw arw sr2 srf orf rw2 raf pef srw x3f mrw dcr kdc erf 3fr mef iiq rwl " },
  [IMAGE_FORMAT_JPEG2000] = { "jpeg2000", { NULL }, " jp2 j2k jpf jpx jpm j2c " },
  [IMAGE_FORMAT_PSD] = { "psd", { NULL }, " psd psb " },
  [IMAGE_FORMAT_EXR] = { "exr", { NULL }, " exr " },
  [IMAGE_FORMAT_HDR] = { "hdr", { NULL }, " hdr " },
  [IMAGE_FORMAT_PNM] = { "pnm", { NULL }, " pnm ppm pgm pbm pam pfm " },
  [IMAGE_FORMAT_QOI] = { "qoi", { NULL }, " qoi " },
  [IMAGE_FORMAT_ICO] = { "ico", { NULL }, " ico cur " },
  [IMAGE_FORMAT_XCF] = { "xcf", { NULL }, " xcf " },
  [IMAGE_FORMAT_DDS] = { "dds", { NULL }, " dds " },
  [IMAGE_FORMAT_SVG] = { "svg", { NULL }, " svg svgz " },
  [IMAGE_FORMAT_TGA] = { "tga", { NULL }, " tga icb vda vst " },
};

typedef struct
{
  guint offset;
  guint length;
  const char *bytes;
  ImageFormat format;
} Magic;

/* Of two that both fit, the earlier wins. */
static const Magic magics[] = {
  { 0, 3, "\xff\xd8\xff", IMAGE_FORMAT_JPEG },
  { 0, 8, "\x89PNG\r\n\x1a\n", IMAGE_FORMAT_PNG },
  { 0, 6, "GIF87a", IMAGE_FORMAT_GIF },
  { 0, 6, "GIF89a", IMAGE_FORMAT_GIF },
  { 0, 10, "II*\0\x10\0\0\0CR", IMAGE_FORMAT_RAW },
  { 0, 4, "II*\0", IMAGE_FORMAT_TIFF },
  { 0, 4, "MM\0*", IMAGE_FORMAT_TIFF },
  { 0, 4, "II+\0", IMAGE_FORMAT_TIFF },
  { 0, 4, "MM\0+", IMAGE_FORMAT_TIFF },
  { 0, 2, "\xff\x0a", IMAGE_FORMAT_JXL },
  { 0, 12, "\0\0\0\x0cJXL \r\n\x87\n", IMAGE_FORMAT_JXL },
  { 0, 12, "\0\0\0\x0cjP  \r\n\x87\n", IMAGE_FORMAT_JPEG2000 },
  { 0, 4, "\xff\x4f\xff\x51", IMAGE_FORMAT_JPEG2000 },
  { 0, 4, "IIRO", IMAGE_FORMAT_RAW },
  { 0, 4, "IIRS", IMAGE_FORMAT_RAW },
  { 0, 4, "MMOR", IMAGE_FORMAT_RAW },
  { 0, 4, "IIU\0", IMAGE_FORMAT_RAW },
  { 0, 15, "FUJIFILMCCD-RAW", IMAGE_FORMAT_RAW },
  { 0, 4, "FOVb", IMAGE_FORMAT_RAW },
  { 0, 4, "\0MRM", IMAGE_FORMAT_RAW },
  { 6, 8, "HEAPCCDR", IMAGE_FORMAT_RAW },
  { 0, 4, "8BPS", IMAGE_FORMAT_PSD },
  { 0, 4, "\x76\x2f\x31\x01", IMAGE_FORMAT_EXR },
  { 0, 10, "#?RADIANCE", IMAGE_FORMAT_HDR },
  { 0, 6, "#?RGBE", IMAGE_FORMAT_HDR },
  { 0, 4, "qoif", IMAGE_FORMAT_QOI },
  { 0, 9, "gimp xcf ", IMAGE_FORMAT_XCF },
  { 0, 4, "DDS ", IMAGE_FORMAT_DDS },
  { 0, 4, "<svg", IMAGE_FORMAT_SVG },
  { 0, 13, "<!DOCTYPE svg", IMAGE_FORMAT_SVG },
};

static gboolean
is_brand (const guint8 *brand, const char *const *brands)
{
  for (; *brands != NULL; brands++)
    if (memcmp (brand, *brands, 4) == 0)
      return TRUE;
  return FALSE;
}

/* ISO base media files: the brand says what is inside; "mif1" alone says only "a picture". */
static ImageFormat
sniff_brands (const guint8 *head, gsize length)
{
  static const char *const avif[] = { "avif", "avis", NULL };
  static const char *const heif[] = { "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", NULL };
  gsize box;

  if (length < 16 || memcmp (head + 4, "ftyp", 4) != 0)
    return IMAGE_FORMAT_UNKNOWN;
  if (memcmp (head + 8, "crx ", 4) == 0)
    return IMAGE_FORMAT_RAW;
  if (is_brand (head + 8, avif))
    return IMAGE_FORMAT_AVIF;
  if (!is_brand (head + 8, heif))
    return IMAGE_FORMAT_UNKNOWN;
  box = MIN (length, ((gsize) head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3]));
  for (gsize i = 16; i + 4 <= box; i += 4)
    if (is_brand (head + i, avif))
      return IMAGE_FORMAT_AVIF;
  return IMAGE_FORMAT_HEIF;
}

/* "BM" alone begins too many texts: the size of the second header must be one that exists. */
static gboolean
is_bmp (const guint8 *head, gsize length)
{
  static const guint8 sizes[] = { 12, 16, 40, 52, 56, 64, 108, 124 };

  if (length < 18 || head[0] != 'B' || head[1] != 'M' || head[15] != 0 || head[16] != 0 || head[17] != 0)
    return FALSE;
  return memchr (sizes, head[14], sizeof sizes) != NULL;
}

static gboolean
is_pnm (const guint8 *head, gsize length)
{
  return length >= 3 && head[0] == 'P' && strchr ("1234567Ff", head[1] ? head[1] : ' ') != NULL &&
         (head[2] == '\n' || head[2] == ' ' || head[2] == '\r' || head[2] == '\t');
}

static gboolean
is_ico (const guint8 *head, gsize length)
{
  return length >= 22 && head[0] == 0 && head[1] == 0 && (head[2] == 1 || head[2] == 2) && head[3] == 0 &&
         head[4] != 0 && head[5] == 0 && head[9] == 0;
}

/* An XML document that gets to "<svg" within the head. */
static gboolean
is_svg (const guint8 *head, gsize length)
{
  gsize n = MIN (length, IMAGE_FORMAT_HEAD);

  return n > 5 && memcmp (head, "<?xml", 5) == 0 && memmem (head, n, "<svg", 4) != NULL;
}

ImageFormat
image_format_sniff (const guint8 *head, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (magics); i++)
    {
      const Magic *m = &magics[i];

      if (length >= m->offset + m->length && memcmp (head + m->offset, m->bytes, m->length) == 0)
        return m->format;
    }
  if (length >= 12 && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 8, "WEBP", 4) == 0)
    return IMAGE_FORMAT_WEBP;
  if (is_bmp (head, length))
    return IMAGE_FORMAT_BMP;
  if (is_pnm (head, length))
    return IMAGE_FORMAT_PNM;
  if (is_ico (head, length))
    return IMAGE_FORMAT_ICO;
  if (is_svg (head, length))
    return IMAGE_FORMAT_SVG;
  return sniff_brands (head, length);
}

const char *
image_format_name (ImageFormat format)
{
  return (guint) format < IMAGE_N_FORMATS ? formats[format].name : formats[IMAGE_FORMAT_UNKNOWN].name;
}

const char *const *
image_format_pixbuf_names (ImageFormat format)
{
  if ((guint) format >= IMAGE_N_FORMATS || formats[format].pixbuf[0] == NULL)
    return NULL;
  return formats[format].pixbuf;
}

const char *
image_format_loader_package (ImageFormat format)
{
  switch (format)
    {
    case IMAGE_FORMAT_HEIF:
    case IMAGE_FORMAT_AVIF:
      return "heif-gdk-pixbuf";
    case IMAGE_FORMAT_WEBP:
      return "webp-pixbuf-loader";
    default:
      return NULL;
    }
}

ImageFormat
image_format_from_name (const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *lower = NULL;
  g_autofree char *word = NULL;

  if (dot == NULL || dot == name || strchr (dot, '/') != NULL || strchr (dot, ' ') != NULL || dot[1] == '\0')
    return IMAGE_FORMAT_UNKNOWN;
  lower = g_ascii_strdown (dot + 1, -1);
  word = g_strconcat (" ", lower, " ", NULL);
  for (guint i = 1; i < IMAGE_N_FORMATS; i++)
    if (strstr (formats[i].extensions, word) != NULL)
      return (ImageFormat) i;
  return IMAGE_FORMAT_UNKNOWN;
}

gboolean
image_looks_like_picture (const char *name, const guint8 *head, gsize length)
{
  g_return_val_if_fail (head != NULL || length == 0, FALSE);

  if (image_format_sniff (head, length) != IMAGE_FORMAT_UNKNOWN)
    return TRUE;
  return name != NULL && image_format_from_name (name) == IMAGE_FORMAT_TGA;
}

gboolean
image_name_is_picture (const char *name)
{
  g_return_val_if_fail (name != NULL, FALSE);

  return image_format_from_name (name) != IMAGE_FORMAT_UNKNOWN;
}
