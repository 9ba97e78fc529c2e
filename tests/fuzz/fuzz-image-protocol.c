/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request and a reply as the other end could send them. */
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
  return 0;
}
