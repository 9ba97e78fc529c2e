/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-address.h"

#include <fcntl.h>

char *
library_address_new (const char *directory, int *fd)
{
  *fd = open (directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return *fd >= 0 ? g_strdup_printf ("unix:path=/proc/self/fd/%d/%s", *fd, LIBRARY_ADDRESS_SOCKET) : NULL;
}
