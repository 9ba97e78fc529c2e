/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that looks into a picture file before, or beside, a decoder. */
#include "fuzz.h"

#include "image-exif.h"
#include "image-header.h"
#include "image-png-text.h"
#include "image-segments.h"
#include "image-truncation.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ImageFormat format = image_format_sniff (data, size);
  guint64 width = 0, height = 0;
  ImageExif exif;
  g_autoptr (GBytes) segments = image_segments_of_metadata (format, data, size);
  g_autofree char *text = image_png_text (data, size, "Thumb::URI");

  image_header_size (format, data, size, &width, &height);
  image_is_truncated (format, data, size);
  image_exif_read (format, data, size, &exif);
  g_assert_cmpint (exif.orientation, >=, 1);
  g_assert_cmpint (exif.orientation, <=, 8);
  g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
  return 0;
}
