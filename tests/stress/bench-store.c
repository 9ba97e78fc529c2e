/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What writing embeddings costs, and looking through a library that was not closed: ratios within one run.
 *
 *     bench-store [PHOTOS]      in TMPDIR
 */
#include "library-pages.h"
#include "library-space.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIM 512u /* 1 KB */

typedef struct
{
  guint count;
  gboolean records; /* with the photographs' records and the packed rows; else bare values of 1 KB */
} Batch;

static gboolean
put_batch (LibraryTxn *txn, gpointer data, GError **error)
{
  const Batch *batch = data;
  g_autofree guint16 *rows = g_new0 (guint16, (gsize) batch->count * DIM);
  g_autofree LibraryPhotoId *ids = g_new (LibraryPhotoId, batch->count);
  guint64 first = library_txn_get_number (txn, "bench");
  LibrarySpace space;

  library_space_init (&space, "bench", LIBRARY_CLASS_FAST, DIM);
  for (guint i = 0; i < batch->count; i++)
    {
      ids[i] = first + i + 1;
      rows[i * DIM] = (guint16) ids[i];
      if (batch->records)
        {
          g_autofree char *path = g_strdup_printf ("/photos/%u/%u.jpg", (guint) ids[i] / 100, (guint) ids[i]);
          g_autoptr (LibraryPhotoRecord) photo = support_photo (path, ids[i]);

          library_photo_put (txn, photo);
        }
      else
        {
          LibraryKey key = library_key_vector (1, ids[i]);

          library_txn_put (txn, LIBRARY_TABLE_VECTORS, &key, rows + i * DIM, DIM * sizeof *rows);
        }
    }
  if (batch->records)
    library_space_put_many (txn, &space, ids, rows, batch->count);
  library_txn_set_meta (txn, "bench", first + batch->count, NULL);
  return TRUE;
}

/* Photographs a second, with `count` to a commit. */
static double
measure (guint count, guint commits, gboolean records)
{
  char *folder = support_make_folder ();
  LibraryStore *store = support_open (folder, 0);
  Batch batch = { count, records };
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < commits; i++)
    support_change (store, put_batch, &batch);
  start = g_get_monotonic_time () - start;
  library_store_unref (store);
  support_remove (folder);
  return (double) count * commits * 1e6 / (double) start;
}

static void
compare (const char *what, gboolean records)
{
  double one = 0, many = 0;

  for (guint round = 0; round < 5; round++)
    {
      one = MAX (one, measure (1, 200, records));
      many = MAX (many, measure (64, 60, records));
    }
  printf ("%s: one a commit %.0f/s, 64 a commit %.0f/s, %.1f times\n", what, one, many, many / one);
}

static void
look_through (guint photos)
{
  char *folder = support_make_folder ();
  g_autofree char *path = g_build_filename (folder, "data.mdb", NULL);
  LibraryStore *store = support_open (folder, 0);
  Batch batch = { 1024, TRUE };
  LibraryPages pages;
  gint64 start;

  for (guint i = 0; i < photos; i += 1024)
    support_change (store, put_batch, &batch);
  library_store_unref (store);
  start = g_get_monotonic_time ();
  g_assert_true (library_pages_read (path, 0, NULL, NULL, &pages, NULL));
  start = g_get_monotonic_time () - start;
  printf ("looking through %u photographs, %" G_GUINT64_FORMAT " pages: %.0f ms\n", photos, pages.pages, (double) start / 1000);
  start = g_get_monotonic_time ();
  library_store_unref (support_open (folder, 0));
  printf ("opening them after closing: %.1f ms\n", (double) (g_get_monotonic_time () - start) / 1000);
  support_remove (folder);
}

int
main (int argc, char **argv)
{
  compare ("values of 1 KB", FALSE);
  compare ("photographs with records and rows", TRUE);
  look_through (argc > 1 ? (guint) atoi (argv[1]) : 100000);
  return 0;
}
