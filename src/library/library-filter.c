/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-filter.h"

#include <string.h>

gboolean
library_filter_is_needed (const LibraryQuery *query)
{
  return (query->folders != NULL && query->folders[0] != NULL) || (query->types != NULL && query->types[0] != NULL) ||
         query->taken_from != 0 || query->taken_to != 0;
}

/* "/a/B/c.jpg" and "b" give TRUE: compares folder names as people read them, without case. */
static gboolean
has_folder_names (const char *path, const char *names)
{
  const char *last = strrchr (path, '/');
  g_autofree char *bytes = g_strndup (path, (gsize) (last - path) + 1);
  g_autofree char *shown = g_filename_display_name (bytes);
  g_autofree char *folders = g_utf8_casefold (shown, -1);
  g_autofree char *folded = g_utf8_casefold (names, -1);
  gsize length = strlen (folded);
  g_autofree char *wanted = NULL;

  while (length > 0 && folded[length - 1] == '/')
    folded[--length] = '\0';
  wanted = g_strconcat ("/", folded, "/", NULL);
  return length > 0 && strstr (folders, wanted) != NULL;
}

static gboolean
is_in_folder (const LibraryPhotoRecord *photo, const char *folder)
{
  return folder[0] == '/' ? library_path_is_within (photo->path, folder) : has_folder_names (photo->path, folder);
}

static gboolean
is_in_some_folder (const LibraryPhotoRecord *photo, GStrv folders)
{
  if (folders == NULL || folders[0] == NULL)
    return TRUE;
  for (guint i = 0; folders[i] != NULL; i++)
    if (is_in_folder (photo, folders[i]))
      return TRUE;
  return FALSE;
}

gboolean
library_filter_matches (const LibraryQuery *query, const LibraryPhotoRecord *photo)
{
  gint64 date = library_photo_record_get_date (photo);

  if (query->taken_from != 0 && date < query->taken_from)
    return FALSE;
  if (query->taken_to != 0 && date > query->taken_to)
    return FALSE;
  if (query->types != NULL && query->types[0] != NULL && !g_strv_contains ((const char *const *) query->types, photo->format))
    return FALSE;
  return is_in_some_folder (photo, query->folders);
}
