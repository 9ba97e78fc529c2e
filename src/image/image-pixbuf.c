/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-pixbuf.h"

#include <string.h>

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "image-truncation.h"

/* What the loader's signal found. */
typedef struct
{
  gboolean refused;
  GError *error;
} SizeCheck;

static void
set_error_no_loader (GError **error, ImageFormat format)
{
  const char *package = image_format_loader_package (format);

  if (package != NULL)
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_FORMAT_OFF, "Pictures of the format %s need a loader that is not installed; Debian's package is %s", image_format_name (format), package);
  else
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_FORMAT_OFF, "Pictures of the format %s cannot be read here", image_format_name (format));
}

static GdkPixbufLoader *
new_loader (ImageFormat format, GError **error)
{
  const char *const *names = image_format_pixbuf_names (format);

  for (; names != NULL && *names != NULL; names++)
    {
      GdkPixbufLoader *loader = gdk_pixbuf_loader_new_with_type (*names, NULL);

      if (loader != NULL)
        return loader;
    }
  set_error_no_loader (error, format);
  return NULL;
}

static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
  SizeCheck *check = user_data;

  if (check->refused || image_sink_check_size (MAX (width, 0), MAX (height, 0), &check->error))
    return;
  check->refused = TRUE;
  gdk_pixbuf_loader_set_size (loader, 0, 0); /* loaders take this as "do not decode" */
}

static void
set_error_from_loader (GError **error, ImageFormat format, const guint8 *data, gsize length, const GError *cause)
{
  const char *message = cause != NULL ? cause->message : "no picture came out";
  ImageError code = IMAGE_ERROR_UNREADABLE;

  if (image_is_truncated (format, data, length))
    code = IMAGE_ERROR_TRUNCATED;
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    code = IMAGE_ERROR_OUT_OF_MEMORY;
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE))
    code = IMAGE_ERROR_FORMAT_OFF;
  g_set_error (error, IMAGE_ERROR, code, "The %s file cannot be decoded: %s", image_format_name (format), message);
}

static GdkPixbuf *
load (ImageFormat format, const guint8 *data, gsize length, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = new_loader (format, error);
  g_autoptr (GError) cause = NULL;
  SizeCheck check = { 0 };
  GdkPixbuf *pixbuf;
  gboolean ok;

  if (loader == NULL)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), &check);
  ok = gdk_pixbuf_loader_write (loader, data, length, &cause);
  if (!gdk_pixbuf_loader_close (loader, ok ? &cause : NULL))
    ok = FALSE;
  if (check.refused)
    {
      g_propagate_error (error, check.error);
      return NULL;
    }
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  /* A film that breaks off after its first frame still has that; anything else must be whole. */
  if (pixbuf == NULL || (!ok && format != IMAGE_FORMAT_GIF))
    {
      set_error_from_loader (error, format, data, length, cause);
      return NULL;
    }
  return g_object_ref (pixbuf);
}

/* libtiff mirrors the picture as its tag says but never swaps the axes; gdk-pixbuf leaves the rest in an option. HEIF and
 * JPEG XL decoders turn it altogether. */
static ImageOrientation
remaining_orientation (ImageFormat format, GdkPixbuf *pixbuf, ImageOrientation orientation)
{
  if (format == IMAGE_FORMAT_TIFF)
    {
      const char *option = gdk_pixbuf_get_option (pixbuf, "orientation");

      return image_orientation_from_tag (option != NULL ? (guint) g_ascii_strtoull (option, NULL, 10) : 1);
    }
  if (format == IMAGE_FORMAT_HEIF || format == IMAGE_FORMAT_AVIF || format == IMAGE_FORMAT_JXL)
    return IMAGE_ORIENTATION_NORMAL;
  return orientation;
}

static void
flatten (const guint8 *rgba, guint8 *rgb, guint pixels)
{
  for (guint i = 0; i < pixels; i++, rgba += 4, rgb += 3)
    {
      guint alpha = rgba[3];

      for (guint c = 0; c < 3; c++)
        rgb[c] = (guint8) ((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
}

gboolean
image_pixbuf_decode (ImageFormat format,
                     const guint8 *data,
                     gsize length,
                     ImageOrientation orientation,
                     ImageSink *sink,
                     GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = load (format, data, length, error);
  ImageSource source = { 0 };
  const guint8 *pixels;
  gsize stride;

  if (pixbuf == NULL)
    return FALSE;
  source.width = source.full_width = (guint) gdk_pixbuf_get_width (pixbuf);
  source.height = source.full_height = (guint) gdk_pixbuf_get_height (pixbuf);
  source.extent_x = source.width;
  source.extent_y = source.height;
  source.orientation = remaining_orientation (format, pixbuf, orientation);
  if (!image_sink_check_size (source.width, source.height, error) || !image_sink_begin (sink, &source, error))
    return FALSE;
  pixels = gdk_pixbuf_read_pixels (pixbuf);
  stride = (gsize) gdk_pixbuf_get_rowstride (pixbuf);
  for (guint y = 0; y < source.height; y++)
    {
      if (gdk_pixbuf_get_has_alpha (pixbuf))
        flatten (pixels + y * stride, image_sink_row (sink), source.width);
      else
        memcpy (image_sink_row (sink), pixels + y * stride, (gsize) source.width * 3);
      image_sink_push (sink);
    }
  return TRUE;
}
