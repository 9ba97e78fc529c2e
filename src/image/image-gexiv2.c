/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-gexiv2.h"

static void
be_silent (GExiv2LogLevel level, const char *message)
{
}

static gpointer
initialize (gpointer data)
{
  gexiv2_log_set_handler (be_silent);
  gexiv2_log_set_level (GEXIV2_LOG_LEVEL_MUTE);
  return GINT_TO_POINTER (gexiv2_initialize ());
}

GExiv2Metadata *
image_gexiv2_open (const guint8 *data, gsize length)
{
  static GOnce once = G_ONCE_INIT;
  g_autoptr (GExiv2Metadata) metadata = NULL;

  if (!GPOINTER_TO_INT (g_once (&once, initialize, NULL)) || length > G_MAXLONG)
    return NULL;
  metadata = gexiv2_metadata_new ();
  if (!gexiv2_metadata_open_buf (metadata, data, (glong) length, NULL))
    return NULL;
  return g_steal_pointer (&metadata);
}
