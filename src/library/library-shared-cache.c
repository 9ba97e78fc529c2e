/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-shared-cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger thumbnails were not made by any thumbnailer. */
#define MAX_FILE (16 * 1024 * 1024)

static const struct
{
  const char *folder;
  guint side;
} sizes[] = {
  { "normal", 128 },
  { "large", 256 },
  { "x-large", 512 },
  { "xx-large", 1024 },
};

/* -1: there is none that may be looked at. */
static int
open_thumbnail (const char *folder, const char *uri)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "thumbnails", folder, file, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status;

  if (fd >= 0 && (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > MAX_FILE))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static gboolean
is_of (const ImageReply *reply, const char *uri, gint64 mtime, guint least)
{
  const ImageMetadata *metadata = reply->metadata;

  return reply->thumbnails[0] != NULL && metadata != NULL && g_strcmp0 (metadata->thumbnail_uri, uri) == 0 &&
         metadata->thumbnail_mtime == mtime && MAX (reply->width, reply->height) >= least;
}

GBytes *
library_shared_cache_get (ImageWorker *worker, const LibraryPhotoRecord *photo, guint side, GCancellable *cancellable)
{
  ImageRequest request = { .thumbnails = { side }, .metadata = TRUE };
  g_autofree char *uri = g_filename_to_uri (photo->path, NULL, NULL);
  guint least = MIN (side, MAX (photo->width, photo->height));
  gint64 mtime = photo->identity.mtime / 1000000000;

  for (guint i = 0; uri != NULL && i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (ImageReply) reply = { 0 };
      int fd = sizes[i].side >= least ? open_thumbnail (sizes[i].folder, uri) : -1;
      gboolean decoded;

      if (fd < 0)
        continue;
      decoded = image_worker_decode (worker, fd, &request, &reply, cancellable, NULL);
      close (fd);
      if (decoded && is_of (&reply, uri, mtime, least))
        return g_bytes_ref (reply.thumbnails[0]);
    }
  return NULL;
}
