/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the owner of a library listens: a socket in the library's own folder, so that whoever sees the library, in a sandbox
 * or out of it, with a session bus or without, reaches its owner. */
#define LIBRARY_ADDRESS_SOCKET "owner.socket"

#define LIBRARY_OBJECT_PATH "/io/github/eidetic/Library"
#define LIBRARY_INTERFACE "io.github.eidetic.Library1"

/* Replies of more bytes than this come in a memory file. */
#define LIBRARY_LARGE_REPLY ((gsize) 64 * 1024)

/* The D-Bus address of the socket.  *fd is the folder, and must stay open while the address is in use: it keeps the path
 * short enough for a socket.  NULL with errno. */
char *library_address_new (const char *directory, int *fd);

G_END_DECLS
