/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder:, type:, has:, date: and "words" against one photograph. */
#include "library-filter.h"

#include "support.h"

static gboolean
matches (const char *text, const LibraryPhotoRecord *photo)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryQuery) query = library_query_parse (text, &error);
  g_autoptr (LibraryFilter) filter = NULL;
  gboolean passes;

  g_assert_no_error (error);
  filter = library_filter_new (query);
  passes = library_filter_matches (filter, photo);
  /* What it remembers of the last photograph changes nothing. */
  g_assert_true (library_filter_matches (filter, photo) == passes);
  return passes;
}

static const struct
{
  const char *path, *filter;
  gboolean wanted;
} folders[] = {
  { "/a/Italy/Rome/x.jpg", "", TRUE },
  /* absolute: what lies below */
  { "/a/Italy/Rome/x.jpg", "folder:/a/Italy", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:/a/Italy/", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:/", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:/a/Ital", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:/a/italy", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:/Italy", FALSE },
  /* whole names, anywhere, in any case */
  { "/a/Italy/Rome/x.jpg", "folder:Italy", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:ITALY", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:italy/rome", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:rome/", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:a", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:Ital", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:taly", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:a/Rome", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:x.jpg", FALSE }, /* no folder */
  { "/a/Italy/Rome/x.jpg", "folder:Rome/x.jpg", FALSE },
  { "/a/ÄRGER/x.jpg", "folder:ärger", TRUE },
  { "/a/Straße/x.jpg", "folder:STRASSE", TRUE },
  { "/x.jpg", "folder:a", FALSE },
  { "/a/bad\xff name/ok/x.jpg", "folder:ok", TRUE },
  /* any of several */
  { "/a/Italy/Rome/x.jpg", "folder:Spain folder:Rome", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:Spain folder:France", FALSE },
  /* not there */
  { "/a/Italy/Rome/x.jpg", "-folder:Spain", TRUE },
  { "/a/Italy/Rome/x.jpg", "-folder:rome", FALSE },
  { "/a/Italy/Rome/x.jpg", "-folder:/a/Italy", FALSE },
  { "/a/Italy/Rome/x.jpg", "-folder:Spain -folder:Italy", FALSE },
  { "/a/Italy/Rome/x.jpg", "folder:Italy -folder:Venice", TRUE },
  { "/a/Italy/Rome/x.jpg", "folder:Italy -folder:Rome", FALSE },
};

static void
test_folders (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = support_photo (folders[i].path, 1);

      if (matches (folders[i].filter, photo) != folders[i].wanted)
        g_error ("%s %s: not %d", folders[i].path, folders[i].filter, folders[i].wanted);
    }
}

static void
test_types (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/x.png", 1);

  g_assert_true (matches ("type:jpg", photo)); /* the format, not the name */
  g_assert_true (matches ("type:JPEG", photo));
  g_assert_true (matches ("type:png type:jpeg", photo));
  g_assert_false (matches ("type:png", photo));
  g_assert_false (matches ("type:jp", photo));
  g_assert_false (matches ("-type:jpg", photo));
  g_assert_true (matches ("-type:png -type:gif", photo));
  g_assert_false (matches ("type:jpeg type:png -type:jpeg", photo));
}

static void
test_dates (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/x.jpg", 1);

  photo->taken = 1577836800; /* the first second of 2020 */
  g_assert_true (matches ("date:2020", photo));
  g_assert_true (matches ("date:2020-01-01", photo));
  g_assert_true (matches ("date:2019..2020", photo));
  g_assert_true (matches ("date:2020..", photo));
  g_assert_true (matches ("date:..2020-01", photo));
  g_assert_false (matches ("date:2019", photo));
  g_assert_false (matches ("date:..2019", photo));
  g_assert_false (matches ("date:2020-01-02..", photo));
  photo->taken--;
  g_assert_true (matches ("date:2019", photo));
  g_assert_false (matches ("date:2020..", photo));
  photo->taken = -86400 * 365 * 20; /* 1950 */
  g_assert_true (matches ("date:..1969", photo));
  g_assert_false (matches ("date:1970..", photo));
}

/* The file's time stands in for a date that is not known. */
static void
test_file_time (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/x.jpg", 1); /* 2017 */

  g_assert_true (matches ("date:2017", photo));
  photo->taken = 1577836800;
  g_assert_false (matches ("date:2017", photo));
  g_assert_true (matches ("date:2020", photo));
}

static void
test_all_of (void)
{
  g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/b/x.jpg", 1);

  g_assert_true (matches ("folder:b type:jpeg date:2017 word -other", photo));
  g_assert_false (matches ("folder:c type:jpeg date:2017", photo));
  g_assert_false (matches ("folder:b type:png date:2017", photo));
  g_assert_false (matches ("folder:b type:jpeg date:2018", photo));
}

static const struct
{
  const char *caption, *filter;
  gboolean wanted;
} captions[] = {
  { "", "has:caption", FALSE },
  { "", "has:no-caption", TRUE },
  { "", "-has:caption", TRUE },
  { "A dog", "has:caption", TRUE },
  { "A dog", "has:no-caption", FALSE },
  { "A dog", "-has:no-caption", TRUE },
  { "A dog", "\"a dog\"", TRUE },
  { "A dog", "\"A DOG\" \"do\"", TRUE },
  { "A dog", "\"dog\" \"cat\"", FALSE },
  { "A dog", "\"adog\"", FALSE },
  { "A dog", "-\"cat\"", TRUE },
  { "A dog", "-\"cat\" -\"Dog\"", FALSE },
  { "A dog", "\"dog\" -\"cat\"", TRUE },
  { "", "\"dog\"", FALSE },
  { "", "-\"dog\"", TRUE },
  /* accents, case and ways of writing them */
  { "Café in ZÜRICH", "\"cafe\" \"zurich\"", TRUE },
  { "Cafe", "\"CAFÉ\"", TRUE },
  { "Cafe\xcc\x81", "\"café\"", TRUE },
  { "Große Straße", "\"GROSSE STRASSE\"", TRUE },
  { "ﬁsh", "\"fish\"", TRUE },
  { "日本の犬", "\"の犬\"", TRUE },
  /* any space is one */
  { "red\n  car", "\"red car\"", TRUE },
  { "red car", "\"red \t car\"", TRUE },
  { "bad \xff byte", "\"byte\"", TRUE },
};

static void
test_captions (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (captions); i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = support_photo ("/a/x.jpg", 1);

      g_free (photo->caption);
      photo->caption = g_strdup (captions[i].caption);
      if (matches (captions[i].filter, photo) != captions[i].wanted)
        g_error ("“%s” %s: not %d", captions[i].caption, captions[i].filter, captions[i].wanted);
    }
}

/* One filter looks at many photographs, whose folders come in any order. */
static void
test_many (void)
{
  static const struct
  {
    const char *path;
    gboolean wanted;
  } photos[] = { { "/a/b/1", FALSE }, { "/a/c/2", TRUE }, { "/a/c/3", TRUE }, { "/a/cc/3", FALSE }, { "/a/4", FALSE }, { "/a/c/5", TRUE }, { "/a/c/d/6", TRUE }, { "/a/c/e/6", FALSE }, { "/a/c/7", TRUE } };
  g_autoptr (LibraryQuery) query = library_query_parse ("folder:c -folder:e", NULL);
  g_autoptr (LibraryFilter) filter = library_filter_new (query);

  for (gsize i = 0; i < G_N_ELEMENTS (photos); i++)
    {
      g_autoptr (LibraryPhotoRecord) photo = support_photo (photos[i].path, i);

      g_assert_true (library_filter_matches (filter, photo) == photos[i].wanted);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/folders", test_folders);
  g_test_add_func ("/filter/types", test_types);
  g_test_add_func ("/filter/dates", test_dates);
  g_test_add_func ("/filter/file-time", test_file_time);
  g_test_add_func ("/filter/all-of", test_all_of);
  g_test_add_func ("/filter/captions", test_captions);
  g_test_add_func ("/filter/many", test_many);
  return g_test_run ();
}
