/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-protocol.h"

G_BEGIN_DECLS

/* The worker's side of the protocol: all of eidetic-worker but its main(). */

#define IMAGE_SERVE_MEMORY (G_GUINT64_CONSTANT (2) << 30) /* address space */

/* Exit statuses that the client understands. */
enum
{
  IMAGE_SERVE_EXIT_END = 0,      /* the client closed the socket */
  IMAGE_SERVE_EXIT_MEMORY = 3,   /* an allocation failed that could not be reported otherwise */
  IMAGE_SERVE_EXIT_PROTOCOL = 4, /* the client broke the protocol, or there is none */
  IMAGE_SERVE_EXIT_METADATA = 5, /* the picture is sound, its metadata were too much */
};

/* Takes away from this process what decoding does not need (address space beyond IMAGE_SERVE_MEMORY, core dumps, large files,
 * new privileges) and turns failed allocations into IMAGE_SERVE_EXIT_MEMORY. */
void image_serve_prepare (void);

/* Says hello.  FALSE if the socket is dead. */
gboolean image_serve_greet (int socket);

/* Waits for the next request and takes it apart; the caller closes *fd.  From here on the process dies of SIGPROF when it has
 * taken more processor time than the request allows, until image_serve_answer() has made the answer. */
ImageReceive image_serve_receive (int socket, ImageWireRequest *wire, ImageRequest *request, int *fd);

/* Decodes and answers.  FALSE if the socket is dead. */
gboolean image_serve_answer (int socket, const ImageWireRequest *wire, const ImageRequest *request, int fd);

/* The worker: serves requests until the client goes away.  Returns the exit status. */
int image_serve (int socket);

G_END_DECLS
