/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-json.h"

#include <string.h>

static const char *const accepted[] = {
  "{}", "[]", "0", "-0", "1.5e3", "1E+2", "\"\"", "null", "true", "false", " [ 1 , 2 ] ", "{\"a\":{\"b\":[null]}}", "\"\\u0041\\n\\\"\\/\"", "\"\\ud83d\\ude00\"", "[1.0,-1e-10]",
  "\"é日🐶\"", "123456789012345678901234567890", "[[[[[[[[[[]]]]]]]]]]", "{\"\":1}", "\t\r\n1\n", "[\"\\b\\f\\r\\t\\\\\"]"
};

static const char *const refused[] = {
  "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "-", "+1", ".5", "1.", "1e", "1e+", "--1", "0x10", "NaN", "Infinity", "nul", "tru", "True",
  "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u0000\"", "\"a\nb\"", "\"\x01\"", "1 2", "[1 2]", "[1] x", "{\"a\":1,\"a\":2}", "1e999", "\xff", "\"\xc3\"",
  "[1}", "{]", "//", "/* */ 1", "\xef\xbb\xbf{}", "[\"a\",\n4\n,1,"
};

static void
test_verdicts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ModelJson) json = model_json_parse (accepted[i], strlen (accepted[i]), &error);

      if (!json)
        g_error ("%s: %s", accepted[i], error->message);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ModelJson) json = model_json_parse (refused[i], strlen (refused[i]), &error);

      if (json)
        g_error ("%s was accepted", refused[i]);
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
    }
}

static void
test_values (void)
{
  static const char text[] = "{\"n\": -12, \"f\": 0.5, \"s\": \"\\u00e9\\ud83d\\udc36\", \"l\": [1, [2]], \"big\": 9223372036854775808}";
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelJson) json = model_json_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpint (model_json_get (json, "n")->integer, ==, -12);
  g_assert_true (model_json_get (json, "n")->integral);
  g_assert_false (model_json_get (json, "f")->integral);
  g_assert_cmpfloat (model_json_get (json, "f")->number, ==, 0.5);
  g_assert_cmpstr (model_json_get (json, "s")->string, ==, "é🐶");
  g_assert_false (model_json_get (json, "big")->integral);
  g_assert_null (model_json_get (json, "absent"));
  g_assert_null (model_json_get (model_json_get (json, "n"), "n"));
}

static void
test_depth (void)
{
  g_autofree char *deep = g_strnfill (100000, '['), *opening = g_strnfill (MODEL_JSON_DEPTH - 1, '['), *closing = g_strnfill (MODEL_JSON_DEPTH - 1, ']');
  g_autofree char *deepest = g_strconcat (opening, "1", closing, NULL), *too_deep = g_strconcat ("[", deepest, "]", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelJson) json = NULL;

  g_assert_null (model_json_parse (deep, 100000, &error));
  g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
  g_assert_null (model_json_parse (too_deep, strlen (too_deep), NULL));
  json = model_json_parse (deepest, strlen (deepest), NULL);
  g_assert_nonnull (json);
}

static void
test_mutations (void)
{
  static const char seed[] = "{\"model_cfg\": {\"embed_dim\": 512, \"x\": [1.5e-3, true, null, \"\\u00e9\"]}, \"z\": -0}";
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 20000; i++)
    {
      char text[sizeof seed];
      guint n = 1 + g_rand_int_range (rand, 0, 4);

      memcpy (text, seed, sizeof seed);
      while (n--)
        text[g_rand_int_range (rand, 0, sizeof seed - 1)] = g_rand_int_range (rand, 0, 256);
      model_json_free (model_json_parse (text, g_rand_int_range (rand, 0, sizeof seed), NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/verdicts", test_verdicts);
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/mutations", test_mutations);
  return g_test_run ();
}
