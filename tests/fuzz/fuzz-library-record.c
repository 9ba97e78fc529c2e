/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A value of the store, as a photograph and as any other. */
#include "fuzz.h"

#include "library-photo.h"

static void
read_photo (const guint8 *value, gsize length, const LibraryKey *key)
{
  LibraryReader reader;

  /* The checksum keeps mutants out, so the content is read without it as well. */
  const gboolean old = library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO_1, &reader);

  library_record_open (value, length, LIBRARY_RECORD_PHOTO, key, &reader);
  if (old ? library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO_1, &reader)
          : library_record_open_unchecked (value, length, LIBRARY_RECORD_PHOTO, &reader))
    {
      g_autoptr (LibraryPhotoRecord) record = old ? library_photo_record_decode_1 (1, &reader) : library_photo_record_decode (1, &reader);
      LibraryPhoto *photo = record ? library_photo_from_record (record) : NULL;

      g_clear_pointer (&photo, library_photo_free);
    }
}

static void
read_content (const guint8 *value, gsize length)
{
  LibraryReader reader = { value, length, FALSE };

  while (!reader.bad && reader.left > 0)
    {
      g_autofree char *text = library_read_text (&reader, 4096);

      library_read_u32 (&reader);
      library_read_u64 (&reader);
    }
  g_assert_true (reader.bad || library_read_end (&reader));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LibraryKey key = library_key_u64 (1);

  read_photo (data, size, &key);
  read_content (data, size);
  return 0;
}
