/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image-sink.h"
#include "image-thumbnail.h"

#define MAX_DESCRIPTORS 4 /* room to receive, so that surplus ones can be closed */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* No padding anywhere: what crosses is what is written here. */
G_STATIC_ASSERT (sizeof (ImageWireHello) == 8);
G_STATIC_ASSERT (sizeof (ImageWireRequest) == 56);
G_STATIC_ASSERT (sizeof (ImageWireReply) == 96 + IMAGE_PROTOCOL_MESSAGE);

gboolean
image_protocol_send (int socket, gconstpointer message, gsize size, int fd)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec part = { (gpointer) message, size };
  struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t n;

  if (fd >= 0)
    {
      packet.msg_control = control.bytes;
      packet.msg_controllen = sizeof control.bytes;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
    }
  do
    n = sendmsg (socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t) size;
}

/* Takes the first descriptor and closes the others; returns how many there were. */
static guint
take_descriptors (struct msghdr *packet, int *fd)
{
  guint count = 0;

  for (struct cmsghdr *c = CMSG_FIRSTHDR (packet); c != NULL; c = CMSG_NXTHDR (packet, c))
    {
      gsize n;

      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      n = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < n; i++)
        {
          int one;

          memcpy (&one, CMSG_DATA (c) + i * sizeof (int), sizeof one);
          if (count++ == 0)
            *fd = one;
          else
            close (one);
        }
    }
  return count;
}

ImageReceive
image_protocol_receive (int socket, gpointer message, gsize size, int *fd)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (MAX_DESCRIPTORS * sizeof (int))];
  } control;
  struct iovec part = { message, size };
  struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
  ssize_t n;
  guint count;

  *fd = -1;
  do
    n = recvmsg (socket, &packet, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == ECONNRESET ? IMAGE_RECEIVE_END : IMAGE_RECEIVE_BROKEN;
  count = take_descriptors (&packet, fd);
  if (n == 0 && count == 0)
    return IMAGE_RECEIVE_END;
  if ((gsize) n == size && count <= 1 && (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
    return IMAGE_RECEIVE_OK;
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  return IMAGE_RECEIVE_BROKEN;
}

void
image_protocol_put_request (ImageWireRequest *wire, guint64 id, guint cpu_ms, const ImageRequest *request)
{
  const ImageTensorSpec *tensor = &request->tensor;

  *wire = (ImageWireRequest){
    .magic = IMAGE_PROTOCOL_MAGIC,
    .version = IMAGE_PROTOCOL_VERSION,
    .id = id,
    .side = tensor->side,
    .mode = tensor->mode,
    .filter = tensor->filter,
    .fill = tensor->fill,
    .reduced = tensor->reduced != FALSE,
    .metadata = request->metadata != FALSE,
    .cpu_ms = cpu_ms,
  };
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    wire->thumbnails[i] = request->thumbnails[i];
}

gboolean
image_protocol_get_request (const ImageWireRequest *wire, ImageRequest *request)
{
  if (wire->magic != IMAGE_PROTOCOL_MAGIC || wire->version != IMAGE_PROTOCOL_VERSION)
    return FALSE;
  if (wire->side > IMAGE_MAX_TENSOR_SIDE)
    return FALSE;
  if (wire->mode > IMAGE_RESIZE_LONGEST || wire->filter > IMAGE_FILTER_BILINEAR || wire->fill > 255 || wire->reduced > 1 || wire->metadata > 1)
    return FALSE;
  if (wire->cpu_ms == 0 || wire->cpu_ms > IMAGE_PROTOCOL_MAX_CPU_MS || wire->unused != 0)
    return FALSE;
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    if (wire->thumbnails[i] > IMAGE_MAX_THUMBNAIL_SIDE)
      return FALSE;
  *request = (ImageRequest){
    .tensor = {
      .side = wire->side,
      .mode = (ImageResizeMode) wire->mode,
      .filter = (ImageFilter) wire->filter,
      .fill = (guint8) wire->fill,
      .reduced = wire->reduced != 0,
    },
    .metadata = wire->metadata != 0,
  };
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    request->thumbnails[i] = wire->thumbnails[i];
  return TRUE;
}

static gboolean
write_bytes (int fd, GBytes *bytes)
{
  gsize size;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  for (gsize done = 0; data != NULL && done < size;)
    {
      ssize_t n = write (fd, data + done, size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      done += (gsize) n;
    }
  return TRUE;
}

static guint64
size_of (GBytes *bytes)
{
  return bytes != NULL ? g_bytes_get_size (bytes) : 0;
}

/* Bytes in the memory file; each part was found to be within its limit before. */
static guint64
memory_size (const ImageWireReply *wire)
{
  guint64 size = wire->tensor_size + wire->metadata_size;

  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    size += wire->thumbnail_sizes[i];
  return size;
}

static gboolean
write_parts (int fd, const ImageReply *reply, GBytes *metadata)
{
  gboolean ok = write_bytes (fd, reply->tensor);

  for (guint i = 0; ok && i < IMAGE_MAX_THUMBNAILS; i++)
    ok = write_bytes (fd, reply->thumbnails[i]);
  return ok && write_bytes (fd, metadata);
}

gboolean
image_protocol_put_reply (ImageWireReply *wire, guint64 id, ImageFormat format, const ImageReply *reply, int *fd)
{
  g_autoptr (GBytes) metadata = reply->metadata != NULL ? image_metadata_pack (reply->metadata) : NULL;

  *wire = (ImageWireReply){
    .magic = IMAGE_PROTOCOL_MAGIC,
    .version = IMAGE_PROTOCOL_VERSION,
    .id = id,
    .format = format,
    .width = reply->width,
    .height = reply->height,
    .tensor_size = size_of (reply->tensor),
    .metadata_size = size_of (metadata),
    .taken = reply->taken,
    .size = reply->size,
    .hash = { reply->hash[0], reply->hash[1] },
  };
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    wire->thumbnail_sizes[i] = size_of (reply->thumbnails[i]);
  *fd = -1;
  if (memory_size (wire) == 0)
    return TRUE;
  *fd = memfd_create ("eidetic-reply", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (*fd < 0)
    return FALSE;
  if (write_parts (*fd, reply, metadata) && fcntl (*fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0)
    return TRUE;
  close (*fd);
  *fd = -1;
  return FALSE;
}

void
image_protocol_put_error (ImageWireReply *wire, guint64 id, const GError *error)
{
  ImageError code = error->domain == IMAGE_ERROR ? (ImageError) error->code : IMAGE_ERROR_UNREADABLE;

  *wire = (ImageWireReply){
    .magic = IMAGE_PROTOCOL_MAGIC,
    .version = IMAGE_PROTOCOL_VERSION,
    .id = id,
    .status = 1 + (guint32) code,
  };
  g_strlcpy (wire->message, error->message, sizeof wire->message);
}

static gboolean
is_sound_header (const ImageWireReply *wire, const ImageWireRequest *request)
{
  return wire->magic == IMAGE_PROTOCOL_MAGIC && wire->version == IMAGE_PROTOCOL_VERSION && wire->id == request->id &&
         wire->status <= 1 + (guint32) IMAGE_ERROR_WORKER && memchr (wire->message, 0, sizeof wire->message) != NULL;
}

static gboolean
is_sound_thumbnail (guint32 wanted, guint64 size)
{
  return wanted == 0 ? size == 0 : size > 4 && size <= IMAGE_PROTOCOL_MAX_THUMBNAIL;
}

/* There may be none though it was asked for. */
static gboolean
is_sound_metadata (guint32 wanted, guint64 size)
{
  return size == 0 || (wanted && size <= IMAGE_METADATA_MAX_PACKED);
}

static gboolean
is_sound_result (const ImageWireReply *wire, const ImageWireRequest *request)
{
  guint64 side = request->side;

  if (wire->format == IMAGE_FORMAT_UNKNOWN || wire->format >= IMAGE_N_FORMATS)
    return FALSE;
  if (!image_sink_check_size (wire->width, wire->height, NULL))
    return FALSE;
  if (!is_sound_metadata (request->metadata, wire->metadata_size))
    return FALSE;
  if (wire->tensor_size != side * side * 3 || wire->size <= 0 || wire->taken < -G_MAXINT64 / 2)
    return FALSE;
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    if (!is_sound_thumbnail (request->thumbnails[i], wire->thumbnail_sizes[i]))
      return FALSE;
  return TRUE;
}

/* The memory file can neither shrink nor change under us, and is as long as the message says. */
static gboolean
is_sound_memory (int fd, guint64 size)
{
  struct stat status;
  int seals;

  if (size == 0)
    return fd < 0;
  if (fd < 0)
    return FALSE;
  seals = fcntl (fd, F_GET_SEALS);
  return seals >= 0 && (seals & SEALS) == SEALS && fstat (fd, &status) == 0 && S_ISREG (status.st_mode) &&
         status.st_size >= 0 && (guint64) status.st_size == size;
}

static GBytes *
read_bytes (int fd, gsize offset, gsize size)
{
  g_autofree guint8 *data = g_try_malloc (size);
  gsize done = 0;

  while (data != NULL && done < size)
    {
      ssize_t n = pread (fd, data + done, size - done, (off_t) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return NULL;
      done += (gsize) n;
    }
  return data != NULL ? g_bytes_new_take (g_steal_pointer (&data), size) : NULL;
}

static gboolean
is_jpeg (GBytes *bytes)
{
  return image_format_sniff (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) == IMAGE_FORMAT_JPEG;
}

/* Takes the next `size` bytes of the memory file; NULL and TRUE for none. */
static gboolean
take_part (int fd, guint64 *offset, guint64 size, GBytes **bytes)
{
  *bytes = size > 0 ? read_bytes (fd, *offset, size) : NULL;
  *offset += size;
  return size == 0 || *bytes != NULL;
}

static gboolean
take_metadata (int fd, guint64 offset, guint64 size, ImageMetadata **metadata)
{
  g_autoptr (GBytes) packed = NULL;

  if (size == 0)
    return TRUE;
  packed = read_bytes (fd, offset, size);
  *metadata = packed != NULL ? image_metadata_unpack (g_bytes_get_data (packed, NULL), g_bytes_get_size (packed)) : NULL;
  return *metadata != NULL;
}

static gboolean
take_parts (const ImageWireReply *wire, int fd, ImageReply *reply)
{
  guint64 offset = 0;

  if (!take_part (fd, &offset, wire->tensor_size, &reply->tensor))
    return FALSE;
  for (guint i = 0; i < IMAGE_MAX_THUMBNAILS; i++)
    {
      if (!take_part (fd, &offset, wire->thumbnail_sizes[i], &reply->thumbnails[i]))
        return FALSE;
      if (reply->thumbnails[i] != NULL && !is_jpeg (reply->thumbnails[i]))
        return FALSE;
    }
  return take_metadata (fd, offset, wire->metadata_size, &reply->metadata);
}

static gboolean
take_result (const ImageWireReply *wire, int fd, ImageReply *reply)
{
  g_auto (ImageReply) taken = { 0 };

  if (!is_sound_memory (fd, memory_size (wire)) || !take_parts (wire, fd, &taken))
    return FALSE;
  taken.width = wire->width;
  taken.height = wire->height;
  taken.format = image_format_name ((ImageFormat) wire->format);
  taken.taken = wire->taken;
  taken.hash[0] = wire->hash[0];
  taken.hash[1] = wire->hash[1];
  taken.size = wire->size;
  *reply = taken;
  taken = (ImageReply){ 0 };
  return TRUE;
}

static void
set_worker_error (GError **error, const ImageWireReply *wire)
{
  g_autofree char *message = g_utf8_make_valid (wire->message, -1);

  for (char *c = message; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_set_error_literal (error, IMAGE_ERROR, (gint) wire->status - 1, message);
}

gboolean
image_protocol_get_reply (const ImageWireReply *wire,
                          const ImageWireRequest *request,
                          int fd,
                          ImageReply *reply,
                          gboolean *sound,
                          GError **error)
{
  *sound = is_sound_header (wire, request);
  if (*sound && wire->status != 0)
    {
      *sound = fd < 0;
      set_worker_error (error, wire);
      return FALSE;
    }
  *sound = *sound && is_sound_result (wire, request) && take_result (wire, fd, reply);
  if (!*sound)
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "The decoder’s answer breaks the protocol; it was stopped");
  return *sound;
}
