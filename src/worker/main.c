/* SPDX-License-Identifier: GPL-3.0-or-later */

/* eidetic-worker: decodes pictures for the other programs, in a process that may die.  Started by them alone, with a socket
 * as its descriptor 3; src/image/README.md has the protocol. */
#include "image-serve.h"

#include <stdio.h>
#include <sys/socket.h>

static gboolean
is_socket (int fd)
{
  int type;
  socklen_t size = sizeof type;

  return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int
main (void)
{
  if (!is_socket (IMAGE_PROTOCOL_SOCKET))
    {
      fputs ("eidetic-worker is started by Eidetic's programs, not by hand.\n", stderr);
      return IMAGE_SERVE_EXIT_PROTOCOL;
    }
  image_serve_prepare ();
  return image_serve (IMAGE_PROTOCOL_SOCKET);
}
