/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-power.h"

/* What the supplies of the machine say together. */
typedef struct
{
  gboolean adapter;     /* there is one … */
  gboolean online;      /* … and it gives power */
  gboolean battery;     /* there is one … */
  gboolean discharging; /* … and it is being emptied */
} Supplies;

/* The first line of a small file; "" if there is none.  (transfer full) */
static char *
read_word (const char *folder, const char *supply, const char *name)
{
  g_autofree char *path = g_build_filename (folder, supply, name, NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (text);
}

static gboolean
says (const char *folder, const char *supply, const char *name, const char *word)
{
  g_autofree char *text = read_word (folder, supply, name);

  return g_str_equal (text, word);
}

static void
look_at (const char *folder, const char *supply, Supplies *all)
{
  g_autofree char *type = read_word (folder, supply, "type");

  if (g_str_equal (type, "Battery"))
    {
      if (says (folder, supply, "scope", "Device") || says (folder, supply, "present", "0"))
        return;
      all->battery = TRUE;
      all->discharging |= says (folder, supply, "status", "Discharging");
    }
  else if (g_str_equal (type, "Mains") || g_str_has_prefix (type, "USB"))
    {
      all->adapter = TRUE;
      /* 2: a programmable supply */
      all->online |= says (folder, supply, "online", "1") || says (folder, supply, "online", "2");
    }
}

gboolean
library_power_is_on_mains (const char *folder)
{
  Supplies all = { 0 };
  g_autoptr (GDir) supplies = g_dir_open (folder, 0, NULL);
  const char *supply;

  while (supplies != NULL && (supply = g_dir_read_name (supplies)) != NULL)
    look_at (folder, supply, &all);
  if (!all.battery || all.online)
    return TRUE;
  return !all.adapter && !all.discharging;
}
