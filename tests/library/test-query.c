/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people type. */
#include "library-query.h"

#include <string.h>

static LibraryQuery *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  LibraryQuery *query = library_query_parse (text, &error);

  if (query == NULL)
    g_error ("%s: %s", text, error->message);
  return query;
}

/* NULL is the same as "", lists are joined with bars. */
static void
check_strings (const char *text, GStrv strings, const char *wanted)
{
  g_autofree char *joined = strings != NULL ? g_strjoinv ("|", strings) : g_strdup ("");

  if (strcmp (joined, wanted != NULL ? wanted : "") != 0)
    g_error ("%s: “%s” instead of “%s”", text, joined, wanted);
  /* A list is there or is not; it is not there and empty. */
  g_assert_true (strings == NULL || strings[0] != NULL);
}

static const struct
{
  const char *text, *words, *without, *folders, *types;
} understood[] = {
  { "", NULL },
  { " \t\n ", NULL },
  { "dog", "dog" },
  { "  a   red\tcar\n", "a red car" },
  { "Ein Hund läuft", "Ein Hund läuft" },
  { "日本 犬", "日本 犬" },
  /* negated words */
  { "beach -people", "beach", "people" },
  { "-people", NULL, "people" },
  { "-people beach -dogs in summer", "beach in summer", "people|dogs" },
  { "-red\\ car", NULL, "red car" },
  { "-", "-" },
  { "a - b", "a - b" },
  { "--dash", NULL, "-dash" },
  { "well-known", "well-known" },
  /* filters */
  { "dog folder:Italy", "dog", NULL, "Italy" },
  { "folder:/a/b folder:c", NULL, NULL, "/a/b|c" },
  { "folder:\"Summer 2019\" x", "x", NULL, "Summer 2019" },
  { "folder:Summer\\ 2019", NULL, NULL, "Summer 2019" },
  { "folder:a:b", NULL, NULL, "a:b" },
  { "folder:-a", NULL, NULL, "-a" },
  { "FOLDER:Abc Type:PNG", NULL, NULL, "Abc", "png" },
  { "type:JPG type:.jpeg type:tif", NULL, NULL, NULL, "jpeg|jpeg|tiff" },
  /* colons elsewhere */
  { "ratio 16:9", "ratio 16:9" },
  { "http://x", "http://x" },
  { "folders:x", "folders:x" },
  { "myfolder:x", "myfolder:x" },
  { ":x", ":x" },
  /* quotes and backslashes within */
  { "a\"b c\"d", "ab cd" },
  { "\\\"quoted\\\"", "\"quoted\"" },
  { "back\\\\slash", "back\\slash" },
  { "end\\", "end\\" },
  { "a\\ b", "a b" },
  { "\\-5 degrees", "-5 degrees" },
  { "folder\\:x", "folder:x" },
  { "\\folder:x", "folder:x" },
  { "it's", "it's" },
};

static void
test_understood (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (understood); i++)
    {
      const char *text = understood[i].text;
      g_autoptr (LibraryQuery) query = parse (text);

      if (g_strcmp0 (query->text, understood[i].words) != 0)
        g_error ("%s: words “%s”", text, query->text);
      check_strings (text, query->without, understood[i].without);
      check_strings (text, query->folders, understood[i].folders);
      check_strings (text, query->types, understood[i].types);
      g_assert_true (library_query_is_empty (query) == (i < 2));
      g_assert_true (query->taken_from == 0 && query->taken_to == 0 && query->similar == NULL);
      g_assert_cmpfloat (query->strength, ==, 1);
    }
}

static const struct
{
  const char *text, *words, *without, *quoted, *without_quoted, *without_folders, *without_types;
  LibraryQueryHas has;
} filters[] = {
  { "\"red car\"", NULL, NULL, "red car" },
  { "dog \"red\" \" two  words \"", "dog", NULL, "red|two  words" },
  { "\"a \\\"b\\\" c\"", NULL, NULL, "a \"b\" c" },
  { "\"a\"b", NULL, NULL, "ab" },
  { "\"folder:x\"", NULL, NULL, "folder:x" },
  { "\"-x\"", NULL, NULL, "-x" },
  { "-\"red car\" street", "street", NULL, NULL, "red car" },
  { "-red\\ car", NULL, "red car" },
  { "\\-\"a b\"", "-a b" },
  { "-folder:x -folder:\"a b\"", NULL, NULL, NULL, NULL, "x|a b" },
  { "-type:JPG -Type:.png x", "x", NULL, NULL, NULL, NULL, "jpeg|png" },
  { "-folder\\:x", NULL, "folder:x" },
  { "has:caption", NULL, NULL, NULL, NULL, NULL, NULL, LIBRARY_QUERY_WITH },
  { "HAS:Caption has:caption -has:no-caption", NULL, NULL, NULL, NULL, NULL, NULL, LIBRARY_QUERY_WITH },
  { "has:no-caption", NULL, NULL, NULL, NULL, NULL, NULL, LIBRARY_QUERY_WITHOUT },
  { "-has:caption", NULL, NULL, NULL, NULL, NULL, NULL, LIBRARY_QUERY_WITHOUT },
};

static void
test_filters (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      const char *text = filters[i].text;
      g_autoptr (LibraryQuery) original = parse (text);
      g_autoptr (LibraryQuery) query = library_query_copy (original);

      if (g_strcmp0 (query->text, filters[i].words) != 0)
        g_error ("%s: words “%s”", text, query->text);
      check_strings (text, query->without, filters[i].without);
      check_strings (text, query->quoted, filters[i].quoted);
      check_strings (text, query->without_quoted, filters[i].without_quoted);
      check_strings (text, query->without_folders, filters[i].without_folders);
      check_strings (text, query->without_types, filters[i].without_types);
      g_assert_cmpint (query->has_caption, ==, filters[i].has);
      g_assert_false (library_query_is_empty (query));
      g_assert_true (library_query_has_filters (query) == (filters[i].quoted || filters[i].without_quoted || filters[i].without_folders ||
                                                           filters[i].without_types || filters[i].has));
    }
}

static gint64
second_of (int year, int month, int day)
{
  g_autoptr (GDateTime) date = g_date_time_new_utc (year, month, day, 0, 0, 0);

  return g_date_time_to_unix (date);
}

static void
check_date (const char *text, gint64 from, gint64 to)
{
  g_autoptr (LibraryQuery) query = parse (text);

  if (query->taken_from != from || query->taken_to != to)
    g_error ("%s: %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, text, query->taken_from, query->taken_to);
  g_assert_null (query->text);
  g_assert_false (library_query_is_empty (query));
}

static void
test_dates (void)
{
  check_date ("date:2019", second_of (2019, 1, 1), second_of (2020, 1, 1) - 1);
  check_date ("date:2019-07", second_of (2019, 7, 1), second_of (2019, 8, 1) - 1);
  check_date ("date:2019-12", second_of (2019, 12, 1), second_of (2020, 1, 1) - 1);
  check_date ("date:2019-07-31", second_of (2019, 7, 31), second_of (2019, 8, 1) - 1);
  check_date ("date:2020-02-29", second_of (2020, 2, 29), second_of (2020, 3, 1) - 1);
  check_date ("date:2019..2021", second_of (2019, 1, 1), second_of (2022, 1, 1) - 1);
  check_date ("date:2019-03..2019-03-02", second_of (2019, 3, 1), second_of (2019, 3, 3) - 1);
  check_date ("date:2019..", second_of (2019, 1, 1), 0);
  check_date ("date:..2019-06", 0, second_of (2019, 7, 1) - 1);
  check_date ("DATE:1850", second_of (1850, 1, 1), second_of (1851, 1, 1) - 1);
  /* The calendar's last year. */
  check_date ("date:9999", second_of (9999, 1, 1), G_MAXINT64);
  check_date ("date:2019..9999-12-31", second_of (2019, 1, 1), G_MAXINT64);
  /* 0 would be an open end. */
  check_date ("date:1970..", 1, 0);
  check_date ("date:..1969", 0, -1);
}

static const char *const refused[] = {
  /* captions */
  "\"\"",
  "-\"\"",
  "\" \"",
  "has:",
  "has:people",
  "has:captions",
  "has:caption has:no-caption",
  "has:caption -has:caption",
  /* open quotes */
  "\"",
  "red \"car",
  "a\"b",
  "folder:\"Summer 2019",
  "-\"red car",
  "\"a\\\"",
  /* filters */
  "folder:",
  "type:",
  "date:",
  "folder:\"\"",
  "name:Anna",
  "-folder:",
  "-type:",
  "-date:2019",
  "-name:x",
  /* dates */
  "date:yesterday",
  "date:19",
  "date:20190",
  "date:0000",
  "date:2019-",
  "date:2019 date:2020",
  "date:2019-7",
  "date:2019-13",
  "date:2019-00",
  "date:2019-07-",
  "date:2019-07-00",
  "date:2019-02-29",
  "date:2019-07-31T10",
  "date:..",
  "date:2019...2020",
  "date:2019..20",
  "date:2021..2019",
  "date:2019-05-02..2019-05-01",
  "date:2019/05",
  "date:-2019",
  "date:２０１９",
  "date:99999999999999999999",
};

static void
check_refused (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryQuery) query = library_query_parse (text, &error);

  if (query != NULL)
    g_error ("“%s” was understood", text);
  g_assert_error (error, LIBRARY_ERROR, LIBRARY_ERROR_QUERY);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  /* Also without anybody to tell. */
  g_assert_null (library_query_parse (text, NULL));
}

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    check_refused (refused[i]);
}

/* The message says which part. */
static void
test_message (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (library_query_parse ("dog date:2019 type: cat", &error));
  g_assert_nonnull (strstr (error->message, "“type:”"));
  g_clear_error (&error);
  g_assert_null (library_query_parse ("dog date:soon cat", &error));
  g_assert_nonnull (strstr (error->message, "“date:soon”"));
}

static void
test_bytes (void)
{
  check_refused ("dog \xff");
  check_refused ("\xc3");
  check_refused ("folder:\xed\xa0\x80");
}

static void
test_long (void)
{
  g_autofree char *most = g_strnfill (4096, 'x');
  g_autofree char *over = g_strnfill (4097, 'x');
  g_autofree char *huge = g_strnfill (1 << 22, '"');
  g_autofree char *slashes = g_strnfill (4095, '\\');
  g_autoptr (LibraryQuery) query = parse (most);
  g_autoptr (LibraryQuery) halved = parse (slashes);

  g_assert_cmpstr (query->text, ==, most);
  g_assert_cmpuint (strlen (halved->text), ==, 2048);
  check_refused (over);
  check_refused (huge);
}

static void
test_many_parts (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < 256; i++)
    g_string_append (text, "-a ");
  {
    g_autoptr (LibraryQuery) query = parse (text->str);

    g_assert_cmpuint (g_strv_length (query->without), ==, 256);
  }
  g_string_append (text, "b");
  check_refused (text->str);
}

static void
test_home (void)
{
  g_autofree char *wanted = g_build_filename (g_get_home_dir (), "Pictures", NULL);
  g_autoptr (LibraryQuery) below = parse ("folder:~/Pictures");
  g_autoptr (LibraryQuery) home = parse ("folder:~");
  g_autoptr (LibraryQuery) other = parse ("folder:~anna");

  g_assert_cmpstr (below->folders[0], ==, wanted);
  g_assert_cmpstr (home->folders[0], ==, g_get_home_dir ());
  g_assert_cmpstr (other->folders[0], ==, "~anna");
}

/* Whatever bytes come, there is a query or an error, and no read past the end (sanitizers see that). */
static void
test_random (void)
{
  static const char *const pieces[] = { "\"", "\\", " ", "-", ":", "folder:", "type:", "date:", "20", "19", "..", "x", "ä", "\xff", "\n", "name:", "has:", "caption" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint good = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (LibraryQuery) query = NULL;
      g_autoptr (GError) error = NULL;

      for (gint n = g_rand_int_range (rand, 0, 12); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      query = library_query_parse (text->str, &error);
      g_assert_true ((query == NULL) == (error != NULL));
      good += query != NULL;
    }
  g_assert_cmpuint (good, >, 1000);
}

static void
test_copy (void)
{
  g_autoptr (LibraryQuery) query = parse ("a -b folder:c type:png date:2019");
  g_autoptr (LibraryQuery) copy = NULL;

  query->similar = g_file_new_for_path ("/s.jpg");
  query->more = g_strdup ("m");
  query->less = g_strdup ("l");
  query->strength = 0.5f;
  query->images = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (query->images, g_file_new_for_path ("/i.jpg"));
  copy = library_query_copy (query);
  g_clear_pointer (&query, library_query_free);
  g_assert_cmpstr (copy->text, ==, "a");
  g_assert_cmpstr (copy->without[0], ==, "b");
  g_assert_cmpstr (copy->folders[0], ==, "c");
  g_assert_cmpstr (copy->types[0], ==, "png");
  g_assert_cmpstr (copy->more, ==, "m");
  g_assert_cmpstr (copy->less, ==, "l");
  g_assert_cmpfloat (copy->strength, ==, 0.5f);
  g_assert_cmpint (copy->taken_to, ==, second_of (2020, 1, 1) - 1);
  g_assert_cmpuint (copy->images->len, ==, 1);
  g_assert_null (copy->without_images);
  g_assert_cmpstr (g_file_peek_path (copy->similar), ==, "/s.jpg");
}

static void
test_empty (void)
{
  g_autoptr (LibraryQuery) query = library_query_new ();

  g_assert_true (library_query_is_empty (query));
  query->without_images = g_ptr_array_new ();
  query->images = g_ptr_array_new ();
  query->text = g_strdup ("");
  g_assert_true (library_query_is_empty (query));
  query->taken_to = 1;
  g_assert_false (library_query_is_empty (query));
  query->taken_to = 0;
  query->similar = g_file_new_for_path ("/s.jpg");
  g_assert_false (library_query_is_empty (query));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query/understood", test_understood);
  g_test_add_func ("/query/filters", test_filters);
  g_test_add_func ("/query/dates", test_dates);
  g_test_add_func ("/query/refused", test_refused);
  g_test_add_func ("/query/message", test_message);
  g_test_add_func ("/query/bytes", test_bytes);
  g_test_add_func ("/query/long", test_long);
  g_test_add_func ("/query/many-parts", test_many_parts);
  g_test_add_func ("/query/home", test_home);
  g_test_add_func ("/query/random", test_random);
  g_test_add_func ("/query/copy", test_copy);
  g_test_add_func ("/query/empty", test_empty);
  return g_test_run ();
}
