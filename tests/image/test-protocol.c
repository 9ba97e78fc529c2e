/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The messages: round trips, and every field out of range refused, on both ends. */
#include <string.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image-protocol.h"
#include "image-serve.h"
#include "image-thumbnail.h"
#include "support.h"

static void
make_sockets (int sockets[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
}

static void
close_both (int sockets[2])
{
  close (sockets[0]);
  close (sockets[1]);
}

static void
test_request (void)
{
  const ImageRequest sent = {
    .tensor = { .side = 224, .mode = IMAGE_RESIZE_LONGEST, .filter = IMAGE_FILTER_BILINEAR, .fill = 127, .reduced = TRUE },
    .thumbnails = { 512, 256 },
  };
  ImageRequest got;
  ImageWireRequest wire;

  image_protocol_put_request (&wire, 7, 10000, &sent);
  g_assert_true (image_protocol_get_request (&wire, &got));
  g_assert_cmpuint (got.tensor.side, ==, 224);
  g_assert_cmpint (got.tensor.mode, ==, IMAGE_RESIZE_LONGEST);
  g_assert_cmpint (got.tensor.filter, ==, IMAGE_FILTER_BILINEAR);
  g_assert_cmpuint (got.tensor.fill, ==, 127);
  g_assert_true (got.tensor.reduced);
  g_assert_cmpuint (got.thumbnails[0], ==, 512);
  g_assert_cmpuint (got.thumbnails[1], ==, 256);
}

#define REFUSE_REQUEST(field, value)                             \
  G_STMT_START                                                   \
  {                                                              \
    ImageWireRequest spoilt = wire;                              \
    spoilt.field = (value);                                      \
    g_assert_false (image_protocol_get_request (&spoilt, &got)); \
  }                                                              \
  G_STMT_END

static void
test_bad_requests (void)
{
  const ImageRequest sent = { .tensor = { .side = 224 } };
  ImageRequest got;
  ImageWireRequest wire;

  image_protocol_put_request (&wire, 7, 10000, &sent);
  REFUSE_REQUEST (magic, 0);
  REFUSE_REQUEST (version, IMAGE_PROTOCOL_VERSION + 1);
  REFUSE_REQUEST (side, IMAGE_MAX_TENSOR_SIDE + 1);
  REFUSE_REQUEST (mode, 3);
  REFUSE_REQUEST (filter, 2);
  REFUSE_REQUEST (fill, 256);
  REFUSE_REQUEST (reduced, 2);
  REFUSE_REQUEST (thumbnails[0], G_MAXUINT32);
  REFUSE_REQUEST (thumbnails[1], IMAGE_MAX_THUMBNAIL_SIDE + 1);
  REFUSE_REQUEST (metadata, 2);
  REFUSE_REQUEST (unused, 1);
  REFUSE_REQUEST (cpu_ms, 0);
  REFUSE_REQUEST (cpu_ms, G_MAXUINT32);
}

/* A request for 4 x 4 and a thumbnail, and the sound reply to it. */
typedef struct
{
  ImageWireRequest request;
  ImageWireReply wire;
  int memory;
} Exchange;

static void
exchange_clear (Exchange *exchange)
{
  close (exchange->memory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Exchange, exchange_clear)

static Exchange
exchange_new (void)
{
  const ImageRequest sent = { .tensor = { .side = 4 }, .thumbnails = { 64, 32 } };
  g_auto (ImageReply) reply = {
    .tensor = g_bytes_new ("012345678901234567890123456789012345678901234567", 48),
    .thumbnails = { g_bytes_new ("\xff\xd8\xff\xe0thumb", 9), g_bytes_new ("\xff\xd8\xff\xe1small", 9) },
    .width = 30,
    .height = 20,
    .taken = -5,
    .size = 1234,
    .hash = { 1, G_MAXUINT64 },
  };
  Exchange exchange;

  image_protocol_put_request (&exchange.request, 9, 1000, &sent);
  g_assert_true (image_protocol_put_reply (&exchange.wire, 9, IMAGE_FORMAT_WEBP, &reply, &exchange.memory));
  return exchange;
}

static void
test_reply (void)
{
  g_auto (Exchange) e = exchange_new ();
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean sound;

  g_assert_true (image_protocol_get_reply (&e.wire, &e.request, e.memory, &reply, &sound, &error));
  g_assert_no_error (error);
  g_assert_true (sound);
  g_assert_cmpmem (g_bytes_get_data (reply.tensor, NULL), g_bytes_get_size (reply.tensor), "012345678901234567890123456789012345678901234567", 48);
  g_assert_cmpmem (g_bytes_get_data (reply.thumbnails[0], NULL), g_bytes_get_size (reply.thumbnails[0]), "\xff\xd8\xff\xe0thumb", 9);
  g_assert_cmpmem (g_bytes_get_data (reply.thumbnails[1], NULL), g_bytes_get_size (reply.thumbnails[1]), "\xff\xd8\xff\xe1small", 9);
  g_assert_cmpuint (reply.width, ==, 30);
  g_assert_cmpuint (reply.height, ==, 20);
  g_assert_cmpstr (reply.format, ==, "webp");
  g_assert_cmpint (reply.taken, ==, -5);
  g_assert_cmpint (reply.size, ==, 1234);
  g_assert_cmphex (reply.hash[0], ==, 1);
  g_assert_cmphex (reply.hash[1], ==, G_MAXUINT64);
  g_assert_cmpint (write (e.memory, "x", 1), ==, -1); /* sealed */
  g_assert_cmpint (ftruncate (e.memory, 0), ==, -1);
}

static void
refuse (const ImageWireReply *wire, const Exchange *e, int memory)
{
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean sound = TRUE;

  g_assert_false (image_protocol_get_reply (wire, &e->request, memory, &reply, &sound, &error));
  g_assert_false (sound);
  g_assert_nonnull (error);
  g_assert_null (reply.tensor);
}

#define REFUSE_REPLY(field, value)  \
  G_STMT_START                      \
  {                                 \
    ImageWireReply spoilt = e.wire; \
    spoilt.field = (value);         \
    refuse (&spoilt, &e, e.memory); \
  }                                 \
  G_STMT_END

static void
test_bad_replies (void)
{
  g_auto (Exchange) e = exchange_new ();
  int unsealed = memfd_create ("unsealed", 0);

  REFUSE_REPLY (magic, 0);
  REFUSE_REPLY (version, 0);
  REFUSE_REPLY (id, 8);
  REFUSE_REPLY (status, 2 + IMAGE_ERROR_WORKER);
  REFUSE_REPLY (status, 1); /* an error with a memory file */
  REFUSE_REPLY (format, IMAGE_FORMAT_UNKNOWN);
  REFUSE_REPLY (format, IMAGE_N_FORMATS);
  REFUSE_REPLY (width, 0);
  REFUSE_REPLY (height, IMAGE_MAX_SIDE + 1);
  REFUSE_REPLY (tensor_size, 0);
  REFUSE_REPLY (tensor_size, 47);
  REFUSE_REPLY (tensor_size, G_MAXUINT64);
  REFUSE_REPLY (thumbnail_sizes[0], 0);
  REFUSE_REPLY (thumbnail_sizes[0], 8);
  REFUSE_REPLY (thumbnail_sizes[0], G_MAXUINT64 - 40);
  REFUSE_REPLY (thumbnail_sizes[1], 0);
  REFUSE_REPLY (thumbnail_sizes[1], G_MAXUINT64 - 8);
  REFUSE_REPLY (metadata_size, 1);
  REFUSE_REPLY (metadata_size, IMAGE_METADATA_MAX_PACKED + 1);
  REFUSE_REPLY (metadata_size, G_MAXUINT64);
  REFUSE_REPLY (size, 0);
  REFUSE_REPLY (size, -1);
  refuse (&e.wire, &e, -1);
  g_assert_cmpint (ftruncate (unsealed, 66), ==, 0);
  refuse (&e.wire, &e, unsealed);
  refuse (&e.wire, &e, STDIN_FILENO);
  close (unsealed);
}

/* Metadata cross whole, are refused where nobody asked for them, and may be missing. */
static void
test_metadata (void)
{
  const ImageRequest sent = { .metadata = TRUE }, plain = { 0 };
  g_auto (ImageReply) reply = { .width = 1, .height = 1, .size = 1, .metadata = g_new0 (ImageMetadata, 1) };
  g_auto (ImageReply) got = { 0 };
  ImageWireRequest request;
  ImageWireReply wire;
  gboolean sound;
  int memory;

  reply.metadata->title = g_strdup ("Ferien");
  image_protocol_put_request (&request, 3, 1000, &sent);
  g_assert_true (image_protocol_put_reply (&wire, 3, IMAGE_FORMAT_PNG, &reply, &memory));
  g_assert_true (image_protocol_get_reply (&wire, &request, memory, &got, &sound, NULL));
  g_assert_cmpstr (got.metadata->title, ==, "Ferien");
  image_reply_clear (&got);
  image_protocol_put_request (&request, 3, 1000, &plain);
  g_assert_false (image_protocol_get_reply (&wire, &request, memory, &got, &sound, NULL));
  g_assert_false (sound);
  close (memory);
}

static void
test_thumbnail_is_jpeg (void)
{
  g_auto (Exchange) e = exchange_new ();
  g_auto (ImageReply) reply = { .tensor = g_bytes_new_take (g_malloc0 (48), 48), .thumbnails = { g_bytes_new ("\xff\xd8\xff\xe0thumb", 9), g_bytes_new ("GIF89aaaa", 9) }, .width = 1, .height = 1, .size = 1 };
  int memory;

  g_assert_true (image_protocol_put_reply (&e.wire, 9, IMAGE_FORMAT_PNG, &reply, &memory));
  refuse (&e.wire, &e, memory);
  close (memory);
}

static void
test_errors (void)
{
  for (guint code = 0; code <= IMAGE_ERROR_WORKER; code++)
    {
      const ImageRequest sent = { 0 };
      g_autoptr (GError) told = g_error_new (IMAGE_ERROR, (int) code, "message %u", code);
      g_autoptr (GError) error = NULL;
      g_auto (ImageReply) reply = { 0 };
      ImageWireRequest request;
      ImageWireReply wire;
      gboolean sound = FALSE;

      image_protocol_put_request (&request, 3, 1000, &sent);
      image_protocol_put_error (&wire, 3, told);
      g_assert_false (image_protocol_get_reply (&wire, &request, -1, &reply, &sound, &error));
      g_assert_true (sound);
      g_assert_error (error, IMAGE_ERROR, (int) code);
      g_assert_cmpstr (error->message, ==, told->message);
      g_assert_cmpstr (image_error_to_reason (code), !=, "");
    }
}

/* Cut in the middle of a character, a long message is still valid text. */
static void
test_long_message (void)
{
  g_autoptr (GString) text = g_string_new ("x");
  g_autoptr (GError) told = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (ImageReply) reply = { 0 };
  const ImageRequest sent = { 0 };
  ImageWireRequest request;
  ImageWireReply wire;
  gboolean sound;

  for (guint i = 0; i < 300; i++)
    g_string_append (text, "ü");
  told = g_error_new_literal (IMAGE_ERROR, IMAGE_ERROR_UNREADABLE, text->str);
  image_protocol_put_request (&request, 3, 1000, &sent);
  image_protocol_put_error (&wire, 3, told);
  g_assert_false (image_protocol_get_reply (&wire, &request, -1, &reply, &sound, &error));
  g_assert_true (sound);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
send_descriptors (int socket, gconstpointer data, gsize size, guint count)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (16 * sizeof (int))];
  } control = { 0 };
  struct iovec part = { (gpointer) data, size };
  struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE (count * sizeof (int)) };

  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (count * sizeof (int));
  for (guint i = 0; i < count; i++)
    memcpy (CMSG_DATA (&control.header) + i * sizeof (int), &socket, sizeof socket);
  g_assert_cmpint (sendmsg (socket, &packet, 0), ==, (gssize) size);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static void
test_packets (void)
{
  int sockets[2];
  char buffer[8];
  int fd;
  guint before;

  make_sockets (sockets);
  before = count_descriptors ();
  g_assert_true (image_protocol_send (sockets[0], "12345678", 8, -1));
  g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_OK);
  g_assert_cmpint (fd, ==, -1);
  g_assert_true (image_protocol_send (sockets[0], "12345678", 8, sockets[0]));
  g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_OK);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_true (image_protocol_send (sockets[0], "123456789", 9, sockets[0]));
  g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_BROKEN);
  g_assert_true (image_protocol_send (sockets[0], "1234567", 7, sockets[0]));
  g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_BROKEN);
  for (guint n = 2; n <= 16; n += 7)
    {
      send_descriptors (sockets[0], "12345678", 8, n);
      g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_BROKEN);
    }
  g_assert_cmpuint (count_descriptors (), ==, before); /* surplus descriptors were closed */
  close (sockets[0]);
  g_assert_cmpint (image_protocol_receive (sockets[1], buffer, 8, &fd), ==, IMAGE_RECEIVE_END);
  g_assert_false (image_protocol_send (sockets[1], "12345678", 8, -1)); /* and no SIGPIPE */
  close (sockets[1]);
}

/* The worker's end refuses requests that are none, and ends. */
static void
test_serve (void)
{
  const ImageRequest sent = { .tensor = { .side = 8 } };
  ImageWireRequest wire;

  for (guint i = 0; i < 4; i++)
    {
      int sockets[2];
      int file = file_of_fixture ("rgb.png");

      make_sockets (sockets);
      image_protocol_put_request (&wire, 1, 60000, &sent);
      if (i == 1)
        wire.side = 5000;
      g_assert_true (image_protocol_send (sockets[0], &wire, i == 2 ? 10 : sizeof wire, i == 3 ? -1 : file));
      shutdown (sockets[0], SHUT_WR);
      g_assert_cmpint (image_serve (sockets[1]), ==, i == 0 ? IMAGE_SERVE_EXIT_END : IMAGE_SERVE_EXIT_PROTOCOL);
      close (file);
      close_both (sockets);
    }
}

static void
test_random_replies (void)
{
  g_auto (Exchange) e = exchange_new ();

  for (guint i = 0; i < 20000; i++)
    {
      g_auto (ImageReply) reply = { 0 };
      ImageWireReply wire = e.wire;
      gboolean sound;

      for (guint k = 0; k < 1 + i % 3; k++)
        ((guint8 *) &wire)[g_test_rand_int_range (0, sizeof wire)] = (guint8) g_test_rand_int ();
      if (image_protocol_get_reply (&wire, &e.request, e.memory, &reply, &sound, NULL))
        g_assert_cmpuint (g_bytes_get_size (reply.tensor), ==, 48);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/protocol/request", test_request);
  g_test_add_func ("/image/protocol/bad-requests", test_bad_requests);
  g_test_add_func ("/image/protocol/reply", test_reply);
  g_test_add_func ("/image/protocol/bad-replies", test_bad_replies);
  g_test_add_func ("/image/protocol/thumbnail-is-jpeg", test_thumbnail_is_jpeg);
  g_test_add_func ("/image/protocol/metadata", test_metadata);
  g_test_add_func ("/image/protocol/errors", test_errors);
  g_test_add_func ("/image/protocol/long-message", test_long_message);
  g_test_add_func ("/image/protocol/packets", test_packets);
  g_test_add_func ("/image/protocol/serve", test_serve);
  g_test_add_func ("/image/protocol/random-replies", test_random_replies);
  return g_test_run ();
}
