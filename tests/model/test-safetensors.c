/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every rule of the format, one file each. */
#include "model-safetensors.h"

#include "support.h"

#include <string.h>

/* A file of a header and `data` bytes of tensors. */
static GByteArray *
make_file (const char *header, gsize data)
{
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE ((guint64) strlen (header));

  g_byte_array_append (file, (const guint8 *) &length, 8);
  g_byte_array_append (file, (const guint8 *) header, strlen (header));
  for (gsize i = 0; i < data; i++)
    g_byte_array_append (file, (const guint8 *) "\1", 1);
  return file;
}

static ModelSafetensors *
open_bytes (const guint8 *bytes, gsize length, GError **error)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  ModelSafetensors *file;

  support_write (folder, "file", (const char *) bytes, length);
  file = model_safetensors_open (path, error);
  support_remove (folder);
  return file;
}

static ModelSafetensors *
open_header (const char *header, gsize data, GError **error)
{
  g_autoptr (GByteArray) bytes = make_file (header, data);

  return open_bytes (bytes->data, bytes->len, error);
}

static void
test_good (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ModelSafetensors) file = open_header (
    "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[4,16]},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
    "\"none\":{\"dtype\":\"BF16\",\"shape\":[0,7],\"data_offsets\":[16,16]},\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[16,24]}}   ",
    24, &error);
  const ModelSafetensor *tensor;
  g_autoptr (GBytes) bytes = NULL;

  g_assert_no_error (error);
  tensor = model_safetensors_find (file, "b");
  g_assert_true (tensor->usable);
  g_assert_cmpint (tensor->type, ==, COMPUTE_F16);
  g_assert_cmpuint (tensor->rank, ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 3);
  bytes = model_safetensors_get_bytes (file, tensor);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 12);
  g_assert_false (model_safetensors_find (file, "i")->usable);
  g_assert_null (model_safetensors_find (file, "c"));
}

#define TENSOR(type, shape, from, to) "{\"t\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" #from "," #to "]}}"

static const struct
{
  const char *what, *header;
  gsize data;
} bad[] = {
  { "unknown type", TENSOR ("F12", "[1]", 0, 4), 4 },
  { "size and shape disagree", TENSOR ("F32", "[2]", 0, 4), 4 },
  { "gap at the start", TENSOR ("F32", "[1]", 4, 8), 8 },
  { "beyond the end", TENSOR ("F32", "[4]", 0, 16), 8 },
  { "something after the end", TENSOR ("F32", "[1]", 0, 4), 5 },
  { "from after to", TENSOR ("F32", "[1]", 4, 0), 4 },
  { "negative", TENSOR ("F32", "[-1]", 0, 4), 4 },
  { "fraction", TENSOR ("F32", "[1.0]", 0, 4), 4 },
  { "overflow", TENSOR ("F32", "[4611686018427387904,4]", 0, 0), 0 },
  { "rank 9", TENSOR ("F32", "[1,1,1,1,1,1,1,1,1]", 0, 4), 4 },
  { "no shape", "{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4 },
  { "no place", "{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4 },
  { "three offsets", "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4 },
  { "overlap", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8 },
  { "twice", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8 },
  { "no object", "[]", 0 },
  { "space before", " {}", 0 },
  { "no JSON", "{", 0 },
  { "tensor is a number", "{\"a\":1}", 0 },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ModelSafetensors) file = open_header (bad[i].header, bad[i].data, &error);

      if (file)
        g_error ("“%s” was accepted", bad[i].what);
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
    }
}

static void
test_header_length (void)
{
  static const guint64 lengths[] = { 3, 1000, (guint64) MODEL_SAFETENSORS_HEADER + 1, G_MAXUINT64, G_MAXUINT64 - 7, (guint64) 1 << 63 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GByteArray) bytes = make_file ("{}", 4);
      guint64 length = GUINT64_TO_LE (lengths[i]);
      g_autoptr (GError) error = NULL;

      memcpy (bytes->data, &length, 8);
      g_assert_null (open_bytes (bytes->data, bytes->len, &error));
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
    }
}

/* Cut anywhere, the real model is refused and named. */
static void
test_truncated (void)
{
  g_autofree char *pack = support_pack (), *path = g_build_filename (pack, "open_clip_model.safetensors", NULL), *data = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  gsize length;

  g_file_get_contents (path, &data, &length, NULL);
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr (GError) error = NULL;
      gsize cut = i == 0 ? 0 : i == 1 ? length - 1
                                      : (gsize) g_rand_int_range (rand, 1, length);

      g_assert_null (open_bytes ((guint8 *) data, cut, &error));
      g_assert_error (error, MODEL_ERROR, MODEL_ERROR_DAMAGED);
      g_assert_nonnull (strstr (error->message, "file"));
    }
}

static void
test_mutations (void)
{
  g_autoptr (GByteArray) seed = make_file (
    "{\"b\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[4,16]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 16);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (seed->data, seed->len);
      guint n = 1 + g_rand_int_range (rand, 0, 3);

      while (n--)
        bytes[g_rand_int_range (rand, 0, seed->len)] = g_rand_int_range (rand, 0, 256);
      model_safetensors_free (open_bytes (bytes, seed->len, NULL));
    }
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (model_safetensors_open ("/nonexistent/file", &error));
  g_assert_error (error, MODEL_ERROR, MODEL_ERROR_NOT_A_MODEL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/good", test_good);
  g_test_add_func ("/safetensors/bad", test_bad);
  g_test_add_func ("/safetensors/header-length", test_header_length);
  g_test_add_func ("/safetensors/truncated", test_truncated);
  g_test_add_func ("/safetensors/mutations", test_mutations);
  g_test_add_func ("/safetensors/missing", test_missing);
  return g_test_run ();
}
