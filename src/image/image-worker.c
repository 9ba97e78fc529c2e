/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "image-worker-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image-serve.h"
#include "image-spawn.h"
#include "image-thumbnail.h"

#define GREETING_MS 20000
#define DYING_MS 1000

struct _ImageWorker
{
  char *program;
  pid_t pid; /* 0: none runs */
  int socket;
  guint64 last; /* id of the last request */
  guint cpu_ms, wall_ms;
  gboolean metadata_failed; /* the worker died of metadata in the last request */
};

/* Why waiting for a packet ended. */
typedef enum
{
  WAIT_READY,
  WAIT_TIMEOUT,
  WAIT_CANCELLED,
} WaitResult;

ImageWorker *
image_worker_new (void)
{
  ImageWorker *self = g_new0 (ImageWorker, 1);
  const char *program = g_getenv ("EIDETIC_WORKER");

  self->program = program != NULL && *program != '\0' ? g_strdup (program)
                                                      : g_build_filename (EIDETIC_LIBEXEC_DIR, "eidetic-worker", NULL);
  self->socket = -1;
  self->cpu_ms = IMAGE_WORKER_CPU_MS;
  self->wall_ms = IMAGE_WORKER_WALL_MS;
  return self;
}

void
image_worker_set_limits (ImageWorker *self, guint cpu_ms, guint wall_ms)
{
  self->cpu_ms = cpu_ms;
  self->wall_ms = wall_ms;
}

void
image_worker_set_program (ImageWorker *self, const char *program)
{
  g_free (self->program);
  self->program = g_strdup (program);
}

GPid
image_worker_get_pid (ImageWorker *self)
{
  return self->pid;
}

void
image_reply_clear (ImageReply *reply)
{
  g_clear_pointer (&reply->tensor, g_bytes_unref);
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    g_clear_pointer (&reply->thumbnails[i], g_bytes_unref);
  g_clear_pointer (&reply->metadata, image_metadata_free);
  *reply = (ImageReply){ 0 };
}

/* Waits for the process to end by itself, at most `ms`; then ends it.  Returns its wait status, -1 if unknown. */
static int
reap (ImageWorker *self, guint ms)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) ms * 1000;
  gboolean killed = FALSE;
  int status = -1;

  for (;;)
    {
      pid_t pid = waitpid (self->pid, &status, killed ? 0 : WNOHANG);

      if (pid == self->pid)
        break;
      if (pid < 0 && errno != EINTR)
        {
          status = -1;
          break;
        }
      if (pid == 0 && g_get_monotonic_time () >= deadline)
        {
          kill (self->pid, SIGKILL);
          killed = TRUE;
        }
      else if (pid == 0)
        g_usleep (500);
    }
  self->pid = 0;
  return killed ? -1 : status;
}

/* Ends the worker if there is one.  Returns its wait status if it ended by itself, else -1. */
static int
stop (ImageWorker *self, guint patience_ms)
{
  int status = -1;

  if (self->socket >= 0)
    close (self->socket);
  self->socket = -1;
  if (self->pid > 0)
    status = reap (self, patience_ms);
  return status;
}

void
image_worker_free (ImageWorker *self)
{
  stop (self, DYING_MS);
  g_free (self->program);
  g_free (self);
}

static WaitResult
wait_for_packet (ImageWorker *self, guint ms, GCancellable *cancellable)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) ms * 1000;
  GPollFD cancel = { .fd = -1 };
  gboolean watched = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &cancel);
  WaitResult result = WAIT_TIMEOUT;

  for (;;)
    {
      struct pollfd fds[2] = { { self->socket, POLLIN, 0 }, { cancel.fd, POLLIN, 0 } };
      gint64 left = deadline - g_get_monotonic_time ();

      if (g_cancellable_is_cancelled (cancellable))
        {
          result = WAIT_CANCELLED;
          break;
        }
      if (left <= 0)
        break;
      /* A cancellable that cannot be watched for want of descriptors is looked at ten times a second. */
      left = MIN (left / 1000 + 1, cancellable != NULL && !watched ? 100 : G_MAXINT);
      if (poll (fds, watched ? 2 : 1, (int) left) > 0 && fds[0].revents != 0)
        {
          result = WAIT_READY;
          break;
        }
    }
  if (watched)
    g_cancellable_release_fd (cancellable);
  return result;
}

static void
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Decoding was cancelled");
}

static gboolean
greet (ImageWorker *self, GCancellable *cancellable, GError **error)
{
  ImageWireHello hello = { 0 };
  WaitResult waited = wait_for_packet (self, GREETING_MS, cancellable);
  gboolean ok = FALSE;
  int fd = -1;

  if (waited == WAIT_READY)
    ok = image_protocol_receive (self->socket, &hello, sizeof hello, &fd) == IMAGE_RECEIVE_OK && fd < 0 &&
         hello.magic == IMAGE_PROTOCOL_MAGIC && hello.version == IMAGE_PROTOCOL_VERSION;
  if (fd >= 0)
    close (fd);
  if (ok)
    return TRUE;
  stop (self, waited == WAIT_READY ? DYING_MS : 0);
  if (waited == WAIT_CANCELLED)
    set_cancelled (error);
  else
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_WORKER,
                 "The picture decoder “%s” does not work; it may belong to another version of Eidetic", self->program);
  return FALSE;
}

static gboolean
start (ImageWorker *self, GCancellable *cancellable, GError **error)
{
  int sockets[2];

  if (self->pid > 0)
    return TRUE;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    {
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "No socket for the picture decoder: %s", g_strerror (errno));
      return FALSE;
    }
  self->pid = image_spawn (self->program, sockets[1], error);
  close (sockets[1]);
  if (self->pid <= 0)
    {
      self->pid = 0;
      close (sockets[0]);
      return FALSE;
    }
  self->socket = sockets[0];
  return greet (self, cancellable, error);
}

/* Sends the request; a worker that died since the last one is replaced once. */
static gboolean
ask (ImageWorker *self, const ImageWireRequest *wire, int fd, GCancellable *cancellable, GError **error)
{
  for (int attempt = 0; attempt < 2; attempt++)
    {
      if (!start (self, cancellable, error))
        return FALSE;
      if (image_protocol_send (self->socket, wire, sizeof *wire, fd))
        return TRUE;
      stop (self, 0);
    }
  g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "The picture decoder takes no requests");
  return FALSE;
}

/* The worker closed its end without an answer: why? */
static void
set_error_from_death (ImageWorker *self, GError **error)
{
  int status = stop (self, DYING_MS);
  int number = status >= 0 && WIFSIGNALED (status) ? WTERMSIG (status) : 0;

  self->metadata_failed = status >= 0 && WIFEXITED (status) && WEXITSTATUS (status) == IMAGE_SERVE_EXIT_METADATA;
  if (number == SIGPROF || number == SIGXCPU)
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_TOO_SLOW, "Decoding took more than %.3g seconds of processor time", self->cpu_ms / 1000.0);
  else if (status >= 0 && WIFEXITED (status) && WEXITSTATUS (status) == IMAGE_SERVE_EXIT_MEMORY)
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Decoding needs more memory than a picture may take");
  else if (number == SIGKILL)
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "The decoder was killed, most likely because the machine ran out of memory");
  else if (status >= 0 && WIFEXITED (status) && WEXITSTATUS (status) == IMAGE_SERVE_EXIT_PROTOCOL)
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "The picture decoder did not understand the request");
  else if (number != 0)
    g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_CRASHED, "The decoder crashed on this file (%s)", g_strsignal (number));
  else
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_CRASHED, "The decoder gave up on this file without an answer");
}

static gboolean
receive (ImageWorker *self, const ImageWireRequest *request, ImageReply *reply, GError **error)
{
  ImageWireReply wire;
  gboolean sound = FALSE;
  gboolean ok = FALSE;
  int fd;

  switch (image_protocol_receive (self->socket, &wire, sizeof wire, &fd))
    {
    case IMAGE_RECEIVE_OK:
      ok = image_protocol_get_reply (&wire, request, fd, reply, &sound, error);
      break;
    case IMAGE_RECEIVE_END:
      set_error_from_death (self, error);
      return FALSE;
    case IMAGE_RECEIVE_BROKEN:
      g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "The decoder’s answer breaks the protocol; it was stopped");
      break;
    }
  if (fd >= 0)
    close (fd);
  if (!sound)
    stop (self, 0);
  return ok;
}

static gboolean
decode (ImageWorker *self, int fd, const ImageRequest *request, ImageReply *reply, GCancellable *cancellable, GError **error)
{
  ImageWireRequest wire;

  *reply = (ImageReply){ 0 };
  self->metadata_failed = FALSE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  image_protocol_put_request (&wire, ++self->last, self->cpu_ms, request);
  if (!ask (self, &wire, fd, cancellable, error))
    return FALSE;
  switch (wait_for_packet (self, self->wall_ms, cancellable))
    {
    case WAIT_READY:
      return receive (self, &wire, reply, error);
    case WAIT_CANCELLED:
      stop (self, 0);
      set_cancelled (error);
      return FALSE;
    case WAIT_TIMEOUT:
      stop (self, 0);
      g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_TOO_SLOW, "Decoding took more than %.3g seconds", self->wall_ms / 1000.0);
      return FALSE;
    }
  g_assert_not_reached ();
}

gboolean
image_worker_decode (ImageWorker *self,
                     int fd,
                     const ImageRequest *request,
                     ImageReply *reply,
                     GCancellable *cancellable,
                     GError **error)
{
  ImageRequest plain;
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (self != NULL && fd >= 0 && request != NULL && reply != NULL, FALSE);
  g_return_val_if_fail (request->tensor.side <= IMAGE_MAX_TENSOR_SIDE, FALSE);
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    g_return_val_if_fail (request->thumbnails[i] <= IMAGE_MAX_THUMBNAIL_SIDE, FALSE);

  if (decode (self, fd, request, reply, cancellable, &local))
    return TRUE;
  if (!self->metadata_failed || !request->metadata)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  plain = *request;
  plain.metadata = FALSE;
  return decode (self, fd, &plain, reply, cancellable, error);
}
