/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-lock.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "library-types.h"

/* Only for the message that others show; the lock works without it. */
static void
leave_name (int fd)
{
  g_autofree char *text = g_strdup_printf ("%d\n", (int) getpid ());

  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, strlen (text), 0) < 0)
    g_debug ("The owner's number cannot be noted: %s", g_strerror (errno));
}

static int
read_name (int fd)
{
  char text[24] = "";

  return pread (fd, text, sizeof text - 1, 0) > 0 ? atoi (text) : 0;
}

int
library_lock_take (const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, "owner.lock", NULL);
  g_autofree char *name = g_filename_display_name (directory);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int code = errno;

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    {
      leave_name (fd);
      return fd;
    }
  if (fd >= 0)
    code = errno;
  if (fd >= 0 && code == EWOULDBLOCK)
    g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_BUSY,
                 _ ("Another program (process %d) has the library in “%s” open and does not answer; wait until it is done, or end it"), read_name (fd), name);
  else
    g_set_error (error, LIBRARY_ERROR, code == ENOSPC || code == EDQUOT ? LIBRARY_ERROR_STORAGE_FULL : LIBRARY_ERROR_STORE,
                 _ ("The library in “%s” cannot be locked: %s"), name, g_strerror (code));
  if (fd >= 0)
    close (fd);
  return -1;
}
