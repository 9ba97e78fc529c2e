/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-client.h"

#include <glib/gi18n-lib.h>
#include <gio/gunixfdlist.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library-address.h"
#include "library-loop.h"
#include "library-wire.h"

/* How long an owner may take to shake hands, and to answer a call that was cancelled, in milliseconds. */
#define HANDSHAKE 5000
#define GRACE 10000

struct _LibraryClient
{
  gatomicrefcount references;
  LibraryLoop *loop; /* hears of changes, and of the end */
  GDBusConnection *connection;
  guint64 last_job; /* atomic */
  GMutex mutex;
  LibraryClientFunc changed; /* NULL: mute */
  gpointer data;
};

/* ---- on the client's thread ---- */

typedef struct
{
  LibraryClient *client;
  const char *directory;
  GCancellable *cancellable;
  GError **error;
} Connecting;

static void
tell (LibraryClient *self)
{
  g_mutex_lock (&self->mutex);
  if (self->changed != NULL)
    self->changed (self->data);
  g_mutex_unlock (&self->mutex);
}

static void
on_closed (GDBusConnection *connection, gboolean remote_peer_vanished, GError *error, gpointer data)
{
  tell (data);
}

static void
on_changed (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *name, GVariant *parameters, gpointer data)
{
  tell (data);
}

static void
take_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* A source of the calling thread's context. */
static GSource *
add_timeout (guint ms, GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static void
forward_cancel (GCancellable *cancellable, gpointer inner)
{
  g_cancellable_cancel (inner);
}

/* An owner that was stopped takes the connection and never says a word. */
static GDBusConnection *
shake_hands (const char *address, GCancellable *cancellable, GError **error)
{
  g_autoptr (GCancellable) inner = g_cancellable_new ();
  g_autoptr (GSource) timeout = add_timeout (HANDSHAKE, cancel, inner);
  g_autoptr (GAsyncResult) result = NULL;
  gulong id = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (forward_cancel), inner, NULL) : 0;

  g_dbus_connection_new_for_address (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, inner, take_result, &result);
  while (result == NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  g_cancellable_disconnect (cancellable, id);
  g_source_destroy (timeout);
  return g_dbus_connection_new_for_address_finish (result, error);
}

static void
connect_in_loop (gpointer data)
{
  Connecting *connecting = data;
  LibraryClient *self = connecting->client;
  int fd;
  g_autofree char *address = library_address_new (connecting->directory, &fd);

  if (address == NULL)
    {
      g_set_error_literal (connecting->error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return;
    }
  self->connection = shake_hands (address, connecting->cancellable, connecting->error);
  close (fd);
  if (self->connection == NULL)
    return;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  g_dbus_connection_signal_subscribe (self->connection, NULL, LIBRARY_INTERFACE, "PhotosChanged", LIBRARY_OBJECT_PATH, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_changed, self, NULL);
}

static void
disconnect_in_loop (gpointer data)
{
  LibraryClient *self = data;

  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
}

/* ---- anywhere ---- */

LibraryClient *
library_client_new (const char *directory, LibraryClientFunc changed, gpointer data, GCancellable *cancellable, GError **error)
{
  LibraryClient *self = g_new0 (LibraryClient, 1);
  Connecting connecting = { self, directory, cancellable, error };

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->mutex);
  self->changed = changed;
  self->data = data;
  self->loop = library_loop_new ("library-client");
  library_loop_call (self->loop, connect_in_loop, &connecting);
  if (self->connection != NULL)
    return self;
  library_client_unref (self);
  return NULL;
}

LibraryClient *
library_client_ref (LibraryClient *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
library_client_unref (LibraryClient *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  library_client_mute (self);
  if (self->connection != NULL)
    library_loop_call (self->loop, disconnect_in_loop, self);
  library_loop_free (self->loop);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

gboolean
library_client_is_closed (LibraryClient *self)
{
  return g_dbus_connection_is_closed (self->connection);
}

void
library_client_mute (LibraryClient *self)
{
  g_mutex_lock (&self->mutex);
  self->changed = NULL;
  g_mutex_unlock (&self->mutex);
}

/* ---- calls, on the caller's thread ---- */

typedef struct
{
  LibraryClient *client;
  const LibraryJobKind *kind;
  gpointer request;
  guint64 job;
  gboolean overdue;
} Call;

static void
on_event (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *name, GVariant *parameters, gpointer data)
{
  Call *call = data;
  g_autoptr (GVariant) event = NULL;
  guint64 job;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(tv)")))
    return;
  g_variant_get (parameters, "(tv)", &job, &event);
  if (job == call->job && g_variant_is_of_type (event, G_VARIANT_TYPE (call->kind->event_type)))
    call->kind->take_event (event, call->request);
}

static void
send_control (GVariant *change, gpointer data)
{
  const Call *call = data;

  g_dbus_connection_call (call->client->connection, NULL, LIBRARY_OBJECT_PATH, LIBRARY_INTERFACE, "Control", g_variant_new ("(tv)", call->job, change),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static gboolean
give_up (gpointer data)
{
  ((Call *) data)->overdue = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
cancel_there (GCancellable *cancellable, gpointer data)
{
  Call *call = data;
  g_autoptr (GSource) grace = add_timeout (GRACE, give_up, call);

  g_dbus_connection_call (call->client->connection, NULL, LIBRARY_OBJECT_PATH, LIBRARY_INTERFACE, "Cancel", g_variant_new ("(t)", call->job),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static GSource *
watch_cancellable (GCancellable *cancellable, Call *call)
{
  GSource *source = g_cancellable_source_new (cancellable);

  g_source_set_callback (source, G_SOURCE_FUNC (cancel_there), call, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static GBytes *
read_all (int fd, GError **error)
{
  struct stat status;
  g_autofree guint8 *bytes = NULL;
  gsize have = 0;

  if (fstat (fd, &status) != 0 || status.st_size < 0 || (bytes = g_try_malloc ((gsize) status.st_size + 1)) == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The answer of the program that has the library open does not fit into memory"));
      return NULL;
    }
  while (have < (gsize) status.st_size)
    {
      gssize n = pread (fd, bytes + have, (gsize) status.st_size - have, (off_t) have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      have += (gsize) n;
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), have);
}

/* "(vi)": the reply, or where it is among the descriptors. */
static GVariant *
open_reply (GVariant *answer, GUnixFDList *fds, const char *type, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  gint32 handle;

  g_variant_get (answer, "(vi)", &reply, &handle);
  if (handle >= 0)
    {
      g_autoptr (GBytes) bytes = NULL;
      int fd = fds != NULL && handle < g_unix_fd_list_get_length (fds) ? g_unix_fd_list_get (fds, handle, error) : -1;

      g_clear_pointer (&reply, g_variant_unref);
      bytes = fd >= 0 ? read_all (fd, error) : NULL;
      if (fd >= 0)
        close (fd);
      if (bytes == NULL)
        return NULL;
      reply = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
    }
  if (g_variant_is_of_type (reply, G_VARIANT_TYPE (type)))
    return g_steal_pointer (&reply);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The program that has the library open is of another version; end it and try again"));
  return NULL;
}

static GVariant *
finish (GAsyncResult *result, LibraryClient *self, const LibraryJobKind *kind, gboolean *vanished, GError **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (self->connection, &fds, result, &local);

  if (answer != NULL)
    return open_reply (answer, fds, kind->reply_type, error);
  *vanished = !g_dbus_error_is_remote_error (local);
  g_dbus_error_strip_remote_error (local);
  /* It was not us: the owner is about to leave. */
  *vanished |= g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static GVariant *
call_in_context (LibraryClient *self, GVariant *parameters, Call *call, gboolean *vanished, GCancellable *cancellable, GError **error)
{
  const LibraryJobKind *kind = call->kind;
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GCancellable) end = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GSource) watch = NULL;
  guint events = 0;

  if (kind->event_type != NULL)
    events = g_dbus_connection_signal_subscribe (self->connection, NULL, LIBRARY_INTERFACE, "Event", LIBRARY_OBJECT_PATH, NULL,
                                                 G_DBUS_SIGNAL_FLAGS_NONE, on_event, call, NULL);
  g_dbus_connection_call_with_unix_fd_list (self->connection, NULL, LIBRARY_OBJECT_PATH, LIBRARY_INTERFACE, "Run", parameters, G_VARIANT_TYPE ("(vi)"),
                                            G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, end, take_result, &result);
  if (cancellable != NULL)
    watch = watch_cancellable (cancellable, call);
  if (kind->watch != NULL)
    kind->watch (call->request, send_control, call);
  while (result == NULL)
    {
      g_main_context_iteration (context, TRUE);
      if (call->overdue)
        g_cancellable_cancel (end);
    }
  if (kind->unwatch != NULL)
    kind->unwatch (call->request, call);
  if (watch != NULL)
    g_source_destroy (watch);
  if (events != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, events);
  return finish (result, self, kind, vanished, error);
}

GVariant *
library_client_call (LibraryClient *self,
                     const LibraryJobKind *kind,
                     const LibraryOptions *options,
                     gpointer request,
                     gboolean *vanished,
                     GCancellable *cancellable,
                     GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Call call = { .client = self, .kind = kind, .request = request };
  GVariant *reply;

  *vanished = FALSE;
  call.job = __atomic_add_fetch (&self->last_job, 1, __ATOMIC_RELAXED);
  g_main_context_push_thread_default (context);
  reply = call_in_context (self, g_variant_new ("(st@" LIBRARY_WIRE_OPTIONS "v)", kind->name, call.job, library_wire_pack_options (options), kind->pack_request (request)),
                           &call, vanished, cancellable, error);
  /* A callback of Cancel, or of the last event, must not outlive its context. */
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);
  if (reply == NULL && g_cancellable_is_cancelled (cancellable))
    *vanished = FALSE;
  return reply;
}
