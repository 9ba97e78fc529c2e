/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "image.h"

void
library_identity_from_stat (LibraryIdentity *identity, const struct stat *status)
{
  identity->device = status->st_dev;
  identity->inode = status->st_ino;
  identity->size = status->st_size;
  /* Wraps for absurd times, which still tells them apart. */
  identity->mtime = (gint64) ((guint64) status->st_mtim.tv_sec * 1000000000u + (guint64) status->st_mtim.tv_nsec);
}

gboolean
library_identity_equal_in_place (const LibraryIdentity *a, const LibraryIdentity *b)
{
  return a->inode == b->inode && a->size == b->size && a->mtime == b->mtime;
}

gboolean
library_identity_equal (const LibraryIdentity *a, const LibraryIdentity *b)
{
  return a->device == b->device && library_identity_equal_in_place (a, b);
}

/* Opens the folder that holds the last part of a path; *rest is that part. */
static int
open_parent (const char *path, const char **rest)
{
  g_autofree char *piece = g_malloc (PATH_MAX);
  int folder = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

  while (folder >= 0 && strlen (path) >= PATH_MAX - 1)
    {
      gsize length = PATH_MAX - 2;
      int next;

      while (length > 0 && path[length] != '/')
        length--;
      if (length == 0)
        {
          close (folder);
          errno = ENAMETOOLONG;
          return -1;
        }
      memcpy (piece, path, length);
      piece[length] = '\0';
      next = openat (folder, *piece == '/' ? piece + 1 : piece, O_PATH | O_DIRECTORY | O_CLOEXEC);
      close (folder);
      folder = next;
      path += length + 1;
    }
  *rest = *path == '/' ? path + 1 : path;
  return folder;
}

static void
close_keeping_errno (int fd)
{
  int code = errno;

  close (fd);
  errno = code;
}

int
library_file_open (const char *path, int flags)
{
  const char *rest;
  int folder, fd;

  if (strlen (path) < PATH_MAX - 1)
    return open (path, flags | O_CLOEXEC);
  folder = open_parent (path, &rest);
  if (folder < 0)
    return -1;
  fd = openat (folder, rest, flags | O_CLOEXEC);
  close_keeping_errno (folder);
  return fd;
}

int
library_file_stat (const char *path, struct stat *status)
{
  const char *rest;
  int folder, result;

  if (strlen (path) < PATH_MAX - 1)
    return stat (path, status);
  folder = open_parent (path, &rest);
  if (folder < 0)
    return -1;
  result = fstatat (folder, rest, status, 0);
  close_keeping_errno (folder);
  return result;
}

gboolean
library_file_identify (const char *path, LibraryIdentity *identity)
{
  struct stat status;

  if (library_file_stat (path, &status) != 0)
    return FALSE;
  if (!S_ISREG (status.st_mode))
    {
      errno = ENOENT;
      return FALSE;
    }
  library_identity_from_stat (identity, &status);
  return TRUE;
}

int
library_file_open_picture (const char *path, GError **error)
{
  struct stat status;
  int fd;

  if (strlen (path) < PATH_MAX - 1)
    return image_open_file (path, error);
  if (library_file_stat (path, &status) == 0 && S_ISREG (status.st_mode))
    {
      fd = library_file_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
      if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
        return fd;
      if (fd >= 0)
        close_keeping_errno (fd);
    }
  g_set_error (error, IMAGE_ERROR, errno == EACCES ? IMAGE_ERROR_NO_PERMISSION : IMAGE_ERROR_NAME_UNUSABLE,
               "A file with a path of %" G_GSIZE_FORMAT " bytes cannot be opened: %s", strlen (path), g_strerror (errno));
  return -1;
}

gboolean
library_path_is_within (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  while (length > 0 && folder[length - 1] == '/')
    length--;
  return strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}
