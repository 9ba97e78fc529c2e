/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thumbnails that other programs left in the desktop's folder: the right ones are used, nothing else is. */
#include "library-shared-cache.h"

#include "support.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MTIME 1234567890

typedef struct
{
  ImageWorker *worker;
  LibraryPhotoRecord photo;
  char *uri;
} Bench;

static void
set_up (Bench *self, gconstpointer data)
{
  self->worker = image_worker_new ();
  self->photo = (LibraryPhotoRecord){ .width = 4000, .height = 3000, .path = (char *) "/photos/Ümlaut & co.jpg" };
  self->photo.identity.mtime = MTIME * G_GINT64_CONSTANT (1000000000) + 5;
  self->uri = g_filename_to_uri (self->photo.path, NULL, NULL);
}

static char *
place (const Bench *self, const char *size)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_MD5, self->uri, -1);
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "thumbnails", size, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return g_build_filename (folder, file, NULL);
}

static void
tear_down (Bench *self, gconstpointer data)
{
  static const char *const folders[] = { "normal", "large", "x-large", "xx-large" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = place (self, folders[i]);

      unlink (path);
    }
  image_worker_free (self->worker);
  g_free (self->uri);
}

/* A thumbnail as others write it; NULL or 0: without saying so. */
static void
plant (const Bench *self, const char *size, int side, const char *uri, gint64 mtime)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, side, side * 3 / 4);
  g_autofree char *path = place (self, size);
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, mtime);
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_fill (pixbuf, 0x2060c0ff);
  gdk_pixbuf_save (pixbuf, path, "png", &error, "tEXt::Thumb::URI", uri != NULL ? uri : "", "tEXt::Thumb::MTime", time, NULL);
  g_assert_no_error (error);
}

static gboolean
is_found (Bench *self, guint side)
{
  g_autoptr (GBytes) jpeg = library_shared_cache_get (self->worker, &self->photo, side, NULL);
  const guint8 *bytes = jpeg != NULL ? g_bytes_get_data (jpeg, NULL) : NULL;

  g_assert_true (jpeg == NULL || (bytes[0] == 0xff && bytes[1] == 0xd8));
  return jpeg != NULL;
}

static void
test_right (Bench *self, gconstpointer data)
{
  g_assert_false (is_found (self, 256));
  plant (self, "large", 256, self->uri, MTIME);
  g_assert_true (is_found (self, 256));
  g_assert_false (is_found (self, 512)); /* too small for that */
  plant (self, "x-large", 512, self->uri, MTIME);
  g_assert_true (is_found (self, 512));
}

/* A larger one does as well, whatever is wrong with the smaller. */
static void
test_larger (Bench *self, gconstpointer data)
{
  plant (self, "large", 256, self->uri, MTIME - 1);
  plant (self, "xx-large", 1024, self->uri, MTIME);
  g_assert_true (is_found (self, 256));
}

static void
test_small_picture (Bench *self, gconstpointer data)
{
  self->photo.width = 100;
  self->photo.height = 75;
  plant (self, "normal", 100, self->uri, MTIME);
  g_assert_true (is_found (self, 256));
}

static void
test_wrong (Bench *self, gconstpointer data)
{
  plant (self, "large", 256, self->uri, MTIME + 1);
  g_assert_false (is_found (self, 256));
  plant (self, "large", 256, "file:///photos/other.jpg", MTIME);
  g_assert_false (is_found (self, 256));
  plant (self, "large", 256, NULL, MTIME);
  g_assert_false (is_found (self, 256));
  plant (self, "large", 200, self->uri, MTIME); /* in the wrong folder */
  g_assert_false (is_found (self, 256));
  plant (self, "large", 256, self->uri, MTIME);
  g_assert_true (is_found (self, 256));
}

/* What lies there instead of a file. */
static void
test_hostile (Bench *self, gconstpointer data)
{
  g_autofree char *path = place (self, "large");
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "\x89PNG\r\n\x1a\n and then nothing of the kind", -1, &error);
  g_assert_no_error (error);
  g_assert_false (is_found (self, 256));
  unlink (path);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (is_found (self, 256));
}

/* A link is not followed, wherever it leads. */
static void
test_link (Bench *self, gconstpointer data)
{
  g_autofree char *path = place (self, "large");
  g_autofree char *elsewhere = g_strconcat (path, ".elsewhere", NULL);

  plant (self, "large", 256, self->uri, MTIME);
  g_assert_cmpint (rename (path, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, path), ==, 0);
  g_assert_false (is_found (self, 256));
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rename (elsewhere, path), ==, 0);
  g_assert_true (is_found (self, 256));
}

#define ADD(name, func) g_test_add ("/shared-cache/" name, Bench, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  char *cache = support_make_folder ();
  int result;

  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("right", test_right);
  ADD ("larger", test_larger);
  ADD ("small-picture", test_small_picture);
  ADD ("wrong", test_wrong);
  ADD ("hostile", test_hostile);
  ADD ("link", test_link);
  result = g_test_run ();
  support_remove (cache);
  return result;
}
