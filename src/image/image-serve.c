/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-serve.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "image-decode.h"
#include "image-guard.h"

/* Room for the largest reply: the tensor, the thumbnails and the metadata. */
#define MAX_REPLY (64u * 1024u * 1024u)
#define MAX_DESCRIPTORS 64

static void
limit (int resource, rlim_t value)
{
  struct rlimit now;

  if (getrlimit (resource, &now) != 0)
    return;
  now.rlim_cur = now.rlim_max = MIN (value, now.rlim_max);
  setrlimit (resource, &now);
}

/* GLib ends the process when an allocation fails; let the client know that this was why. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields && (level & G_LOG_LEVEL_ERROR) != 0; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && fields[i].length == -1 && strstr (fields[i].value, "failed to allocate") != NULL)
      _exit (image_guard_exit_status (IMAGE_SERVE_EXIT_MEMORY));
  return g_log_writer_default (level, fields, n_fields, user_data);
}

void
image_serve_prepare (void)
{
#if !defined(__SANITIZE_ADDRESS__) /* its shadow alone is terabytes of address space */
  limit (RLIMIT_AS, IMAGE_SERVE_MEMORY);
#endif
  limit (RLIMIT_CORE, 0);
  limit (RLIMIT_FSIZE, MAX_REPLY);
  limit (RLIMIT_NOFILE, MAX_DESCRIPTORS);
  signal (SIGXFSZ, SIG_IGN); /* an error then, not death */
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  image_guard_prepare (IMAGE_SERVE_EXIT_METADATA);
  g_log_set_writer_func (write_log, NULL, NULL);
}

/* Processor time of this process from now on; 0 stops the clock.  RLIMIT_CPU would count all files together. */
static void
set_clock (guint ms)
{
  struct itimerval timer = { .it_value = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 } };

  setitimer (ITIMER_PROF, &timer, NULL);
}

gboolean
image_serve_greet (int socket)
{
  const ImageWireHello hello = { IMAGE_PROTOCOL_MAGIC, IMAGE_PROTOCOL_VERSION };

  return image_protocol_send (socket, &hello, sizeof hello, -1);
}

ImageReceive
image_serve_receive (int socket, ImageWireRequest *wire, ImageRequest *request, int *fd)
{
  ImageReceive received = image_protocol_receive (socket, wire, sizeof *wire, fd);

  if (received != IMAGE_RECEIVE_OK)
    return received;
  if (*fd >= 0 && image_protocol_get_request (wire, request))
    {
      set_clock (wire->cpu_ms);
      return IMAGE_RECEIVE_OK;
    }
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  return IMAGE_RECEIVE_BROKEN;
}

gboolean
image_serve_answer (int socket, const ImageWireRequest *wire, const ImageRequest *request, int fd)
{
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  ImageFormat format = IMAGE_FORMAT_UNKNOWN;
  ImageWireReply answer;
  int memory = -1;
  gboolean sent;

  if (image_decode_file (fd, request, &reply, &format, &error) &&
      !image_protocol_put_reply (&answer, wire->id, format, &reply, &memory))
    g_set_error_literal (&error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory to hand the picture over");
  set_clock (0);
  if (error != NULL)
    image_protocol_put_error (&answer, wire->id, error);
  sent = image_protocol_send (socket, &answer, sizeof answer, memory);
  if (memory >= 0)
    close (memory);
  return sent;
}

int
image_serve (int socket)
{
  ImageWireRequest wire;
  ImageRequest request;
  ImageReceive received;
  int fd;

  if (!image_serve_greet (socket))
    return IMAGE_SERVE_EXIT_PROTOCOL;
  while ((received = image_serve_receive (socket, &wire, &request, &fd)) == IMAGE_RECEIVE_OK)
    {
      gboolean sent = image_serve_answer (socket, &wire, &request, fd);

      close (fd);
      if (!sent)
        return IMAGE_SERVE_EXIT_END;
    }
  return received == IMAGE_RECEIVE_END ? IMAGE_SERVE_EXIT_END : IMAGE_SERVE_EXIT_PROTOCOL;
}
