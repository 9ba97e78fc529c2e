/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What people wrote into files: read, cleaned, carried over the protocol, and never at the cost of the picture. */
#include <string.h>

#include "image-metadata-read.h"
#include "image-png-text.h"
#include "support.h"

#define XMP_HEAD "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>" \
                 "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' "                            \
                 "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:i='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/' "
#define XMP_TAIL "</rdf:Description></rdf:RDF></x:xmpmeta>"

static void
put_segment (GByteArray *array, guint8 marker, gconstpointer name, gsize name_size, gconstpointer data, gsize size)
{
  gsize all = name_size + size + 2;
  const guint8 head[] = { 0xff, marker, (guint8) (all >> 8), (guint8) all };

  g_byte_array_append (array, head, sizeof head);
  g_byte_array_append (array, name, (guint) name_size);
  g_byte_array_append (array, data, (guint) size);
}

/* A photograph with these two segments; either may be NULL. */
static GBytes *
jpeg_with (const char *xmp, GBytes *iptc)
{
  g_autoptr (GBytes) plain = fixture ("420.jpg");
  const guint8 *data = g_bytes_get_data (plain, NULL);
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, data, 2);
  if (xmp != NULL)
    put_segment (array, 0xe1, "http://ns.adobe.com/xap/1.0/", 29, xmp, strlen (xmp));
  if (iptc != NULL)
    put_segment (array, 0xed, "Photoshop 3.0", 14, g_bytes_get_data (iptc, NULL), g_bytes_get_size (iptc));
  g_byte_array_append (array, data + 2, (guint) g_bytes_get_size (plain) - 2);
  return g_byte_array_free_to_bytes (array);
}

/* A resource of Photoshop's with one IPTC record: data set number and text in turn, ending with 0. */
static GBytes *
iptc_with (const char *first, ...)
{
  GByteArray *records = g_byte_array_new (), *array = g_byte_array_new ();
  va_list arguments;
  guint8 size[4];

  va_start (arguments, first);
  for (const char *text = first; text != NULL; text = va_arg (arguments, const char *))
    {
      const guint8 head[] = { 0x1c, 2, (guint8) text[0], 0, (guint8) (strlen (text) - 1) };

      g_byte_array_append (records, head, sizeof head);
      g_byte_array_append (records, (const guint8 *) text + 1, (guint) strlen (text) - 1);
    }
  va_end (arguments);
  size[0] = size[1] = 0;
  size[2] = (guint8) (records->len >> 8);
  size[3] = (guint8) records->len;
  g_byte_array_append (array, (const guint8 *) "8BIM\4\4\0\0", 8);
  g_byte_array_append (array, size, 4);
  g_byte_array_append (array, records->data, records->len);
  if (records->len % 2)
    g_byte_array_append (array, (const guint8 *) "", 1);
  g_byte_array_unref (records);
  return g_byte_array_free_to_bytes (array);
}

static ImageMetadata *
read_metadata (GBytes *file, ImageFormat format)
{
  return image_metadata_read (format, g_bytes_get_data (file, NULL), g_bytes_get_size (file));
}

static void
test_xmp (void)
{
  g_autoptr (GBytes) file = jpeg_with (XMP_HEAD "xmp:Rating='4'>"
                                                "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li> a, b </rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>"
                                                "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Über &amp; out</rdf:li></rdf:Alt></dc:title>"
                                                "<dc:description><rdf:Alt><rdf:li xml:lang='de'>Ein Boot</rdf:li><rdf:li xml:lang='x-default'>A boat</rdf:li></rdf:Alt></dc:description>" XMP_TAIL,
                                       NULL);
  g_autoptr (ImageMetadata) got = read_metadata (file, IMAGE_FORMAT_JPEG);

  g_assert_cmpint (got->rating, ==, 4);
  g_assert_cmpstr (got->title, ==, "Über & out");
  g_assert_cmpstr (got->caption, ==, "A boat");
  g_assert_false (got->caption_is_alt_text);
  g_assert_cmpuint (g_strv_length (got->keywords), ==, 2);
  g_assert_cmpstr (got->keywords[0], ==, "sea");
  g_assert_cmpstr (got->keywords[1], ==, "a, b");
  g_assert_null (got->camera);
}

static void
test_alt_text (void)
{
  g_autoptr (GBytes) file = jpeg_with (XMP_HEAD "xmp:Rating='-1'><dc:description><rdf:Alt><rdf:li xml:lang='x-default'>short</rdf:li></rdf:Alt></dc:description>"
                                                "<i:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='x-default'>A red boat\n on the sea</rdf:li></rdf:Alt></i:AltTextAccessibility>" XMP_TAIL,
                                       NULL);
  g_autoptr (ImageMetadata) got = read_metadata (file, IMAGE_FORMAT_JPEG);

  g_assert_cmpstr (got->caption, ==, "A red boat  on the sea");
  g_assert_true (got->caption_is_alt_text);
  g_assert_cmpint (got->rating, ==, -1);
}

static void
test_iptc (void)
{
  g_autoptr (GBytes) iptc = iptc_with ("\x19sea", "\x19"
                                                  "beach",
                                       "\x78"
                                       "Am Stra\xdf"
                                       "e",
                                       NULL);
  g_autoptr (GBytes) file = jpeg_with (XMP_HEAD "xmp:Rating='99'><dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>" XMP_TAIL, iptc);
  g_autoptr (ImageMetadata) got = read_metadata (file, IMAGE_FORMAT_JPEG);

  g_assert_cmpuint (g_strv_length (got->keywords), ==, 2);
  g_assert_cmpstr (got->keywords[0], ==, "sea");
  g_assert_cmpstr (got->keywords[1], ==, "beach");
  g_assert_cmpstr (got->caption, ==, "Am Straße");
  g_assert_cmpint (got->rating, ==, 0); /* out of range is none */
}

static void
test_cameras (void)
{
  static const char *const cases[][3] = {
    { "Canon", "Canon EOS 5D", "Canon EOS 5D" },
    { "NIKON CORPORATION", "NIKON D90", "NIKON D90" },
    { "EASTMAN KODAK COMPANY", "KODAK DX4530", "KODAK DX4530" },
    { "OLYMPUS IMAGING CORP.", "E-M10", "OLYMPUS E-M10" },
    { "SONY", "DSC-RX100", "SONY DSC-RX100" },
    { "Fuji", NULL, "Fuji" },
    { NULL, "X100", "X100" },
    { NULL, NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *camera = image_metadata_camera (cases[i][0], cases[i][1]);

      g_assert_cmpstr (camera, ==, cases[i][2]);
    }
}

static void
test_clean (void)
{
  g_autofree char *controls = image_metadata_clean ("\x1b[1m a\tb\xc2\x85 \0hidden", 16, 100);
  g_autofree char *latin = image_metadata_clean ("caf\xe9", 4, 100);
  g_autofree char *cut = image_metadata_clean ("üüü", 6, 5);
  g_autofree char *whole = image_metadata_clean ("üüü", 6, 6);

  g_assert_cmpstr (controls, ==, "[1m a b");
  g_assert_cmpstr (latin, ==, "café");
  g_assert_cmpstr (cut, ==, "üü");
  g_assert_cmpstr (whole, ==, "üüü");
  g_assert_null (image_metadata_clean (" \n ", 3, 100));
  g_assert_null (image_metadata_clean ("", 0, 100));
}

static ImageMetadata *
sample (void)
{
  ImageMetadata *metadata = g_new0 (ImageMetadata, 1);

  metadata->camera = g_strdup ("Canon EOS 5D");
  metadata->caption = g_strdup ("ein Bööt");
  metadata->caption_is_alt_text = TRUE;
  metadata->keywords = g_strsplit ("a,b", ",", 0);
  metadata->rating = -1;
  metadata->thumbnail_uri = g_strdup ("file:///a");
  metadata->thumbnail_mtime = -7;
  return metadata;
}

static void
test_pack (void)
{
  g_autoptr (ImageMetadata) metadata = sample ();
  g_autoptr (GBytes) packed = image_metadata_pack (metadata);
  gsize size;
  const guint8 *data = g_bytes_get_data (packed, &size);
  g_autoptr (ImageMetadata) got = image_metadata_unpack (data, size);

  g_assert_nonnull (got);
  g_assert_cmpstr (got->camera, ==, metadata->camera);
  g_assert_null (got->title);
  g_assert_cmpstr (got->caption, ==, metadata->caption);
  g_assert_true (got->caption_is_alt_text);
  g_assert_true (g_strv_equal ((const char *const *) got->keywords, (const char *const *) metadata->keywords));
  g_assert_cmpint (got->rating, ==, -1);
  g_assert_cmpstr (got->thumbnail_uri, ==, "file:///a");
  g_assert_cmpint (got->thumbnail_mtime, ==, -7);
  for (gsize n = 0; n < size; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, n);

      g_assert_null (image_metadata_unpack (copy, n));
    }
}

/* Any byte of it may be anything: what is taken keeps the promises of the header. */
static void
test_bad_packs (void)
{
  g_autoptr (ImageMetadata) metadata = sample ();
  g_autoptr (GBytes) packed = image_metadata_pack (metadata);
  gsize size = g_bytes_get_size (packed);

  for (gsize at = 0; at < size; at++)
    for (guint value = 0; value < 256; value++)
      {
        g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (packed, NULL), size);
        ImageMetadata *got;

        copy[at] = (guint8) value;
        got = image_metadata_unpack (copy, size);
        if (got == NULL)
          continue;
        g_assert_true (got->rating >= -1 && got->rating <= 5);
        g_assert_true (got->caption == NULL || (g_utf8_validate (got->caption, -1, NULL) && strpbrk (got->caption, "\n\t\x1b") == NULL));
        image_metadata_free (got);
      }
}

/* However much a file says, what comes of it can be packed and unpacked. */
static void
test_limits (void)
{
  g_autoptr (GString) xmp = g_string_new (XMP_HEAD ">");
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GBytes) packed = NULL;
  g_autoptr (ImageMetadata) got = NULL;
  g_autoptr (ImageMetadata) again = NULL;
  g_autofree char *long_word = g_strnfill (20000, 'x');

  g_string_append_printf (xmp, "<dc:subject><rdf:Bag><rdf:li>%s</rdf:li>", long_word);
  for (guint i = 0; i < 800; i++)
    g_string_append_printf (xmp, "<rdf:li>word%u</rdf:li>", i);
  g_string_append (xmp, "</rdf:Bag></dc:subject>" XMP_TAIL);
  file = jpeg_with (xmp->str, NULL);
  got = read_metadata (file, IMAGE_FORMAT_JPEG);
  g_assert_cmpuint (g_strv_length (got->keywords), ==, IMAGE_METADATA_MAX_KEYWORDS);
  g_assert_cmpuint (strlen (got->keywords[0]), ==, IMAGE_METADATA_MAX_KEYWORD);
  packed = image_metadata_pack (got);
  again = image_metadata_unpack (g_bytes_get_data (packed, NULL), g_bytes_get_size (packed));
  g_assert_nonnull (again);
}

static void
test_png_text (void)
{
  g_auto (Picture) ramp = picture_ramp (20, 10);
  g_autoptr (GBytes) file = picture_save (&ramp, "png", "tEXt::Thumb::URI", "file:///tmp/%C3%BC.jpg", "tEXt::Thumb::MTime", "1234567890", NULL);
  g_autoptr (ImageMetadata) got = read_metadata (file, IMAGE_FORMAT_PNG);

  g_assert_cmpstr (got->thumbnail_uri, ==, "file:///tmp/%C3%BC.jpg");
  g_assert_cmpint (got->thumbnail_mtime, ==, 1234567890);
  for (gsize n = 0; n < g_bytes_get_size (file); n++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (file, NULL), n);

      g_free (image_png_text (copy != NULL ? copy : (guint8 *) "", n, "Thumb::MTime"));
    }
}

/* Through decoding: asked for it comes, else not; damage in it costs nothing; and not a word on standard error. */
static void
test_decode (void)
{
  static const char *const broken[] = { "<x:xmpmeta", XMP_HEAD "><dc:subject></rdf:Bag>" XMP_TAIL, "\xff\xfe garbage" };
  const ImageRequest with = { .tensor = { .side = 16 }, .metadata = TRUE };
  const ImageRequest without = { .tensor = { .side = 16 } };
  g_auto (ImageReply) none = { 0 };

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stderr ("");
      return;
    }
  decode_ok (file_of_fixture ("420.jpg"), &without, &none);
  g_assert_null (none.metadata);
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr (GBytes) file = jpeg_with (broken[i], NULL);
      g_auto (ImageReply) reply = { 0 };

      decode_ok (file_with_bytes (file), &with, &reply);
      g_assert_nonnull (reply.metadata);
      g_assert_null (reply.metadata->keywords);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/metadata/xmp", test_xmp);
  g_test_add_func ("/image/metadata/alt-text", test_alt_text);
  g_test_add_func ("/image/metadata/iptc", test_iptc);
  g_test_add_func ("/image/metadata/cameras", test_cameras);
  g_test_add_func ("/image/metadata/clean", test_clean);
  g_test_add_func ("/image/metadata/pack", test_pack);
  g_test_add_func ("/image/metadata/bad-packs", test_bad_packs);
  g_test_add_func ("/image/metadata/limits", test_limits);
  g_test_add_func ("/image/metadata/png-text", test_png_text);
  g_test_add_func ("/image/metadata/decode", test_decode);
  return g_test_run ();
}
