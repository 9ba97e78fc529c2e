/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-wire.h"

/* A string as D-Bus takes it. */
static GVariant *
text (const char *string)
{
  return g_variant_new_take_string (g_utf8_make_valid (string != NULL ? string : "", -1));
}

/* The other way round, where "" means that there is none. */
static char *
take_text (char *string)
{
  if (*string != '\0')
    return string;
  g_free (string);
  return NULL;
}

static GVariant *
uri (GFile *file)
{
  return g_variant_new_take_string (g_file_get_uri (file));
}

/* ---- photographs ---- */

static GVariant *
strings (char **list)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    g_variant_builder_add_value (&builder, text (list[i]));
  return g_variant_builder_end (&builder);
}

GVariant *
library_wire_pack_photo (const LibraryPhoto *photo)
{
  return g_variant_new ("(t@suuxx@s@s@s@s@asi)", photo->id, uri (photo->file), photo->width, photo->height, photo->taken, photo->size, text (photo->format),
                        text (photo->caption), text (photo->camera), text (photo->title), strings (photo->keywords), photo->rating);
}

LibraryPhoto *
library_wire_unpack_photo (GVariant *variant)
{
  LibraryPhoto *photo = g_new0 (LibraryPhoto, 1);
  const char *file;

  g_variant_get (variant, "(t&suuxxssss^asi)", &photo->id, &file, &photo->width, &photo->height, &photo->taken, &photo->size, &photo->format,
                 &photo->caption, &photo->camera, &photo->title, &photo->keywords, &photo->rating);
  photo->file = g_file_new_for_uri (file);
  photo->caption = take_text (photo->caption);
  photo->camera = take_text (photo->camera);
  photo->title = take_text (photo->title);
  if (photo->keywords[0] == NULL)
    g_clear_pointer (&photo->keywords, g_strfreev);
  return photo;
}

/* ---- lists ---- */

static GVariant *
pack_all (GPtrArray *items, const char *type, GVariant *(*pack) (gconstpointer item))
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (type));
  for (guint i = 0; items != NULL && i < items->len; i++)
    g_variant_builder_add_value (&builder, pack (g_ptr_array_index (items, i)));
  return g_variant_builder_end (&builder);
}

static GPtrArray *
unpack_all (GVariant *variant, gpointer (*unpack) (GVariant *), GDestroyNotify free_item)
{
  gsize n = g_variant_n_children (variant);
  GPtrArray *items = g_ptr_array_new_full ((guint) n, free_item);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);

      g_ptr_array_add (items, unpack (child));
    }
  return items;
}

GVariant *
library_wire_pack_photos (GPtrArray *photos)
{
  return pack_all (photos, LIBRARY_WIRE_PHOTOS, (GVariant * (*) (gconstpointer)) library_wire_pack_photo);
}

GPtrArray *
library_wire_unpack_photos (GVariant *variant)
{
  return unpack_all (variant, (gpointer (*) (GVariant *)) library_wire_unpack_photo, (GDestroyNotify) library_photo_free);
}

static GVariant *
pack_file (gconstpointer file)
{
  return uri (G_FILE (file));
}

static gpointer
unpack_file (GVariant *variant)
{
  return g_file_new_for_uri (g_variant_get_string (variant, NULL));
}

GVariant *
library_wire_pack_files (GPtrArray *files)
{
  return pack_all (files, "as", pack_file);
}

GPtrArray *
library_wire_unpack_files (GVariant *variant)
{
  return unpack_all (variant, unpack_file, g_object_unref);
}

/* ---- problems ---- */

GVariant *
library_wire_pack_problem (const LibraryProblem *problem)
{
  return g_variant_new ("(@s@s@su)", uri (problem->file), text (problem->reason), text (problem->detail), problem->attempts);
}

LibraryProblem *
library_wire_unpack_problem (GVariant *variant)
{
  LibraryProblem *problem = g_new0 (LibraryProblem, 1);
  const char *file;

  g_variant_get (variant, "(&sssu)", &file, &problem->reason, &problem->detail, &problem->attempts);
  problem->file = g_file_new_for_uri (file);
  return problem;
}

GVariant *
library_wire_pack_problems (GPtrArray *problems)
{
  return pack_all (problems, LIBRARY_WIRE_PROBLEMS, (GVariant * (*) (gconstpointer)) library_wire_pack_problem);
}

GPtrArray *
library_wire_unpack_problems (GVariant *variant)
{
  return unpack_all (variant, (gpointer (*) (GVariant *)) library_wire_unpack_problem, (GDestroyNotify) library_problem_free);
}

/* ---- folders ---- */

static GVariant *
pack_folder (gconstpointer item)
{
  const LibraryFolderState *folder = item;

  return g_variant_new ("(@sbt)", uri (folder->file), folder->away, folder->photos);
}

static gpointer
unpack_folder (GVariant *variant)
{
  LibraryFolderState *folder = g_new0 (LibraryFolderState, 1);
  const char *file;

  g_variant_get (variant, "(&sbt)", &file, &folder->away, &folder->photos);
  folder->file = g_file_new_for_uri (file);
  return folder;
}

GVariant *
library_wire_pack_folders (GPtrArray *folders)
{
  return pack_all (folders, LIBRARY_WIRE_FOLDERS, pack_folder);
}

GPtrArray *
library_wire_unpack_folders (GVariant *variant)
{
  return unpack_all (variant, unpack_folder, (GDestroyNotify) library_folder_state_free);
}

/* ---- progress ---- */

GVariant *
library_wire_pack_progress (const LibraryProgress *p)
{
  return g_variant_new (LIBRARY_WIRE_PROGRESS, p->total, p->done, p->indexed, p->unchanged, p->moved, p->failed, p->ignored,
                        p->scanning, p->photos_per_second, p->seconds, (guint32) p->state, p->seconds_left);
}

void
library_wire_unpack_progress (GVariant *variant, LibraryProgress *p)
{
  guint32 state;

  *p = (LibraryProgress){ 0 };
  g_variant_get (variant, LIBRARY_WIRE_PROGRESS, &p->total, &p->done, &p->indexed, &p->unchanged, &p->moved, &p->failed, &p->ignored,
                 &p->scanning, &p->photos_per_second, &p->seconds, &state, &p->seconds_left);
  p->state = state <= LIBRARY_INDEX_WAITING_FOR_MAINS ? (LibraryIndexState) state : LIBRARY_INDEX_RUNNING;
}

GVariant *
library_wire_pack_pace (const LibraryPaceSettings *settings)
{
  return g_variant_new (LIBRARY_WIRE_PACE, settings->paused, settings->mains_only, settings->rate);
}

void
library_wire_unpack_pace (GVariant *variant, LibraryPaceSettings *settings)
{
  g_variant_get (variant, LIBRARY_WIRE_PACE, &settings->paused, &settings->mains_only, &settings->rate);
}

/* ---- queries ---- */

static void
add_strings (GVariantBuilder *builder, const char *name, char **list)
{
  if (list != NULL && list[0] != NULL)
    g_variant_builder_add (builder, "{sv}", name, strings (list));
}

/* Folders are paths: any bytes. */
static void
add_paths (GVariantBuilder *builder, const char *name, char **paths)
{
  if (paths != NULL && paths[0] != NULL)
    g_variant_builder_add (builder, "{sv}", name, g_variant_new_bytestring_array ((const char *const *) paths, -1));
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *string)
{
  if (string != NULL)
    g_variant_builder_add (builder, "{sv}", name, text (string));
}

static void
add_files (GVariantBuilder *builder, const char *name, GPtrArray *files)
{
  if (files != NULL && files->len > 0)
    g_variant_builder_add (builder, "{sv}", name, library_wire_pack_files (files));
}

GVariant *
library_wire_pack_query (const LibraryQuery *query)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "text", query->text);
  add_strings (&builder, "without", query->without);
  add_files (&builder, "images", query->images);
  add_files (&builder, "without-images", query->without_images);
  add_paths (&builder, "folders", query->folders);
  add_strings (&builder, "types", query->types);
  add_paths (&builder, "without-folders", query->without_folders);
  add_strings (&builder, "without-types", query->without_types);
  add_strings (&builder, "quoted", query->quoted);
  add_strings (&builder, "without-quoted", query->without_quoted);
  g_variant_builder_add (&builder, "{sv}", "has-caption", g_variant_new_uint32 (query->has_caption));
  g_variant_builder_add (&builder, "{sv}", "taken-from", g_variant_new_int64 (query->taken_from));
  g_variant_builder_add (&builder, "{sv}", "taken-to", g_variant_new_int64 (query->taken_to));
  if (query->similar != NULL)
    g_variant_builder_add (&builder, "{sv}", "similar", uri (query->similar));
  add_text (&builder, "less", query->less);
  add_text (&builder, "more", query->more);
  g_variant_builder_add (&builder, "{sv}", "strength", g_variant_new_double (query->strength));
  return g_variant_builder_end (&builder);
}

static GPtrArray *
look_up_files (GVariant *variant, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (variant, name, G_VARIANT_TYPE_STRING_ARRAY);

  return value != NULL ? library_wire_unpack_files (value) : NULL;
}

static void
replace_files (GPtrArray **files, GPtrArray *found)
{
  g_clear_pointer (files, g_ptr_array_unref);
  *files = found;
}

LibraryQuery *
library_wire_unpack_query (GVariant *variant)
{
  LibraryQuery *query = library_query_new ();
  const char *similar;
  guint32 has_caption;
  double strength;

  g_variant_lookup (variant, "text", "s", &query->text);
  g_variant_lookup (variant, "without", "^as", &query->without);
  replace_files (&query->images, look_up_files (variant, "images"));
  replace_files (&query->without_images, look_up_files (variant, "without-images"));
  g_variant_lookup (variant, "folders", "^aay", &query->folders);
  g_variant_lookup (variant, "types", "^as", &query->types);
  g_variant_lookup (variant, "without-folders", "^aay", &query->without_folders);
  g_variant_lookup (variant, "without-types", "^as", &query->without_types);
  g_variant_lookup (variant, "quoted", "^as", &query->quoted);
  g_variant_lookup (variant, "without-quoted", "^as", &query->without_quoted);
  if (g_variant_lookup (variant, "has-caption", "u", &has_caption) && has_caption <= LIBRARY_QUERY_WITHOUT)
    query->has_caption = (LibraryQueryHas) has_caption;
  g_variant_lookup (variant, "taken-from", "x", &query->taken_from);
  g_variant_lookup (variant, "taken-to", "x", &query->taken_to);
  if (g_variant_lookup (variant, "similar", "&s", &similar))
    query->similar = g_file_new_for_uri (similar);
  g_variant_lookup (variant, "less", "s", &query->less);
  g_variant_lookup (variant, "more", "s", &query->more);
  if (g_variant_lookup (variant, "strength", "d", &strength))
    query->strength = (float) strength;
  return query;
}

/* ---- results ---- */

GVariant *
library_wire_pack_results (const LibraryResults *results)
{
  GVariantBuilder hits;

  g_variant_builder_init (&hits, G_VARIANT_TYPE (LIBRARY_WIRE_HITS));
  for (guint i = 0; i < results->hits->len; i++)
    {
      const LibraryHit *hit = g_ptr_array_index (results->hits, i);

      g_variant_builder_add (&hits, "(@" LIBRARY_WIRE_PHOTO "db)", library_wire_pack_photo (hit->photo), (double) hit->score, hit->strong);
    }
  return g_variant_new ("(@" LIBRARY_WIRE_HITS "tttttd@s)", g_variant_builder_end (&hits), results->total, results->strong, results->searched,
                        results->photos, results->generation, results->milliseconds, text (results->model));
}

LibraryResults *
library_wire_unpack_results (GVariant *variant)
{
  LibraryResults *results = g_new0 (LibraryResults, 1);
  g_autoptr (GVariant) hits = NULL;

  g_variant_get (variant, "(@" LIBRARY_WIRE_HITS "tttttds)", &hits, &results->total, &results->strong, &results->searched, &results->photos,
                 &results->generation, &results->milliseconds, &results->model);
  results->model = take_text (results->model);
  results->hits = g_ptr_array_new_with_free_func ((GDestroyNotify) library_hit_free);
  for (gsize i = 0; i < g_variant_n_children (hits); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (hits, i);
      g_autoptr (GVariant) photo = g_variant_get_child_value (child, 0);
      LibraryHit *hit = g_new0 (LibraryHit, 1);
      double score;

      hit->photo = library_wire_unpack_photo (photo);
      g_variant_get_child (child, 1, "d", &score);
      g_variant_get_child (child, 2, "b", &hit->strong);
      hit->score = (float) score;
      g_ptr_array_add (results->hits, hit);
    }
  return results;
}

/* ---- status, options ---- */

GVariant *
library_wire_pack_status (const LibraryStatus *status)
{
  return g_variant_new ("(@s@s@s@sb@s)", text (status->model), text (status->model_path), text (status->device), text (status->device_name), status->demo,
                        text (status->notice));
}

LibraryStatus *
library_wire_unpack_status (GVariant *variant)
{
  LibraryStatus *status = g_new0 (LibraryStatus, 1);

  g_variant_get (variant, LIBRARY_WIRE_STATUS, &status->model, &status->model_path, &status->device, &status->device_name, &status->demo, &status->notice);
  status->notice = take_text (status->notice);
  return status;
}

GVariant *
library_wire_pack_options (const LibraryOptions *options)
{
  return g_variant_new ("(@s@si)", text (options->model), text (options->device), options->precision);
}

void
library_wire_unpack_options (GVariant *variant, LibraryOptions *options)
{
  g_variant_get (variant, LIBRARY_WIRE_OPTIONS, &options->model, &options->device, &options->precision);
  options->model = take_text (options->model);
  options->device = take_text (options->device);
}
