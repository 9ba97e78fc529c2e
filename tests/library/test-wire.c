/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What crosses between processes arrives as it was, and junk does no harm. */
#include "library-wire.h"

/* Over the bytes, as between two processes. */
static GVariant *
cross (GVariant *floating)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (floating);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (variant);

  return g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (variant), bytes, FALSE));
}

static LibraryPhoto *
make_photo (const char *name, const char *caption)
{
  LibraryPhoto *photo = g_new0 (LibraryPhoto, 1);

  photo->id = G_GUINT64_CONSTANT (0xffff0000ffff0001);
  photo->file = g_file_new_build_filename ("/tmp", name, NULL);
  photo->width = 4000;
  photo->height = 3000;
  photo->taken = -5;
  photo->size = G_MAXINT64;
  photo->format = g_strdup ("jpeg");
  photo->caption = g_strdup (caption);
  photo->camera = g_strdup (caption);
  photo->title = caption != NULL ? g_strdup ("A title") : NULL;
  photo->keywords = caption != NULL ? g_strsplit ("boat,sea", ",", -1) : NULL;
  photo->rating = -1;
  return photo;
}

static void
check_photo (const LibraryPhoto *a, const LibraryPhoto *b)
{
  g_assert_cmpuint (a->id, ==, b->id);
  g_assert_true (g_file_equal (a->file, b->file));
  g_assert_cmpuint (a->width, ==, b->width);
  g_assert_cmpuint (a->height, ==, b->height);
  g_assert_cmpint (a->taken, ==, b->taken);
  g_assert_cmpint (a->size, ==, b->size);
  g_assert_cmpstr (a->format, ==, b->format);
  g_assert_cmpstr (a->caption, ==, b->caption);
  g_assert_cmpstr (a->camera, ==, b->camera);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpint (a->rating, ==, b->rating);
  g_assert_true (a->keywords == NULL ? b->keywords == NULL : g_strv_equal ((const char *const *) a->keywords, (const char *const *) b->keywords));
}

static void
test_photos (void)
{
  g_autoptr (GPtrArray) photos = g_ptr_array_new_with_free_func ((GDestroyNotify) library_photo_free);
  g_autoptr (GPtrArray) back = NULL;
  g_autoptr (GVariant) variant = NULL;

  g_ptr_array_add (photos, make_photo ("a.jpg", NULL));
  g_ptr_array_add (photos, make_photo ("no utf-8 \xff\xfe and\nlines.jpg", "Ein Bööt"));
  variant = cross (library_wire_pack_photos (photos));
  g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE (LIBRARY_WIRE_PHOTOS)));
  back = library_wire_unpack_photos (variant);
  g_assert_cmpuint (back->len, ==, photos->len);
  for (guint i = 0; i < photos->len; i++)
    check_photo (g_ptr_array_index (back, i), g_ptr_array_index (photos, i));
}

static void
test_problems (void)
{
  LibraryProblem problem = { g_file_new_for_path ("/x/\xe4.jpg"), (char *) "truncated", (char *) "bytes \xff are missing", 2 };
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  g_autoptr (GPtrArray) back = NULL;
  g_autoptr (GVariant) variant = NULL;
  const LibraryProblem *got;

  g_ptr_array_add (problems, &problem);
  variant = cross (library_wire_pack_problems (problems));
  back = library_wire_unpack_problems (variant);
  g_assert_cmpuint (back->len, ==, 1);
  got = g_ptr_array_index (back, 0);
  g_assert_true (g_file_equal (got->file, problem.file));
  g_assert_cmpstr (got->reason, ==, "truncated");
  g_assert_true (g_utf8_validate (got->detail, -1, NULL) && g_str_has_prefix (got->detail, "bytes "));
  g_assert_cmpuint (got->attempts, ==, 2);
  g_object_unref (problem.file);
}

static void
test_progress (void)
{
  LibraryProgress progress = { .total = 9, .done = 8, .indexed = 7, .unchanged = 6, .moved = 5, .failed = 4, .ignored = 3, .scanning = TRUE, .photos_per_second = 2.5, .seconds = 1.5, .state = LIBRARY_INDEX_PAUSED, .seconds_left = -1 };
  LibraryProgress back;
  g_autoptr (GVariant) variant = cross (library_wire_pack_progress (&progress));

  g_autoptr (GVariant) again = NULL;

  library_wire_unpack_progress (variant, &back);
  g_assert_cmpuint (back.total, ==, 9);
  g_assert_cmpuint (back.ignored, ==, 3);
  g_assert_true (back.scanning);
  g_assert_cmpint (back.state, ==, LIBRARY_INDEX_PAUSED);
  g_assert_cmpfloat (back.seconds_left, ==, -1);
  again = cross (library_wire_pack_progress (&back));
  g_assert_cmpvariant (again, variant);
}

static char **
strings (const char *first, const char *second)
{
  const char *both[] = { first, second, NULL };

  return g_strdupv ((char **) both);
}

static void
check_query (const LibraryQuery *a, const LibraryQuery *b)
{
  g_autoptr (GVariant) x = g_variant_ref_sink (library_wire_pack_query (a));
  g_autoptr (GVariant) y = g_variant_ref_sink (library_wire_pack_query (b));

  g_assert_cmpvariant (x, y);
}

static void
test_query (void)
{
  g_autoptr (LibraryQuery) query = library_query_new ();
  g_autoptr (LibraryQuery) empty = library_query_new ();
  g_autoptr (LibraryQuery) back = NULL;
  g_autoptr (LibraryQuery) back_empty = NULL;
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) nothing = NULL;

  query->text = g_strdup ("a boat");
  query->without = strings ("windmill", "");
  query->images = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (query->images, g_file_new_for_path ("/tmp/\xff.jpg"));
  query->folders = strings ("/photos/\xfe", "/b");
  query->types = strings ("png", "jpeg");
  query->without_folders = strings ("/c", "/d\xff");
  query->without_types = strings ("gif", NULL);
  query->quoted = strings ("in the snow", NULL);
  query->without_quoted = strings ("at night", NULL);
  query->has_caption = LIBRARY_QUERY_WITHOUT;
  query->taken_from = -7;
  query->taken_to = G_MAXINT64;
  query->similar = g_file_new_for_path ("/tmp/s.jpg");
  query->less = g_strdup ("windmill");
  query->more = g_strdup ("Yosemite Sam");
  query->strength = 1.5f;
  variant = cross (library_wire_pack_query (query));
  back = library_wire_unpack_query (variant);
  check_query (back, query);
  g_assert_cmpstr (back->folders[0], ==, "/photos/\xfe");
  g_assert_cmpstr (back->text, ==, "a boat");
  g_assert_true (g_file_equal (g_ptr_array_index (back->images, 0), g_ptr_array_index (query->images, 0)));
  g_assert_true (g_file_equal (back->similar, query->similar));
  g_assert_cmpfloat (back->strength, ==, 1.5f);

  nothing = cross (library_wire_pack_query (empty));
  back_empty = library_wire_unpack_query (nothing);
  g_assert_null (back_empty->text);
  g_assert_null (back_empty->similar);
  g_assert_true (library_query_is_empty (back_empty));
}

static void
test_results (void)
{
  g_autoptr (LibraryResults) results = g_new0 (LibraryResults, 1);
  g_autoptr (LibraryResults) back = NULL;
  g_autoptr (GVariant) variant = NULL;

  results->hits = g_ptr_array_new_with_free_func ((GDestroyNotify) library_hit_free);
  results->total = 12;
  results->strong = 3;
  results->searched = 14;
  results->photos = 15;
  results->generation = 99;
  results->model = g_strdup ("demo");
  results->milliseconds = 0.5;
  for (guint i = 0; i < 5; i++)
    {
      LibraryHit *hit = g_new0 (LibraryHit, 1);

      hit->photo = make_photo ("x.jpg", "y");
      hit->score = 0.125f * (float) i;
      hit->strong = i < 3;
      g_ptr_array_add (results->hits, hit);
    }
  variant = cross (library_wire_pack_results (results));
  g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE (LIBRARY_WIRE_RESULTS)));
  back = library_wire_unpack_results (variant);
  g_assert_cmpuint (back->total, ==, 12);
  g_assert_cmpuint (back->strong, ==, 3);
  g_assert_cmpuint (back->searched, ==, 14);
  g_assert_cmpuint (back->photos, ==, 15);
  g_assert_cmpuint (back->generation, ==, 99);
  g_assert_cmpstr (back->model, ==, "demo");
  g_assert_cmpfloat (back->milliseconds, ==, 0.5);
  g_assert_cmpuint (back->hits->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (back->hits, i);

      check_photo (hit->photo, ((LibraryHit *) g_ptr_array_index (results->hits, i))->photo);
      g_assert_cmpfloat (hit->score, ==, 0.125f * (float) i);
      g_assert_cmpint (hit->strong, ==, i < 3);
    }
}

static void
test_options (void)
{
  LibraryOptions options = { .model = (char *) "demo", .precision = -1 };
  LibraryOptions back = { 0 };
  g_autoptr (GVariant) variant = cross (library_wire_pack_options (&options));

  library_wire_unpack_options (variant, &back);
  g_assert_cmpstr (back.model, ==, "demo");
  g_assert_null (back.device);
  g_assert_cmpint (back.precision, ==, -1);
  g_free (back.model);
}

/* Any bytes at all are a variant of any type; unpacking them gives something that can be freed. */
static void
test_junk (void)
{
  static const char *const types[] = { LIBRARY_WIRE_PHOTOS, LIBRARY_WIRE_PROBLEMS, LIBRARY_WIRE_QUERY, LIBRARY_WIRE_RESULTS, LIBRARY_WIRE_STATUS };

  for (guint i = 0; i < 2000; i++)
    {
      const char *type = types[i % G_N_ELEMENTS (types)];
      gsize length = (gsize) g_test_rand_int_range (0, 200);
      guint8 *bytes = g_malloc (length + 1);
      g_autoptr (GVariant) variant = NULL;

      for (gsize b = 0; b < length; b++)
        bytes[b] = (guint8) g_test_rand_int_range (0, 256);
      variant = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), bytes, length, FALSE, g_free, bytes));
      switch (i % G_N_ELEMENTS (types))
        {
        case 0:
          g_ptr_array_unref (library_wire_unpack_photos (variant));
          break;
        case 1:
          g_ptr_array_unref (library_wire_unpack_problems (variant));
          break;
        case 2:
          library_query_free (library_wire_unpack_query (variant));
          break;
        case 3:
          library_results_free (library_wire_unpack_results (variant));
          break;
        default:
          library_status_free (library_wire_unpack_status (variant));
          break;
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/photos", test_photos);
  g_test_add_func ("/wire/problems", test_problems);
  g_test_add_func ("/wire/progress", test_progress);
  g_test_add_func ("/wire/query", test_query);
  g_test_add_func ("/wire/results", test_results);
  g_test_add_func ("/wire/options", test_options);
  g_test_add_func ("/wire/junk", test_junk);
  return g_test_run ();
}
