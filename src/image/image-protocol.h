/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-format.h"
#include "image-worker.h"

G_BEGIN_DECLS

/* The messages between a program and its `eidetic-worker`; README.md tells the whole protocol.  Fixed sizes, the
 * machine's own byte order, one message a packet, every field checked by whoever receives it. */

#define IMAGE_PROTOCOL_MAGIC 0x45494d47u
#define IMAGE_PROTOCOL_VERSION 2u
#define IMAGE_PROTOCOL_MESSAGE 256
#define IMAGE_PROTOCOL_SOCKET 3 /* the worker's end of the socket */
#define IMAGE_PROTOCOL_MAX_THUMBNAIL (16u * 1024u * 1024u)
#define IMAGE_PROTOCOL_MAX_CPU_MS 600000u

/* Worker to program, once, when it is ready. */
typedef struct
{
  guint32 magic, version;
} ImageWireHello;

/* Program to worker, with the file's descriptor. */
typedef struct
{
  guint32 magic, version;
  guint64 id; /* comes back in the reply */
  guint32 side, mode, filter, fill, reduced;
  guint32 thumbnails[IMAGE_MAX_THUMBNAILS];
  guint32 metadata;
  guint32 cpu_ms; /* processor time allowed */
  guint32 unused; /* 0 */
} ImageWireRequest;

/* Worker to program; with the descriptor of a sealed memory file if there are tensor, thumbnail or metadata bytes. */
typedef struct
{
  guint32 magic, version;
  guint64 id;
  guint32 status; /* 0: done, else 1 + ImageError */
  guint32 format; /* ImageFormat */
  guint32 width, height;
  guint64 tensor_size, thumbnail_sizes[IMAGE_MAX_THUMBNAILS], metadata_size; /* in the memory file, in this order */
  gint64 taken, size;
  guint64 hash[2];
  char message[IMAGE_PROTOCOL_MESSAGE]; /* with status: UTF-8, zero-terminated */
} ImageWireReply;

typedef enum
{
  IMAGE_RECEIVE_OK,
  IMAGE_RECEIVE_END,    /* the other end is closed */
  IMAGE_RECEIVE_BROKEN, /* not a message of that size, more than one descriptor, or a socket error */
} ImageReceive;

/* Sends one message, with a descriptor unless that is -1.  Never blocks, never raises SIGPIPE.  FALSE with errno. */
gboolean image_protocol_send (int socket, gconstpointer message, gsize size, int fd);

/* Takes one message of exactly `size` bytes; blocks for it.  *fd is the descriptor that came along, or -1. */
ImageReceive image_protocol_receive (int socket, gpointer message, gsize size, int *fd);

/* Fills a request message; the other way round checks one that came and takes it apart. */
void image_protocol_put_request (ImageWireRequest *wire, guint64 id, guint cpu_ms, const ImageRequest *request);
gboolean image_protocol_get_request (const ImageWireRequest *wire, ImageRequest *request);

/* Fills a message that tells success, and makes the memory file for it (-1 in *fd if no bytes need one).  FALSE if there is no
 * memory for that. */
gboolean image_protocol_put_reply (ImageWireReply *wire, guint64 id, ImageFormat format, const ImageReply *reply, int *fd);
void image_protocol_put_error (ImageWireReply *wire, guint64 id, const GError *error);

/**
 * image_protocol_get_reply:
 * @request: what was asked, as it was sent
 * @fd: what came with the message, or -1; stays the caller's
 * @sound: (out): FALSE if the worker broke the protocol and must not be used again
 *
 * Checks a reply against its request and takes it apart.
 *
 * Returns: FALSE with the error that the worker tells, or IMAGE_ERROR_WORKER
 */
gboolean image_protocol_get_reply (const ImageWireReply *wire,
                                   const ImageWireRequest *request,
                                   int fd,
                                   ImageReply *reply,
                                   gboolean *sound,
                                   GError **error);

G_END_DECLS
