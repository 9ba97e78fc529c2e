/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-filter.h"

#include <string.h>

struct _LibraryFilter
{
  const LibraryQuery *query;
  GStrv folders, without_folders; /* as compared: paths, or names between slashes, folded */
  GStrv quoted, without_quoted;   /* folded */
  char *last_folder;              /* photographs of one folder follow each other mostly */
  gboolean last_passed;
};

static gboolean
has_strings (GStrv strings)
{
  return strings != NULL && strings[0] != NULL;
}

/* ---- words of captions ---- */

/* Without case, accents and forms of writing the same character; runs of space are one. */
static char *
fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *apart = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (apart, -1);
  GString *out = g_string_sized_new (strlen (folded));

  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (g_unichar_ismark (c))
        continue;
      if (!g_unichar_isspace (c))
        g_string_append_unichar (out, c);
      else if (out->len > 0 && out->str[out->len - 1] != ' ')
        g_string_append_c (out, ' ');
    }
  return g_string_free (out, FALSE);
}

static GStrv
fold_all (GStrv texts)
{
  guint n = texts != NULL ? g_strv_length (texts) : 0;
  GStrv folded = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    folded[i] = fold (texts[i]);
  return folded;
}

static gboolean
has_right_words (const LibraryFilter *self, const char *caption)
{
  g_autofree char *folded = NULL;

  if (!has_strings (self->quoted) && !has_strings (self->without_quoted))
    return TRUE;
  folded = fold (caption);
  for (guint i = 0; self->quoted[i] != NULL; i++)
    if (strstr (folded, self->quoted[i]) == NULL)
      return FALSE;
  for (guint i = 0; self->without_quoted[i] != NULL; i++)
    if (strstr (folded, self->without_quoted[i]) != NULL)
      return FALSE;
  return TRUE;
}

/* ---- folders ---- */

/* A path as it is; names of folders without case and between slashes, so that whole names are found. */
static GStrv
prepare_folders (GStrv folders)
{
  guint n = folders != NULL ? g_strv_length (folders) : 0;
  GStrv prepared = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *names = folders[i][0] != '/' ? g_utf8_casefold (folders[i], -1) : NULL;
      gsize length = names != NULL ? strlen (names) : 0;

      while (length > 0 && names[length - 1] == '/')
        names[--length] = '\0';
      prepared[i] = names != NULL ? g_strconcat ("?/", names, "/", NULL) : g_strdup (folders[i]);
    }
  return prepared;
}

/* names: of the folders of the path, folded. */
static gboolean
is_in_some_folder (const char *path, const char *names, GStrv folders)
{
  for (guint i = 0; folders[i] != NULL; i++)
    if (folders[i][0] == '/' ? library_path_is_within (path, folders[i]) : strstr (names, folders[i] + 1) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
judge_folder (const LibraryFilter *self, const char *path, const char *folder)
{
  g_autofree char *shown = g_filename_display_name (folder);
  g_autofree char *names = g_utf8_casefold (shown, -1);

  return (!has_strings (self->folders) || is_in_some_folder (path, names, self->folders)) && !is_in_some_folder (path, names, self->without_folders);
}

static gboolean
is_in_right_folder (LibraryFilter *self, const char *path)
{
  gsize length = (gsize) (strrchr (path, '/') - path) + 1;

  if (!has_strings (self->folders) && !has_strings (self->without_folders))
    return TRUE;
  if (self->last_folder != NULL && strncmp (self->last_folder, path, length) == 0 && self->last_folder[length] == '\0')
    return self->last_passed;
  g_free (self->last_folder);
  self->last_folder = g_strndup (path, length);
  self->last_passed = judge_folder (self, path, self->last_folder);
  return self->last_passed;
}

/* ---- the rest ---- */

static gboolean
has_right_type (const LibraryQuery *query, const char *format)
{
  if (has_strings (query->types) && !g_strv_contains ((const char *const *) query->types, format))
    return FALSE;
  return !has_strings (query->without_types) || !g_strv_contains ((const char *const *) query->without_types, format);
}

static gboolean
has_right_date (const LibraryQuery *query, gint64 date)
{
  return (query->taken_from == 0 || date >= query->taken_from) && (query->taken_to == 0 || date <= query->taken_to);
}

gboolean
library_filter_matches (LibraryFilter *self, const LibraryPhotoRecord *photo)
{
  const LibraryQuery *query = self->query;

  if (query->has_caption != LIBRARY_QUERY_ANY && (photo->caption[0] != '\0') != (query->has_caption == LIBRARY_QUERY_WITH))
    return FALSE;
  return has_right_date (query, library_photo_record_get_date (photo)) && has_right_type (query, photo->format) && is_in_right_folder (self, photo->path) &&
         has_right_words (self, photo->caption);
}

LibraryFilter *
library_filter_new (const LibraryQuery *query)
{
  LibraryFilter *self = g_new0 (LibraryFilter, 1);

  self->query = query;
  self->folders = prepare_folders (query->folders);
  self->without_folders = prepare_folders (query->without_folders);
  self->quoted = fold_all (query->quoted);
  self->without_quoted = fold_all (query->without_quoted);
  return self;
}

void
library_filter_free (LibraryFilter *self)
{
  g_strfreev (self->folders);
  g_strfreev (self->without_folders);
  g_strfreev (self->quoted);
  g_strfreev (self->without_quoted);
  g_free (self->last_folder);
  g_free (self);
}
