/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-metadata-read.h"

#include <string.h>

#include "image-gexiv2.h"
#include "image-png-text.h"
#include "image-segments.h"

static const char *const description_tags[] = { "Xmp.dc.description", "Iptc.Application2.Caption", "Exif.Image.ImageDescription" };
static const char *const title_tags[] = { "Xmp.dc.title", "Iptc.Application2.ObjectName" };
static const char *const keyword_tags[] = { "Xmp.dc.subject", "Iptc.Application2.Keywords" };

/* exiv2 writes alternatives as: lang="x-default" Text */
static const char *
skip_language (const char *text)
{
  const char *end = g_str_has_prefix (text, "lang=\"") ? strchr (text + 6, '"') : NULL;

  return end != NULL && end[1] == ' ' ? end + 2 : text;
}

/* Of texts in several languages the one for every reader, else the first. */
static const char *
choose_language (const char *const *values)
{
  for (guint i = 0; values[i] != NULL; i++)
    if (g_str_has_prefix (values[i], "lang=\"x-default\" "))
      return values[i];
  return values[0];
}

static char *
get_text (GExiv2Metadata *source, const char *tag)
{
  g_auto (GStrv) values = gexiv2_metadata_try_get_tag_multiple (source, tag, NULL);
  const char *text;

  if (values == NULL || values[0] == NULL)
    return NULL;
  text = skip_language (choose_language ((const char *const *) values));
  return image_metadata_clean (text, strlen (text), IMAGE_METADATA_MAX_TEXT);
}

/* Cameras fill the field for descriptions with their own name, or with the file's. */
static gboolean
is_boilerplate (const char *text)
{
  static const char *const said_by_cameras[] = { "SONY DSC", "SAMSUNG", "SAMSUNG CAMERA PICTURES", "Exif_JPEG_PICTURE", "JPEG", "DSC", "default" };
  g_autofree char *upper = g_ascii_strup (text, -1);

  for (guint i = 0; i < G_N_ELEMENTS (said_by_cameras); i++)
    if (g_ascii_strcasecmp (text, said_by_cameras[i]) == 0)
      return TRUE;
  return g_str_has_suffix (upper, "DIGITAL CAMERA") || g_str_has_prefix (upper, "DCIM\\");
}

static void
read_caption (GExiv2Metadata *source, ImageMetadata *metadata)
{
  metadata->caption = get_text (source, "Xmp.iptc.AltTextAccessibility");
  metadata->caption_is_alt_text = metadata->caption != NULL;
  for (guint i = 0; i < G_N_ELEMENTS (description_tags) && metadata->caption == NULL; i++)
    {
      metadata->caption = get_text (source, description_tags[i]);
      if (metadata->caption != NULL && is_boilerplate (metadata->caption))
        g_clear_pointer (&metadata->caption, g_free);
    }
}

static void
read_title (GExiv2Metadata *source, ImageMetadata *metadata)
{
  for (guint i = 0; i < G_N_ELEMENTS (title_tags) && metadata->title == NULL; i++)
    metadata->title = get_text (source, title_tags[i]);
}

static void
add_keywords (GExiv2Metadata *source, const char *tag, GPtrArray *keywords)
{
  g_auto (GStrv) values = gexiv2_metadata_try_get_tag_multiple (source, tag, NULL);

  for (guint i = 0; values != NULL && values[i] != NULL && keywords->len < IMAGE_METADATA_MAX_KEYWORDS; i++)
    {
      g_autofree char *word = image_metadata_clean (values[i], strlen (values[i]), IMAGE_METADATA_MAX_KEYWORD);

      if (word != NULL && !g_ptr_array_find_with_equal_func (keywords, word, g_str_equal, NULL))
        g_ptr_array_add (keywords, g_steal_pointer (&word));
    }
}

static void
read_keywords (GExiv2Metadata *source, ImageMetadata *metadata)
{
  g_autoptr (GPtrArray) keywords = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (keyword_tags); i++)
    add_keywords (source, keyword_tags[i], keywords);
  if (keywords->len == 0)
    return;
  g_ptr_array_add (keywords, NULL);
  metadata->keywords = (GStrv) g_ptr_array_steal (keywords, NULL);
}

static void
read_rating (GExiv2Metadata *source, ImageMetadata *metadata)
{
  g_autofree char *text = get_text (source, "Xmp.xmp.Rating");
  double value = text != NULL ? g_ascii_strtod (text, NULL) : 0;

  if (value >= -1 && value <= 5) /* not of NaN */
    metadata->rating = (int) value;
}

/* The words that firms add to their names. */
static gboolean
is_legal_form (const char *word)
{
  static const char *const forms[] = { "CORPORATION", "CORP", "CORP.", "CO", "CO.", "CO.,", "COMPANY", "LTD", "LTD.", "CO.,LTD.", "CO.,LTD", "INC", "INC.", "GMBH", "AG", "IMAGING", "OPTICAL", "COMPUTER,", "ELECTRONICS" };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (g_ascii_strcasecmp (word, forms[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
starts_with_word (const char *text, const char *word)
{
  gsize length = strlen (word);

  return length > 1 && g_ascii_strncasecmp (text, word, length) == 0 && (text[length] == ' ' || text[length] == '\0');
}

char *
image_metadata_camera (const char *make, const char *model)
{
  g_auto (GStrv) words = g_strsplit (make != NULL ? make : "", " ", 32);
  guint n = g_strv_length (words);
  g_autofree char *name = NULL;

  for (guint i = 0; i < n && model != NULL; i++)
    if (starts_with_word (model, words[i]))
      return g_strdup (model);
  while (n > 1 && is_legal_form (words[n - 1]))
    g_clear_pointer (&words[--n], g_free);
  name = g_strjoinv (" ", words);
  if (model == NULL)
    return *name != '\0' ? g_steal_pointer (&name) : NULL;
  return *name != '\0' ? g_strconcat (name, " ", model, NULL) : g_strdup (model);
}

static void
read_camera (GExiv2Metadata *source, ImageMetadata *metadata)
{
  g_autofree char *make = get_text (source, "Exif.Image.Make");
  g_autofree char *model = get_text (source, "Exif.Image.Model");
  g_autofree char *camera = image_metadata_camera (make, model);

  if (camera != NULL)
    metadata->camera = image_metadata_clean (camera, strlen (camera), IMAGE_METADATA_MAX_KEYWORD);
}

static void
read_thumbnail_texts (const guint8 *data, gsize length, ImageMetadata *metadata)
{
  g_autofree char *mtime = image_png_text (data, length, "Thumb::MTime");

  metadata->thumbnail_uri = image_png_text (data, length, "Thumb::URI");
  metadata->thumbnail_mtime = mtime != NULL ? g_ascii_strtoll (mtime, NULL, 10) : 0;
}

ImageMetadata *
image_metadata_read (ImageFormat format, const guint8 *data, gsize length)
{
  ImageMetadata *metadata = g_new0 (ImageMetadata, 1);
  g_autoptr (GBytes) segments = image_segments_of_metadata (format, data, length);
  g_autoptr (GExiv2Metadata) source = NULL;

  if (format == IMAGE_FORMAT_PNG)
    read_thumbnail_texts (data, length, metadata);
  if (segments != NULL)
    source = image_gexiv2_open (g_bytes_get_data (segments, NULL), g_bytes_get_size (segments));
  if (source == NULL)
    return metadata;
  read_camera (source, metadata);
  read_title (source, metadata);
  read_caption (source, metadata);
  read_keywords (source, metadata);
  read_rating (source, metadata);
  return metadata;
}
