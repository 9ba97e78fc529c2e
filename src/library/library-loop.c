/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-loop.h"

struct _LibraryLoop
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gboolean orphaned; /* freed by its own thread: to be cleared at its end */
};

typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
  GMutex mutex;
  GCond cond;
  gboolean done;
} Call;

static void
clear (LibraryLoop *self)
{
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

static gpointer
run (gpointer data)
{
  LibraryLoop *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  if (self->orphaned)
    clear (self);
  return NULL;
}

LibraryLoop *
library_loop_new (const char *name)
{
  LibraryLoop *self = g_new0 (LibraryLoop, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new (name, run, self);
  return self;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
library_loop_free (LibraryLoop *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  if (g_thread_self () == self->thread)
    {
      self->orphaned = TRUE;
      g_thread_unref (self->thread);
      g_main_loop_quit (self->loop);
      return;
    }
  /* Through the context: quitting before the loop runs would be lost. */
  g_source_set_callback (source, quit, self->loop, NULL);
  g_source_attach (source, self->context);
  g_thread_join (self->thread);
  clear (self);
}

void
library_loop_invoke (LibraryLoop *self, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, self->context);
}

static gboolean
call_in_loop (gpointer data)
{
  Call *call = data;

  call->func (call->data);
  g_mutex_lock (&call->mutex);
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->mutex);
  return G_SOURCE_REMOVE;
}

void
library_loop_call (LibraryLoop *self, void (*func) (gpointer), gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Call call = { .func = func, .data = data };

  if (g_thread_self () == self->thread)
    {
      func (data);
      return;
    }
  g_mutex_init (&call.mutex);
  g_cond_init (&call.cond);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, call_in_loop, &call, NULL);
  g_source_attach (source, self->context);
  g_mutex_lock (&call.mutex);
  while (!call.done)
    g_cond_wait (&call.cond, &call.mutex);
  g_mutex_unlock (&call.mutex);
  g_mutex_clear (&call.mutex);
  g_cond_clear (&call.cond);
}
