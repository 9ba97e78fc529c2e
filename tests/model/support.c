/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"

#include <glib/gstdio.h>

char *
support_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("eidetic-model-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
support_remove (char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

void
support_write (const char *folder, const char *name, const char *text, gssize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
}

void
support_copy (const char *from_folder, const char *name, const char *to_folder)
{
  g_autofree char *path = g_build_filename (from_folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  support_write (to_folder, name, text, length);
}

char *
support_source (const char *path)
{
  return g_build_filename (g_getenv ("G_TEST_SRCDIR"), path, NULL);
}

char *
support_pack (void)
{
  return g_build_filename (g_getenv ("EIDETIC_DATA_DIR"), "demo-model", "pack", NULL);
}

char *
support_golden (const char *name)
{
  g_autofree char *part = g_build_filename ("golden", name, NULL);
  g_autofree char *source = support_source (part);
  g_autofree char *pack = support_pack ();
  char *folder = support_make_folder ();

  support_copy (source, "open_clip_config.json", folder);
  support_copy (source, "open_clip_model.safetensors", folder);
  support_copy (pack, "vocab.json", folder);
  support_copy (pack, "merges.txt", folder);
  return folder;
}
