/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-id-set.h"

static void
test_edges (void)
{
  static const LibraryPhotoId ids[] = { 0, 1, 63, 64, 2047, 2048, 4096, G_MAXUINT32, G_MAXUINT64 };
  g_autoptr (LibraryIdSet) set = library_id_set_new ();

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_assert_false (library_id_set_contains (set, ids[i]));
      library_id_set_add (set, ids[i]);
      library_id_set_add (set, ids[i]);
      for (guint j = 0; j < G_N_ELEMENTS (ids); j++)
        g_assert_cmpint (library_id_set_contains (set, ids[j]), ==, j <= i);
    }
  g_assert_false (library_id_set_contains (set, 2));
  g_assert_false (library_id_set_contains (set, 65));
  g_assert_false (library_id_set_contains (set, 2049));
}

/* Against a table of the same ids. */
static void
test_random (void)
{
  g_autoptr (LibraryIdSet) set = library_id_set_new ();
  g_autoptr (GHashTable) table = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < 20000; i++)
    {
      guint id = (guint) g_test_rand_int_range (0, 40000);

      library_id_set_add (set, id);
      g_hash_table_add (table, GUINT_TO_POINTER (id));
    }
  for (guint id = 0; id < 50000; id++)
    g_assert_cmpint (library_id_set_contains (set, id), ==, g_hash_table_contains (table, GUINT_TO_POINTER (id)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id-set/edges", test_edges);
  g_test_add_func ("/id-set/random", test_random);
  return g_test_run ();
}
