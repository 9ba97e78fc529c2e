/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled model and the sample pictures, whose names say what they show: what is strong, and what is not. */
#include "library-engine.h"
#include "library-models.h"

#include "support.h"

#include <string.h>

/* Things that the model knows and no sample picture shows. */
static const char *const absent[] = {
  "cow", "goat", "rabbit", "panda", "fox", "zebra", "rooster", "swan", "parrot", "frog", "crocodile", "whale", "crab", "bee", "squirrel", "bat", "grapes", "lemon", "mango", "tomato", "carrot", "bread", "cheese", "sandwich", "popcorn", "donut", "cupcake", "milk", "beer", "tram", "ambulance", "motorcycle", "ship", "sled", "baby", "dancer", "cyclist", "santa", "alien", "fountain", "rose", "moon", "fire", "globe", "statue", "piano", "violin", "television", "clock", "bed", "key", "crown", "suitcase", "basketball", "lantern", "bus", "butterfly", "dress", "book", "gift", "shoe", "tree", "triangle"
};

typedef struct
{
  char *folder;
  LibraryEngine *engine;
  GPtrArray *names; /* of GStrv: the words of each picture */
} Samples;

static void
take_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* "three-red-balls-in-a-meadow.jpg": three, red, ball, meadow. */
static GStrv
get_words (const char *name)
{
  static const char *const small[] = { "a", "above", "at", "in", "left", "of", "on", "right", "the", "to", "under", "water", NULL };
  g_autofree char *base = g_strndup (name, strlen (name) - strlen (".jpg"));
  g_auto (GStrv) parts = g_strsplit (base, "-", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_str_has_suffix (parts[i], "s") && !g_str_equal (parts[i], "mountains"))
        parts[i][strlen (parts[i]) - 1] = '\0';
      if (!g_strv_contains (small, parts[i]))
        g_strv_builder_add (words, parts[i]);
    }
  return g_strv_builder_end (words);
}

static void
list_names (Samples *self, GFile *samples)
{
  g_autoptr (GDir) folder = g_dir_open (g_file_peek_path (samples), 0, NULL);
  const char *name;

  self->names = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  while ((name = g_dir_read_name (folder)) != NULL)
    if (g_str_has_suffix (name, ".jpg"))
      g_ptr_array_add (self->names, get_words (name));
  g_assert_cmpuint (self->names->len, ==, 48);
}

static void
set_up (Samples *self)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  LibraryProgress progress;

  self->folder = support_make_folder ();
  self->engine = library_engine_new (&(LibraryOptions){ self->folder, NULL, (char *) "cpu", -1 });
  g_ptr_array_add (folders, library_engine_get_samples (self->engine));
  list_names (self, folders->pdata[0]);
  library_engine_index_async (self->engine, folders, LIBRARY_INDEX_DEFAULT, NULL, NULL, NULL, NULL, take_result, &result);
  library_engine_index_finish (self->engine, wait_for (&result), &progress, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (progress.indexed, ==, 48);
}

static void
tear_down (Samples *self)
{
  g_ptr_array_unref (self->names);
  g_object_unref (self->engine);
  support_remove (self->folder);
}

static LibraryResults *
search (Samples *self, const char *text)
{
  g_autoptr (LibraryQuery) query = library_query_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  LibraryResults *results;

  query->text = g_strdup (text);
  library_engine_search_async (self->engine, query, 0, NULL, take_result, &result);
  results = library_engine_search_finish (self->engine, wait_for (&result), &error);
  g_assert_no_error (error);
  return results;
}

static gboolean
shows (GStrv picture, GStrv wanted)
{
  for (guint i = 0; wanted[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) picture, wanted[i]))
      return FALSE;
  return TRUE;
}

static double
get_f1 (Samples *self, const char *text, GStrv wanted)
{
  g_autoptr (LibraryResults) results = search (self, text);
  guint matches = 0, right = 0;

  for (guint i = 0; i < self->names->len; i++)
    matches += shows (g_ptr_array_index (self->names, i), wanted);
  for (guint i = 0; i < results->strong; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);
      g_autofree char *name = g_file_get_basename (hit->photo->file);
      g_auto (GStrv) words = get_words (name);

      right += shows (words, wanted);
    }
  g_test_message ("%s: %u of %u, %" G_GUINT64_FORMAT " strong", text, right, matches, results->strong);
  return 2.0 * right / (double) (results->strong + matches);
}

/* The names as captions, and each word of them. */
static void
check_present (Samples *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  double words = 0, captions = 0;

  for (guint i = 0; i < self->names->len; i++)
    {
      GStrv picture = g_ptr_array_index (self->names, i);
      g_autofree char *caption = g_strjoinv (" ", picture);

      captions += get_f1 (self, caption, picture);
      for (guint j = 0; picture[j] != NULL; j++)
        if (g_hash_table_add (seen, g_strdup (picture[j])))
          words += get_f1 (self, picture[j], (char *[]){ picture[j], NULL });
    }
  g_test_message ("F1 of %u words %.3f, of captions %.3f", g_hash_table_size (seen), words / g_hash_table_size (seen), captions / self->names->len);
  g_assert_cmpfloat (words / g_hash_table_size (seen), >=, 0.8);
  g_assert_cmpfloat (captions / self->names->len, >=, 0.8);
}

static void
check_absent (Samples *self)
{
  guint alarms = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (absent); i++)
    {
      g_autoptr (LibraryResults) results = search (self, absent[i]);

      alarms += results->strong > 0;
    }
  g_test_message ("strong results without a match: %u of %u", alarms, (guint) G_N_ELEMENTS (absent));
  g_assert_cmpuint (10 * alarms, <=, G_N_ELEMENTS (absent));
}

static void
test_samples (void)
{
  Samples samples;

  set_up (&samples);
  check_absent (&samples);
  check_present (&samples);
  tear_down (&samples);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relevance/samples", test_samples);
  return g_test_run ();
}
