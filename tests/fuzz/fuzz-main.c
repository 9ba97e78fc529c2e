/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands in for libFuzzer where there is none: gives the target each seed file as it is, then thousands of mutants, the same
 * ones every time.
 *
 *     fuzz-NAME SEED...
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define MUTANTS 2000u
#define LONGEST_SEED (256u * 1024u)
#define SECONDS 3

static void
change_bytes (GByteArray *bytes, GRand *rand)
{
  static const guint8 notable[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '{', '[', '\\', '-', '9', 'e' };

  for (guint n = 1 + g_rand_int_range (rand, 0, 8); n > 0 && bytes->len > 0; n--)
    {
      guint at = (guint) g_rand_int_range (rand, 0, (gint32) bytes->len);

      if (g_rand_boolean (rand))
        bytes->data[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
      else
        bytes->data[at] = notable[g_rand_int_range (rand, 0, G_N_ELEMENTS (notable))];
    }
}

/* Sizes and offsets are what parsers trust too much. */
static void
change_number (GByteArray *bytes, GRand *rand)
{
  static const guint64 notable[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff };
  gsize width = g_rand_boolean (rand) ? 4 : 8;
  guint64 value = notable[g_rand_int_range (rand, 0, G_N_ELEMENTS (notable))];

  if (bytes->len > width)
    memcpy (bytes->data + g_rand_int_range (rand, 0, (gint32) (bytes->len - width)), &value, width);
}

static void
change_length (GByteArray *bytes, GRand *rand)
{
  guint at, length;

  if (bytes->len == 0)
    return;
  at = (guint) g_rand_int_range (rand, 0, (gint32) bytes->len);
  length = (guint) g_rand_int_range (rand, 0, (gint32) MIN (bytes->len - at, 64u) + 1);
  if (g_rand_boolean (rand))
    g_byte_array_remove_range (bytes, at, g_rand_boolean (rand) ? length : bytes->len - at);
  else
    {
      g_autofree guint8 *again = g_memdup2 (bytes->data + at, length);

      g_byte_array_append (bytes, again, length);
    }
}

static void
try_mutant (const char *seed, gsize size, GRand *rand)
{
  static void (*const changes[]) (GByteArray *, GRand *) = { change_bytes, change_number, change_length };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *exact = NULL;

  g_byte_array_append (bytes, (const guint8 *) seed, (guint) size);
  for (guint n = 1 + g_rand_int_range (rand, 0, 3); n > 0; n--)
    changes[g_rand_int_range (rand, 0, G_N_ELEMENTS (changes))](bytes, rand);
  /* In a block of its own size, so that a sanitizer sees the first byte read behind it. */
  if (bytes->len == 0)
    return;
  exact = g_memdup2 (bytes->data, bytes->len);
  LLVMFuzzerTestOneInput (exact, bytes->len);
}

static void
try_seed (const char *path, gint64 deadline)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260101);
  g_autoptr (GError) error = NULL;
  g_autofree char *seed = NULL;
  gsize size;

  if (!g_file_get_contents (path, &seed, &size, &error))
    g_error ("%s", error->message);
  LLVMFuzzerTestOneInput ((const guint8 *) seed, size);
  size = MIN (size, LONGEST_SEED);
  for (guint i = 0; i < MUTANTS && g_get_monotonic_time () < deadline; i++)
    try_mutant (seed, size, rand);
}

int
main (int argc, char **argv)
{
  g_assert_cmpint (argc, >, 1);
  for (int i = 1; i < argc; i++)
    try_seed (argv[i], g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC / (argc - 1));
  LLVMFuzzerTestOneInput ((const guint8 *) "", 0);
  return EXIT_SUCCESS;
}
