/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-service.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "library-address.h"
#include "library-engine-private.h"
#include "library-loop.h"
#include "library-wire.h"

/* Engines made for clients that want another model or device than the members have: so many stay loaded. */
#define MAX_GUESTS 2
/* How long the end of cancelled jobs is waited for, in milliseconds. */
#define GRACE 5000

struct _LibraryService
{
  LibraryStore *store;
  LibraryLoop *loop;
  GMutex mutex;
  GPtrArray *members; /* of LibraryEngine, not owned; guarded by mutex */
  /* the thread's */
  GDBusServer *server;
  int folder;
  GDBusNodeInfo *node;
  GPtrArray *peers; /* of Peer */
  GQueue guests;    /* of LibraryEngine, the one used last first */
  guint calls;      /* that are under way */
};

/* One client. */
typedef struct
{
  LibraryService *service;
  GDBusConnection *connection;
  guint object;
  GHashTable *jobs; /* number to Call, not owned */
} Peer;

/* One job for a client. */
typedef struct
{
  LibraryService *service;
  const LibraryJobKind *kind;
  GDBusConnection *connection;
  GDBusMethodInvocation *invocation;
  GCancellable *cancellable;
  gpointer request; /* belongs to the job */
  guint64 number;
} Call;

/* Services of this process by store. */
static GMutex services_mutex;
static GHashTable *services;

static const char interface_xml[] =
  "<node><interface name='" LIBRARY_INTERFACE "'>"
  "<method name='Run'>"
  "<arg name='kind' type='s' direction='in'/><arg name='job' type='t' direction='in'/>"
  "<arg name='options' type='" LIBRARY_WIRE_OPTIONS "' direction='in'/><arg name='request' type='v' direction='in'/>"
  "<arg name='reply' type='v' direction='out'/><arg name='memory' type='i' direction='out'/>"
  "</method>"
  "<method name='Control'><arg name='job' type='t' direction='in'/><arg name='change' type='v' direction='in'/></method>"
  "<method name='Cancel'><arg name='job' type='t' direction='in'/></method>"
  "<signal name='Event'><arg name='job' type='t'/><arg name='event' type='v'/></signal>"
  "<signal name='PhotosChanged'/>"
  "</interface></node>";

/* ---- replies ---- */

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* A message has its limits; memory has others.  -1: none could be had. */
static int
put_into_memory (GVariant *reply)
{
  int fd = memfd_create ("eidetic-reply", MFD_CLOEXEC);

  if (fd >= 0 && !write_all (fd, g_variant_get_data (reply), g_variant_get_size (reply)))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

static void
send_reply (Call *call, GVariant *reply)
{
  g_autoptr (GUnixFDList) fds = NULL;
  int fd = g_variant_get_size (reply) > LIBRARY_LARGE_REPLY ? put_into_memory (reply) : -1;

  if (fd < 0)
    {
      g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(vi)", reply, -1));
      return;
    }
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (call->invocation, g_variant_new ("(vi)", g_variant_new_boolean (TRUE), 0), fds);
}

/* ---- engines ---- */

static gboolean
has_options (LibraryEngine *engine, const LibraryOptions *options)
{
  return g_strcmp0 (engine->options.model, options->model) == 0 && g_strcmp0 (engine->options.device, options->device) == 0 &&
         engine->options.precision == options->precision;
}

static LibraryEngine *
find_member (LibraryService *self, const LibraryOptions *options)
{
  LibraryEngine *found = NULL;

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->members->len && found == NULL; i++)
    if (has_options (g_ptr_array_index (self->members, i), options))
      found = g_object_ref (g_ptr_array_index (self->members, i));
  g_mutex_unlock (&self->mutex);
  return found;
}

/* A guest lives in this thread's context, so that is where it says so. */
static void
on_guest_changed (LibraryEngine *guest, gpointer self)
{
  library_service_announce (self);
}

static LibraryEngine *
find_guest (LibraryService *self, const LibraryOptions *options)
{
  GList *link = self->guests.head;

  while (link != NULL && !has_options (link->data, options))
    link = link->next;
  if (link != NULL)
    g_queue_unlink (&self->guests, link);
  else
    {
      link = g_list_append (NULL, library_engine_new_guest (self->store, options));
      g_signal_connect (link->data, "photos-changed", G_CALLBACK (on_guest_changed), self);
    }
  g_queue_push_head_link (&self->guests, link);
  return g_object_ref (link->data);
}

/* Lets go of the guests that nobody has used for longest; only while none is at work. */
static void
dismiss_guests (LibraryService *self, guint most)
{
  while (self->calls == 0 && self->guests.length > most)
    {
      g_autoptr (LibraryEngine) guest = g_queue_pop_tail (&self->guests);

      g_signal_handlers_disconnect_by_data (guest, self);
    }
}

static LibraryEngine *
find_engine (LibraryService *self, GVariant *packed)
{
  LibraryOptions options = { 0 };
  LibraryEngine *engine;

  library_wire_unpack_options (packed, &options);
  engine = find_member (self, &options);
  if (engine == NULL)
    engine = find_guest (self, &options);
  g_free (options.model);
  g_free (options.device);
  return engine;
}

/* ---- jobs ---- */

static Peer *
find_peer (LibraryService *self, GDBusConnection *connection)
{
  for (guint i = 0; i < self->peers->len; i++)
    if (((Peer *) g_ptr_array_index (self->peers, i))->connection == connection)
      return g_ptr_array_index (self->peers, i);
  return NULL;
}

static void
job_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;
  gpointer reply = library_job_finish (call->kind, LIBRARY_ENGINE (source), result, &error);
  Peer *peer = find_peer (call->service, call->connection);

  if (reply != NULL)
    {
      g_autoptr (GVariant) variant = g_variant_ref_sink (call->kind->pack_reply (reply));

      send_reply (call, variant);
      call->kind->free_reply (reply);
    }
  else
    g_dbus_method_invocation_return_gerror (call->invocation, error);
  if (peer != NULL)
    g_hash_table_remove (peer->jobs, &call->number);
  call->service->calls--;
  dismiss_guests (call->service, MAX_GUESTS);
  g_object_unref (call->connection);
  g_object_unref (call->cancellable);
  g_free (call);
}

static void
send_event (GVariant *event, gpointer data)
{
  Call *call = data;

  g_dbus_connection_emit_signal (call->connection, NULL, LIBRARY_OBJECT_PATH, LIBRARY_INTERFACE, "Event", g_variant_new ("(tv)", call->number, event), NULL);
}

static void
begin_job (Peer *peer, const LibraryJobKind *kind, guint64 number, GVariant *options, gpointer request, GDBusMethodInvocation *invocation)
{
  g_autoptr (LibraryEngine) engine = find_engine (peer->service, options);
  Call *call = g_new0 (Call, 1);

  call->service = peer->service;
  call->kind = kind;
  call->connection = g_object_ref (peer->connection);
  call->invocation = invocation;
  call->cancellable = g_cancellable_new ();
  call->request = request;
  call->number = number;
  g_hash_table_insert (peer->jobs, g_memdup2 (&number, sizeof number), call);
  peer->service->calls++;
  if (kind->listen != NULL)
    kind->listen (request, send_event, call);
  library_job_begin (kind, engine, request, call->cancellable, job_done, call);
}

static void
refuse (GDBusMethodInvocation *invocation, const char *why)
{
  g_dbus_method_invocation_return_error_literal (invocation, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, why);
}

static void
run (Peer *peer, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GVariant) packed = NULL;
  const LibraryJobKind *kind;
  const char *name;
  gpointer request;
  guint64 number;

  g_variant_get (parameters, "(&st@" LIBRARY_WIRE_OPTIONS "v)", &name, &number, &options, &packed);
  kind = library_job_find (name);
  if (kind == NULL || !g_variant_is_of_type (packed, G_VARIANT_TYPE (kind->request_type)))
    {
      refuse (invocation, "The program that has the library open is of another version; end it and try again");
      return;
    }
  if (g_hash_table_contains (peer->jobs, &number))
    {
      refuse (invocation, "There is a job of this number");
      return;
    }
  request = kind->unpack_request (packed);
  if (request == NULL)
    refuse (invocation, "The request makes no sense");
  else
    begin_job (peer, kind, number, options, request, invocation);
}

static void
cancel (Peer *peer, GVariant *parameters)
{
  const Call *call;
  guint64 number;

  g_variant_get (parameters, "(t)", &number);
  call = g_hash_table_lookup (peer->jobs, &number);
  if (call != NULL)
    g_cancellable_cancel (call->cancellable);
}

static void
control (Peer *peer, GVariant *parameters)
{
  g_autoptr (GVariant) change = NULL;
  const Call *call;
  guint64 number;

  g_variant_get (parameters, "(tv)", &number, &change);
  call = g_hash_table_lookup (peer->jobs, &number);
  if (call != NULL && call->kind->control != NULL)
    call->kind->control (call->request, change);
}

static void
on_method (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  if (strcmp (method, "Run") == 0)
    {
      run (data, parameters, invocation);
      return;
    }
  if (strcmp (method, "Cancel") == 0)
    cancel (data, parameters);
  else
    control (data, parameters);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* ---- clients come and go ---- */

static void
cancel_jobs (Peer *peer)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, peer->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    g_cancellable_cancel (((Call *) call)->cancellable);
}

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  cancel_jobs (peer);
  g_signal_handlers_disconnect_by_data (peer->connection, peer->service->store);
  if (peer->object != 0)
    g_dbus_connection_unregister_object (peer->connection, peer->object);
  g_hash_table_unref (peer->jobs);
  g_object_unref (peer->connection);
  g_free (peer);
}

typedef struct
{
  LibraryService *service;
  GDBusConnection *connection;
} Farewell;

static void
farewell_free (gpointer data)
{
  Farewell *farewell = data;

  g_object_unref (farewell->connection);
  g_free (farewell);
}

static gboolean
forget_peer (gpointer data)
{
  const Farewell *farewell = data;
  Peer *peer = find_peer (farewell->service, farewell->connection);

  if (peer != NULL)
    g_ptr_array_remove_fast (farewell->service->peers, peer);
  return G_SOURCE_REMOVE;
}

/* The server makes connections in threads of its own, so they say this on the program's main context, where the service may
 * be gone by now. */
static void
on_closed (GDBusConnection *connection, gboolean remote_peer_vanished, GError *error, gpointer store)
{
  LibraryService *self;
  Farewell *farewell;

  g_mutex_lock (&services_mutex);
  self = g_hash_table_lookup (services, store);
  if (self != NULL)
    {
      farewell = g_new (Farewell, 1);
      *farewell = (Farewell){ self, g_object_ref (connection) };
      library_loop_invoke (self->loop, forget_peer, farewell, farewell_free);
    }
  g_mutex_unlock (&services_mutex);
}

static gboolean
on_connection (GDBusServer *server, GDBusConnection *connection, gpointer data)
{
  static const GDBusInterfaceVTable vtable = { on_method, NULL, NULL, { 0 } };
  LibraryService *self = data;
  Peer *peer = g_new0 (Peer, 1);

  peer->service = self;
  peer->connection = g_object_ref (connection);
  peer->jobs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self->store);
  peer->object = g_dbus_connection_register_object (connection, LIBRARY_OBJECT_PATH, self->node->interfaces[0], &vtable, peer, NULL, NULL);
  g_ptr_array_add (self->peers, peer);
  return TRUE;
}

/* ---- beginning and end ---- */

/* The kernel says who is there; cookies in files are for strangers. */
static gboolean
on_mechanism (GDBusAuthObserver *observer, const char *mechanism, gpointer data)
{
  return strcmp (mechanism, "EXTERNAL") == 0;
}

static void
start_in_loop (gpointer data)
{
  LibraryService *self = data;
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autofree char *address = library_address_new (library_store_get_directory (self->store), &self->folder);
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GError) error = NULL;

  if (address == NULL)
    return;
  /* Left by an owner that was killed: whoever holds the lock may remove it. */
  unlinkat (self->folder, LIBRARY_ADDRESS_SOCKET, 0);
  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (on_mechanism), NULL);
  self->server = g_dbus_server_new_sync (address, G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid, observer, NULL, &error);
  if (self->server == NULL)
    {
      g_info ("Other programs cannot use the library meanwhile: %s", error->message);
      return;
    }
  g_signal_connect (self->server, "new-connection", G_CALLBACK (on_connection), self);
  g_dbus_server_start (self->server);
}

static gboolean
expire (gpointer expired)
{
  *(gboolean *) expired = TRUE;
  return G_SOURCE_REMOVE;
}

static void
stop_in_loop (gpointer data)
{
  LibraryService *self = data;
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GSource) timeout = g_timeout_source_new (GRACE);
  gboolean expired = FALSE;

  if (self->server != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->server, self);
      g_dbus_server_stop (self->server);
      unlinkat (self->folder, LIBRARY_ADDRESS_SOCKET, 0);
      g_clear_object (&self->server);
    }
  g_ptr_array_foreach (self->peers, (GFunc) (void (*) (void)) cancel_jobs, NULL);
  g_source_set_callback (timeout, expire, &expired, NULL);
  g_source_attach (timeout, context);
  while (self->calls > 0 && !expired)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  for (guint i = 0; i < self->peers->len; i++)
    g_dbus_connection_flush_sync (((Peer *) g_ptr_array_index (self->peers, i))->connection, NULL, NULL);
  for (guint i = 0; i < self->peers->len; i++)
    g_dbus_connection_close (((Peer *) g_ptr_array_index (self->peers, i))->connection, NULL, NULL, NULL);
  g_ptr_array_set_size (self->peers, 0);
  dismiss_guests (self, 0);
}

static LibraryService *
service_new (LibraryStore *store)
{
  LibraryService *self = g_new0 (LibraryService, 1);

  self->store = library_store_ref (store);
  self->folder = -1;
  self->members = g_ptr_array_new ();
  self->peers = g_ptr_array_new_with_free_func (peer_free);
  self->node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->guests);
  self->loop = library_loop_new ("library-service");
  library_loop_call (self->loop, start_in_loop, self);
  return self;
}

static void
service_free (LibraryService *self)
{
  library_loop_call (self->loop, stop_in_loop, self);
  library_loop_free (self->loop);
  if (self->folder >= 0)
    close (self->folder);
  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->peers);
  g_dbus_node_info_unref (self->node);
  g_mutex_clear (&self->mutex);
  library_store_unref (self->store);
  g_free (self);
}

LibraryService *
library_service_join (LibraryStore *store, LibraryEngine *engine)
{
  LibraryService *self;

  g_mutex_lock (&services_mutex);
  if (services == NULL)
    services = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (services, store);
  if (self == NULL)
    {
      self = service_new (store);
      g_hash_table_insert (services, store, self);
    }
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->members, engine);
  g_mutex_unlock (&self->mutex);
  g_mutex_unlock (&services_mutex);
  return self;
}

void
library_service_leave (LibraryService *self, LibraryEngine *engine)
{
  gboolean last;

  g_mutex_lock (&services_mutex);
  g_mutex_lock (&self->mutex);
  g_ptr_array_remove_fast (self->members, engine);
  last = self->members->len == 0;
  g_mutex_unlock (&self->mutex);
  /* Still locked: the next service of this store must not find the socket of this one. */
  if (last)
    {
      g_hash_table_remove (services, self->store);
      service_free (self);
    }
  g_mutex_unlock (&services_mutex);
}

void
library_service_close (LibraryService *self)
{
  library_loop_call (self->loop, stop_in_loop, self);
}

static gboolean
announce_to_peers (gpointer data)
{
  LibraryService *self = data;

  for (guint i = 0; i < self->peers->len; i++)
    g_dbus_connection_emit_signal (((Peer *) g_ptr_array_index (self->peers, i))->connection, NULL, LIBRARY_OBJECT_PATH, LIBRARY_INTERFACE, "PhotosChanged", NULL, NULL);
  return G_SOURCE_REMOVE;
}

void
library_service_announce (LibraryService *self)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->members->len; i++)
    library_engine_say_changed (g_ptr_array_index (self->members, i));
  g_mutex_unlock (&self->mutex);
  library_loop_invoke (self->loop, announce_to_peers, self, NULL);
}
