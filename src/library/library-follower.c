/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-follower.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "library-file.h"
#include "library-tree.h"

#define USUAL_QUIET 2000
#define USUAL_LONGEST 30000
#define USUAL_SWEEP 60000
#define USUAL_FULL 3600000
#define USUAL_WATCHES 8192
/* Sweeping takes at most one part in so many of the time. */
#define IDLE_SHARE 20

struct _LibraryFollower
{
  gatomicrefcount references; /* the owner's, the thread's, and one for each telling under way */
  GMainContext *context;
  LibraryFollowerFunc func; /* NULL when the owner has let go; only looked at on the context */
  gpointer data;
  gint64 quiet, longest, sweep, full; /* microseconds */
  guint most_watches;
  GStrv roots, skip;
  int wake; /* an eventfd: the thread is to end */
  gint stopped;
  /* the thread's */
  LibraryTree *tree;
  GHashTable *changed; /* paths of folders to be told */
  gboolean all;        /* … or anything */
  gint64 first, last;  /* when the first and the last of it happened */
  gint64 next_sweep, next_full;
};

typedef struct
{
  LibraryFollower *follower;
  GPtrArray *folders;
  gboolean all;
} Telling;

static void
release (LibraryFollower *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_main_context_unref (self->context);
  g_strfreev (self->roots);
  g_strfreev (self->skip);
  if (self->wake >= 0)
    close (self->wake);
  g_free (self);
}

/* ---- on the owner's context ---- */

static void
telling_free (gpointer data)
{
  Telling *telling = data;

  release (telling->follower);
  g_ptr_array_unref (telling->folders);
  g_free (telling);
}

static gboolean
tell (gpointer data)
{
  Telling *telling = data;
  LibraryFollower *self = telling->follower;

  if (self->func != NULL)
    self->func ((const char *const *) telling->folders->pdata, telling->all, self->data);
  return G_SOURCE_REMOVE;
}

/* ---- on the thread ---- */

static void
note (LibraryFollower *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->first == 0)
    self->first = now;
  self->last = now;
}

static void
take_change (const char *folder, gpointer data)
{
  LibraryFollower *self = data;

  g_hash_table_add (self->changed, g_strdup (folder));
  note (self);
}

static void
take_all (LibraryFollower *self)
{
  self->all = TRUE;
  note (self);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* Those that do not lie in others. */
static GPtrArray *
get_outermost (GHashTable *paths)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  GPtrArray *outermost = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_ptr_array_add (all, path);
  g_ptr_array_sort (all, compare_paths);
  for (guint i = 0; i < all->len; i++)
    {
      gboolean inside = FALSE;

      for (guint k = outermost->len; k > 0 && !inside; k--)
        inside = library_path_is_within (g_ptr_array_index (all, i), g_ptr_array_index (outermost, k - 1));
      if (!inside)
        g_ptr_array_add (outermost, g_strdup (g_ptr_array_index (all, i)));
    }
  g_ptr_array_add (outermost, NULL);
  return outermost;
}

static void
send (LibraryFollower *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Telling *telling = g_new0 (Telling, 1);

  library_tree_settle (self->tree);
  g_atomic_ref_count_inc (&self->references);
  telling->follower = self;
  telling->folders = get_outermost (self->changed);
  telling->all = self->all;
  g_hash_table_remove_all (self->changed);
  self->all = FALSE;
  self->first = 0;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell, telling, telling_free);
  g_source_attach (source, self->context);
}

static void
sweep (LibraryFollower *self)
{
  gint64 before = g_get_monotonic_time ();
  gboolean returned;
  gint64 now;

  library_tree_sweep (self->tree, &returned);
  if (returned)
    take_all (self);
  now = g_get_monotonic_time ();
  self->next_sweep = now + MAX (self->sweep, (now - before) * IDLE_SHARE);
}

/* Does what is due; when the next thing is. */
static gint64
do_what_is_due (LibraryFollower *self)
{
  gint64 now, due;

  if (g_get_monotonic_time () >= self->next_sweep)
    sweep (self);
  now = g_get_monotonic_time ();
  if (now >= self->next_full)
    {
      take_all (self);
      self->next_full = now + self->full;
    }
  if (self->first == 0)
    return MIN (self->next_sweep, self->next_full);
  due = MIN (self->last + self->quiet, self->first + self->longest);
  if (now >= due)
    {
      send (self);
      due = self->next_sweep;
    }
  return MIN (MIN (due, self->next_sweep), self->next_full);
}

static void
take_events (LibraryFollower *self)
{
  gboolean lost;

  if (!library_tree_read (self->tree, &lost))
    self->next_sweep = 0;
  if (lost)
    take_all (self);
}

static gpointer
follow (gpointer data)
{
  LibraryFollower *self = data;

  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->tree = library_tree_new ((const char *const *) self->roots, (const char *const *) self->skip, self->most_watches, take_change, self);
  self->next_full = g_get_monotonic_time () + self->full;
  while (!g_atomic_int_get (&self->stopped))
    {
      gint64 wait = do_what_is_due (self) - g_get_monotonic_time ();
      struct pollfd fds[2] = { { self->wake, POLLIN, 0 }, { library_tree_get_fd (self->tree), POLLIN, 0 } };

      if (poll (fds, 2, (int) CLAMP (wait / 1000 + 1, 0, 60 * 60 * 1000)) > 0 && fds[1].revents != 0)
        take_events (self);
    }
  library_tree_free (self->tree);
  g_hash_table_unref (self->changed);
  release (self);
  return NULL;
}

/* ---- */

static gint64
choose (guint wish, guint usual)
{
  return (gint64) (wish != 0 ? wish : usual) * 1000;
}

LibraryFollower *
library_follower_new (const char *const *roots, const char *const *skip, const LibraryFollowerOptions *options, LibraryFollowerFunc func, gpointer data)
{
  static const LibraryFollowerOptions nothing;
  LibraryFollower *self = g_new0 (LibraryFollower, 1);

  g_return_val_if_fail (roots != NULL && func != NULL, NULL);

  options = options != NULL ? options : &nothing;
  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->context = g_main_context_ref_thread_default ();
  self->func = func;
  self->data = data;
  self->quiet = choose (options->quiet, USUAL_QUIET);
  self->longest = choose (options->longest, USUAL_LONGEST);
  self->sweep = choose (options->sweep, USUAL_SWEEP);
  self->full = choose (options->full, USUAL_FULL);
  self->most_watches = options->watches != 0 ? options->watches : USUAL_WATCHES;
  self->roots = g_strdupv ((GStrv) roots);
  self->skip = g_strdupv ((GStrv) skip);
  self->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_thread_unref (g_thread_new ("follow", follow, self));
  return self;
}

void
library_follower_free (LibraryFollower *self)
{
  uint64_t one = 1;

  self->func = NULL;
  g_atomic_int_set (&self->stopped, TRUE);
  if (self->wake >= 0 && write (self->wake, &one, sizeof one) < 0)
    g_debug ("The following thread ends late: %s", g_strerror (errno));
  release (self);
}
