/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sys/types.h>

#include "image-error.h"

G_BEGIN_DECLS

/**
 * image_spawn:
 * @program: absolute path
 * @socket: becomes IMAGE_PROTOCOL_SOCKET of the new process
 *
 * Starts the worker with nothing but the socket: other descriptors closed, an environment of a few known variables, default
 * signals, a process group of its own (Ctrl+C in a terminal must not look like a crashed decoder).  Its standard
 * error is ours if G_MESSAGES_DEBUG is set, else nowhere.
 *
 * Returns: the process, which the caller must wait for; 0 with IMAGE_ERROR_WORKER
 */
pid_t image_spawn (const char *program, int socket, GError **error);

G_END_DECLS
