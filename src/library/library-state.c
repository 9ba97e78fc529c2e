/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-state.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "library-types.h"

/* Of one length, so that changing one into the other takes no space. */
#define IN_USE "in use\n"
#define CLOSED "closed\n"

static gboolean
put (int fd, const char *text)
{
  gsize length = strlen (text);
  gssize put;

  do
    put = pwrite (fd, text, length, 0);
  while (put < 0 && errno == EINTR);
  return put == (gssize) length;
}

static gboolean
is_in_use (int fd)
{
  char text[sizeof IN_USE] = "";

  return pread (fd, text, sizeof text - 1, 0) > 0 && strcmp (text, IN_USE) == 0;
}

gboolean
library_state_enter (LibraryState *self, const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, "state", NULL);

  *self = (LibraryState){ .fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600) };
  if (self->fd < 0)
    {
      int code = errno;
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, LIBRARY_ERROR, code == ENOSPC || code == EDQUOT ? LIBRARY_ERROR_STORAGE_FULL : LIBRARY_ERROR_STORE,
                   _ ("The library file “%s” cannot be opened: %s"), name, g_strerror (code));
      return FALSE;
    }
  self->unclean = is_in_use (self->fd);
  self->marked = self->unclean;
  return TRUE;
}

void
library_state_mark (LibraryState *self)
{
  if (self->fd < 0 || self->marked)
    return;
  self->marked = put (self->fd, IN_USE);
  if (fdatasync (self->fd) != 0)
    g_debug ("state: %s", g_strerror (errno));
}

void
library_state_leave (LibraryState *self)
{
  if (self->fd < 0)
    return;
  if (self->marked && !put (self->fd, CLOSED))
    g_debug ("state: %s", g_strerror (errno));
  close (self->fd);
  *self = (LibraryState){ .fd = -1 };
}
