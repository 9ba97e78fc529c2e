/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request and a reply as the other end could send them, and the same bytes as packed metadata. */
#include "fuzz.h"

#include <string.h>

#include "image-protocol.h"

static void
try_reply (const ImageWireReply *wire, const ImageWireRequest *request)
{
  g_autoptr (GError) error = NULL;
  ImageReply reply = { 0 };
  gboolean sound = FALSE;

  if (image_protocol_get_reply (wire, request, -1, &reply, &sound, &error))
    {
      g_assert_true (sound);
      image_reply_clear (&reply);
    }
  else
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

/* What is taken can be handed on as it was. */
static void
try_metadata (const guint8 *data, gsize size)
{
  g_autoptr (ImageMetadata) metadata = image_metadata_unpack (data, size);
  g_autoptr (GBytes) packed = metadata != NULL ? image_metadata_pack (metadata) : NULL;

  if (packed != NULL)
    g_assert_cmpmem (g_bytes_get_data (packed, NULL), g_bytes_get_size (packed), data, size);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ImageWireRequest request = { 0 };
  ImageWireReply reply = { 0 };
  ImageRequest taken;

  memcpy (&request, data, MIN (size, sizeof request));
  image_protocol_get_request (&request, &taken);
  if (size > sizeof request)
    memcpy (&reply, data + sizeof request, MIN (size - sizeof request, sizeof reply));
  try_reply (&reply, &request);
  try_metadata (data, size);
  return 0;
}
