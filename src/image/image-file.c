/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_error_from_errno (GError **error, const char *path, int code)
{
  g_autofree char *name = g_filename_display_name (path);
  ImageError reason;

  switch (code)
    {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENXIO:
    case ENODEV:
    case ESTALE:
      reason = IMAGE_ERROR_GONE;
      break;
    case EACCES:
    case EPERM:
      reason = IMAGE_ERROR_NO_PERMISSION;
      break;
    case ENAMETOOLONG:
    case EINVAL:
    case EILSEQ:
      reason = IMAGE_ERROR_NAME_UNUSABLE;
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      reason = IMAGE_ERROR_WORKER; /* our shortage, not the file's fault */
      break;
    default:
      reason = IMAGE_ERROR_UNREADABLE;
      break;
    }
  g_set_error (error, IMAGE_ERROR, reason, "“%s” cannot be opened: %s", name, g_strerror (code));
}

static gboolean
check_regular (const struct stat *status, const char *path, GError **error)
{
  g_autofree char *name = NULL;

  if (S_ISREG (status->st_mode))
    return TRUE;
  name = g_filename_display_name (path);
  g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_NOT_AN_IMAGE, "“%s” is not a regular file", name);
  return FALSE;
}

int
image_open_file (const char *path, GError **error)
{
  struct stat status;
  int fd;

  g_return_val_if_fail (path != NULL, -1);

  /* Opening a device or a FIFO may itself do something, hence the look before; the one after is what counts. */
  if (stat (path, &status) != 0)
    {
      set_error_from_errno (error, path, errno);
      return -1;
    }
  if (!check_regular (&status, path, error))
    return -1;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      set_error_from_errno (error, path, errno);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!check_regular (&status, path, error))
    {
      close (fd);
      return -1;
    }
  return fd;
}
