/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app-settings.h"

GSettings *
app_settings_new (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = source ? g_settings_schema_source_lookup (source, EIDETIC_APP_ID, TRUE) : NULL;

  /* g_settings_new() would end the program instead. */
  return schema ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

void
app_settings_bind_window (GtkWindow *window)
{
  g_autoptr (GSettings) settings = app_settings_new ();

  if (!settings)
    return;
  g_settings_bind (settings, "window-width", window, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", window, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", window, "maximized", G_SETTINGS_BIND_DEFAULT);
}
