/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-query.h"

/* With a free function of its own, whatever the original array has. */
static GPtrArray *
copy_files (GPtrArray *files)
{
  GPtrArray *copy;

  if (files == NULL)
    return NULL;
  copy = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < files->len; i++)
    g_ptr_array_add (copy, g_object_ref (g_ptr_array_index (files, i)));
  return copy;
}

LibraryQuery *
library_query_new (void)
{
  LibraryQuery *query = g_new0 (LibraryQuery, 1);

  query->strength = 1;
  return query;
}

LibraryQuery *
library_query_copy (const LibraryQuery *query)
{
  LibraryQuery *copy;

  g_return_val_if_fail (query != NULL, NULL);

  copy = g_memdup2 (query, sizeof *query);
  copy->text = g_strdup (query->text);
  copy->without = g_strdupv (query->without);
  copy->images = copy_files (query->images);
  copy->without_images = copy_files (query->without_images);
  copy->folders = g_strdupv (query->folders);
  copy->types = g_strdupv (query->types);
  copy->without_folders = g_strdupv (query->without_folders);
  copy->without_types = g_strdupv (query->without_types);
  copy->quoted = g_strdupv (query->quoted);
  copy->without_quoted = g_strdupv (query->without_quoted);
  copy->similar = query->similar != NULL ? g_object_ref (query->similar) : NULL;
  copy->less = g_strdup (query->less);
  copy->more = g_strdup (query->more);
  return copy;
}

void
library_query_free (LibraryQuery *query)
{
  g_free (query->text);
  g_strfreev (query->without);
  g_clear_pointer (&query->images, g_ptr_array_unref);
  g_clear_pointer (&query->without_images, g_ptr_array_unref);
  g_strfreev (query->folders);
  g_strfreev (query->types);
  g_strfreev (query->without_folders);
  g_strfreev (query->without_types);
  g_strfreev (query->quoted);
  g_strfreev (query->without_quoted);
  g_clear_object (&query->similar);
  g_free (query->less);
  g_free (query->more);
  g_free (query);
}

static gboolean
has_strings (GStrv strings)
{
  return strings != NULL && strings[0] != NULL;
}

static gboolean
has_files (GPtrArray *files)
{
  return files != NULL && files->len > 0;
}

gboolean
library_query_has_filters (const LibraryQuery *query)
{
  g_return_val_if_fail (query != NULL, FALSE);

  return has_strings (query->folders) || has_strings (query->types) || has_strings (query->without_folders) || has_strings (query->without_types) ||
         has_strings (query->quoted) || has_strings (query->without_quoted) || query->has_caption != LIBRARY_QUERY_ANY ||
         query->taken_from != 0 || query->taken_to != 0;
}

gboolean
library_query_is_empty (const LibraryQuery *query)
{
  g_return_val_if_fail (query != NULL, TRUE);

  return (query->text == NULL || *query->text == '\0') && !has_strings (query->without) && !has_files (query->images) &&
         !has_files (query->without_images) && !library_query_has_filters (query) && query->similar == NULL;
}

void
library_hit_free (LibraryHit *hit)
{
  g_clear_pointer (&hit->photo, library_photo_free);
  g_free (hit);
}

void
library_results_free (LibraryResults *results)
{
  g_clear_pointer (&results->hits, g_ptr_array_unref);
  g_free (results->model);
  g_free (results);
}
