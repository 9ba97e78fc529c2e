/* SPDX-License-Identifier: GPL-3.0-or-later */

/* eidetic-worker with planted faults: a file that starts with "FAULT name", also behind the signature of a PNG file, makes
 * it misbehave, any other is decoded as usual. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "image-guard.h"
#include "image-serve.h"

#define SOCKET IMAGE_PROTOCOL_SOCKET

typedef struct
{
  const ImageWireRequest *wire;
  const ImageRequest *request;
  ImageWireReply reply; /* a sound one for a picture of grey, to be spoilt */
  int memory;
  int file;
} Answer;

typedef void (*Fault) (Answer *answer);

static void
send_reply (Answer *a)
{
  image_protocol_send (SOCKET, &a->reply, sizeof a->reply, a->memory);
}

/* The address is no constant: compilers turn a plain write to NULL into a trap. */
static void
crash (Answer *a)
{
  volatile guintptr address = 8;

  signal (SIGSEGV, SIG_DFL); /* a sanitizer would make it an orderly exit */
  *(volatile int *) address = 1;
}

static void
abort_now (Answer *a)
{
  signal (SIGABRT, SIG_DFL);
  abort ();
}

static void
leave (Answer *a)
{
  _exit (0);
}

static void
spin (Answer *a)
{
  signal (SIGPROF, SIG_DFL);
  for (volatile guint64 n = 0;; n++)
    if (n == G_MAXUINT64)
      break;
}

/* 40 ms of work, then a sound answer. */
static void
work (Answer *a)
{
  clock_t end = clock () + CLOCKS_PER_SEC / 25;

  while (clock () < end)
    ;
  image_serve_answer (SOCKET, a->wire, a->request, a->file);
}

static void
sleep_long (Answer *a)
{
  sleep (1000);
}

/* Asks for 4 GiB without touching them: the address space ends before that. */
static void
hog (Answer *a)
{
  char *blocks[64];

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      blocks[i] = g_malloc (64 << 20);
      *(volatile char *) blocks[i] = 1;
    }
  send_reply (a);
}

/* Dies of metadata alone, as a library that reads them might. */
static void
crash_on_metadata (Answer *a)
{
  image_guard_enter (1000);
  if (a->request->metadata)
    abort ();
  image_guard_leave ();
  send_reply (a);
}

static void
spin_on_metadata (Answer *a)
{
  image_guard_enter (50);
  while (a->request->metadata)
    ;
  image_guard_leave ();
  send_reply (a);
}

static int
recurse (volatile guint64 *left)
{
  volatile char here[4096] = { 0 };

  return --*left > 0 ? recurse (left) + here[0] : 0;
}

static void
overflow_on_metadata (Answer *a)
{
  volatile guint64 left = G_MAXUINT64;

  image_guard_enter (1000);
  if (a->request->metadata)
    recurse (&left);
  image_guard_leave ();
  send_reply (a);
}

static void
send_bad_metadata (Answer *a)
{
  a->reply.metadata_size = 30;
  send_reply (a);
}

static void
say_nothing_more (Answer *a)
{
  close (SOCKET);
  sleep (1000);
}

static void
send_garbage (Answer *a)
{
  char garbage[sizeof (ImageWireReply)];

  memset (garbage, 0x5a, sizeof garbage);
  image_protocol_send (SOCKET, garbage, sizeof garbage, -1);
}

static void
send_short (Answer *a)
{
  image_protocol_send (SOCKET, &a->reply, sizeof a->reply - 8, a->memory);
}

static void
send_long (Answer *a)
{
  char bytes[sizeof (ImageWireReply) + 8] = { 0 };

  memcpy (bytes, &a->reply, sizeof a->reply);
  image_protocol_send (SOCKET, bytes, sizeof bytes, a->memory);
}

static void
send_empty (Answer *a)
{
  image_protocol_send (SOCKET, "", 0, -1);
}

static void
send_other_id (Answer *a)
{
  a->reply.id++;
  send_reply (a);
}

static void
claim_more (Answer *a)
{
  a->reply.tensor_size = (guint64) 1 << 40;
  send_reply (a);
}

static void
claim_thumbnail (Answer *a)
{
  a->reply.thumbnail_sizes[0] = 1000;
  send_reply (a);
}

static void
claim_pixels (Answer *a)
{
  a->reply.width = a->reply.height = G_MAXUINT32;
  send_reply (a);
}

static void
claim_format (Answer *a)
{
  a->reply.format = IMAGE_N_FORMATS;
  send_reply (a);
}

static void
claim_status (Answer *a)
{
  a->reply.status = 1000;
  send_reply (a);
}

static void
claim_endless_message (Answer *a)
{
  a->reply.status = 1 + IMAGE_ERROR_UNREADABLE;
  memset (a->reply.message, 'x', sizeof a->reply.message);
  image_protocol_send (SOCKET, &a->reply, sizeof a->reply, -1);
}

static void
say_nasty_message (Answer *a)
{
  a->reply.status = 1 + IMAGE_ERROR_UNREADABLE;
  g_strlcpy (a->reply.message, "bad\xff\xfe\n\033[31mred", sizeof a->reply.message);
  image_protocol_send (SOCKET, &a->reply, sizeof a->reply, -1);
}

static void
forget_memory (Answer *a)
{
  image_protocol_send (SOCKET, &a->reply, sizeof a->reply, -1);
}

static void
replace_memory (Answer *a, const char *name, gsize size, int seals)
{
  close (a->memory);
  a->memory = memfd_create (name, MFD_ALLOW_SEALING);
  if (a->memory < 0 || ftruncate (a->memory, (off_t) size) != 0 || fcntl (a->memory, F_ADD_SEALS, seals) != 0)
    _exit (99);
  send_reply (a);
}

static void
send_unsealed (Answer *a)
{
  replace_memory (a, "unsealed", a->reply.tensor_size, F_SEAL_SHRINK);
}

static void
send_small (Answer *a)
{
  replace_memory (a, "small", 10, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

static void
send_pipe (Answer *a)
{
  int ends[2];

  if (pipe (ends) != 0)
    _exit (99);
  close (a->memory);
  a->memory = ends[0];
  send_reply (a);
}

static const struct
{
  const char *name;
  Fault fault;
} faults[] = {
  { "crash", crash },
  { "abort", abort_now },
  { "leave", leave },
  { "spin", spin },
  { "work", work },
  { "sleep", sleep_long },
  { "hog", hog },
  { "metadata-crash", crash_on_metadata },
  { "metadata-spin", spin_on_metadata },
  { "metadata-overflow", overflow_on_metadata },
  { "claim-metadata", send_bad_metadata },
  { "hang", sleep_long },
  { "mute", say_nothing_more },
  { "garbage", send_garbage },
  { "short", send_short },
  { "long", send_long },
  { "empty", send_empty },
  { "other-id", send_other_id },
  { "claim-more", claim_more },
  { "claim-thumbnail", claim_thumbnail },
  { "claim-pixels", claim_pixels },
  { "claim-format", claim_format },
  { "claim-status", claim_status },
  { "endless-message", claim_endless_message },
  { "nasty-message", say_nasty_message },
  { "no-memory", forget_memory },
  { "unsealed", send_unsealed },
  { "small", send_small },
  { "pipe", send_pipe },
};

static void
make_sound (Answer *a)
{
  gsize size = (gsize) a->request->tensor.side * a->request->tensor.side * 3;
  ImageReply reply = { .tensor = g_bytes_new_take (g_malloc0 (size), size), .width = 1, .height = 1, .size = 1 };

  image_protocol_put_reply (&a->reply, a->wire->id, IMAGE_FORMAT_PNG, &reply, &a->memory);
  image_reply_clear (&reply);
}

/* TRUE if the file asked for a fault and that came back. */
static gboolean
misbehave (const ImageWireRequest *wire, const ImageRequest *request, int fd)
{
  Answer answer = { .wire = wire, .request = request, .memory = -1, .file = fd };
  char bytes[64] = { 0 };
  const char *head = bytes;

  if (pread (fd, bytes, sizeof bytes - 1, 0) < 0)
    return FALSE;
  head += g_str_has_prefix (head, "\x89PNG\r\n\x1a\n") ? 8 : 0;
  if (!g_str_has_prefix (head, "FAULT "))
    return FALSE;
  make_sound (&answer);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (g_str_equal (head + 6, faults[i].name))
      {
        faults[i].fault (&answer);
        close (answer.memory);
        return TRUE;
      }
  return FALSE;
}

int
main (void)
{
  ImageWireRequest wire;
  ImageRequest request;
  int fd;

  image_serve_prepare ();
  if (g_getenv ("LD_LIBRARY_PATH") == NULL && g_getenv ("HOME") != NULL)
    return 98; /* the environment was to be clean */
  if (!image_serve_greet (SOCKET))
    return IMAGE_SERVE_EXIT_PROTOCOL;
  while (image_serve_receive (SOCKET, &wire, &request, &fd) == IMAGE_RECEIVE_OK)
    {
      if (!misbehave (&wire, &request, fd))
        image_serve_answer (SOCKET, &wire, &request, fd);
      close (fd);
    }
  return IMAGE_SERVE_EXIT_END;
}
