/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Within so many seconds a change may leave a folder's time as it is: coarse clocks, and FAT. */
#define UNSURE 3
#define EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

typedef struct _Node Node;

struct _Node
{
  Node *parent; /* NULL: a root */
  char *path;
  guint64 device, inode;
  gint64 mtime; /* nanoseconds; 0: not looked at yet */
  guint count;  /* entries that are not hidden … */
  guint names;  /* … and the sum of hashes of their names */
  gboolean unsure;
  int watch;         /* -1: none */
  GHashTable *below; /* name to Node */
};

struct _LibraryTree
{
  GPtrArray *paths; /* of the roots */
  GPtrArray *roots; /* of Node; NULL: away */
  GStrv skip;
  LibraryTreeFunc changed;
  gpointer data;
  int fd;
  guint most_watches;
  GHashTable *watches;   /* number to Node */
  GHashTable *touched;   /* Nodes that were told of */
  GHashTable *entered;   /* "device:inode", in one sweep */
  GHashTable *watchable; /* device to GINT_TO_POINTER (1: yes, 2: no) */
  gboolean swept;        /* once */
};

static void
drop_watch (LibraryTree *self, Node *node)
{
  /* A folder that was moved keeps its watch, which then is its new node's. */
  if (node->watch >= 0 && g_hash_table_lookup (self->watches, GINT_TO_POINTER (node->watch)) == node)
    {
      g_hash_table_remove (self->watches, GINT_TO_POINTER (node->watch));
      inotify_rm_watch (self->fd, node->watch);
    }
  node->watch = -1;
}

static Node *
node_new (Node *parent, const char *path)
{
  Node *node = g_new0 (Node, 1);

  node->parent = parent;
  node->path = g_strdup (path);
  node->watch = -1;
  node->below = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return node;
}

static void
node_free (LibraryTree *self, Node *node)
{
  GHashTableIter iter;
  gpointer child;

  g_hash_table_iter_init (&iter, node->below);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    node_free (self, child);
  drop_watch (self, node);
  g_hash_table_remove (self->touched, node);
  g_hash_table_unref (node->below);
  g_free (node->path);
  g_free (node);
}

/* ---- watches ---- */

/* File systems that tell nothing of what others do, or of nothing at all. */
static gboolean
is_watchable_type (guint32 type)
{
  static const guint32 silent[] = {
    0x6969 /* nfs */,
    0x517b /* smb */,
    0xff534d42 /* cifs */,
    0xfe534d42 /* smb2 */,
    0x65735546 /* fuse: portals are among them */,
    0x01021997 /* 9p */,
    0x00c36400 /* ceph */,
    0x5346414f /* afs */,
    0x73757245 /* coda */,
    0x786f4256 /* vboxsf */,
  };

  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    if (type == silent[i])
      return FALSE;
  return TRUE;
}

static gboolean
is_watchable (LibraryTree *self, const Node *node)
{
  gpointer known = g_hash_table_lookup (self->watchable, &node->device);
  struct statfs status;

  if (known == NULL && statfs (node->path, &status) == 0)
    {
      known = GINT_TO_POINTER (is_watchable_type ((guint32) status.f_type) ? 1 : 2);
      g_hash_table_insert (self->watchable, g_memdup2 (&node->device, sizeof node->device), known);
    }
  return known == GINT_TO_POINTER (1);
}

static void
watch (LibraryTree *self, Node *node)
{
  if (self->fd < 0 || node->watch >= 0 || g_hash_table_size (self->watches) >= self->most_watches || !is_watchable (self, node))
    return;
  node->watch = inotify_add_watch (self->fd, node->path, EVENTS);
  if (node->watch >= 0)
    g_hash_table_insert (self->watches, GINT_TO_POINTER (node->watch), node);
  else if (errno == ENOSPC || errno == ENOMEM) /* the user's watches are used up: no more of them here */
    self->most_watches = g_hash_table_size (self->watches);
}

/* ---- looking ---- */

static void
tell (LibraryTree *self, Node *node)
{
  self->changed (node->path, self->data);
  g_hash_table_add (self->touched, node);
}

static gboolean
is_folder (DIR *folder, const struct dirent *entry)
{
  struct stat status;

  if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
    return entry->d_type == DT_DIR;
  return fstatat (dirfd (folder), entry->d_name, &status, 0) == 0 && S_ISDIR (status.st_mode);
}

static void
adopt (Node *node, const char *name, GHashTable *below)
{
  gpointer key, child;

  if (node->below != below && g_hash_table_steal_extended (node->below, name, &key, &child))
    {
      g_hash_table_insert (below, key, child);
      return;
    }
  if (strlen (node->path) + strlen (name) + 2 < PATH_MAX)
    {
      g_autofree char *path = g_build_filename (node->path, name, NULL);

      g_hash_table_insert (below, g_strdup (name), node_new (node, path));
    }
}

/* Reads the folder's entries.  What was below it and is not there any more goes. */
static void
read_entries (LibraryTree *self, Node *node)
{
  GHashTable *below = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  DIR *folder = opendir (node->path);
  struct dirent *entry;
  GHashTableIter iter;
  gpointer child;

  node->count = node->names = 0;
  while (folder != NULL && (entry = readdir (folder)) != NULL)
    {
      if (entry->d_name[0] == '.')
        continue;
      node->count++;
      node->names += g_str_hash (entry->d_name);
      if (is_folder (folder, entry))
        adopt (node, entry->d_name, below);
    }
  if (folder != NULL)
    closedir (folder);
  g_hash_table_iter_init (&iter, node->below);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    node_free (self, child);
  g_hash_table_unref (node->below);
  node->below = below;
}

/* Brings the node up to date.  FALSE if it is not to be entered.  Telling: changes are told. */
static gboolean
look (LibraryTree *self, Node *node, gboolean telling)
{
  gint64 now = g_get_real_time () / G_TIME_SPAN_SECOND;
  guint count = node->count, names = node->names;
  gboolean first = node->mtime == 0;
  struct stat status;
  gint64 mtime;

  if (stat (node->path, &status) != 0 || !S_ISDIR (status.st_mode))
    return FALSE;
  if (node->device != status.st_dev || node->inode != status.st_ino)
    drop_watch (self, node); /* another folder in its place */
  node->device = status.st_dev;
  node->inode = status.st_ino;
  mtime = (gint64) status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec + 1;
  watch (self, node); /* before it is read, so that nothing falls between */
  if (mtime == node->mtime && !node->unsure)
    return TRUE;
  read_entries (self, node);
  if (telling && !first && (mtime != node->mtime || count != node->count || names != node->names))
    tell (self, node);
  node->unsure = status.st_mtim.tv_sec > now - UNSURE;
  node->mtime = mtime;
  return TRUE;
}

static gboolean
enter (LibraryTree *self, const Node *node)
{
  return g_hash_table_add (self->entered, g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, node->device, node->inode));
}

static void
look_below (LibraryTree *self, Node *root, gboolean telling)
{
  GQueue nodes = G_QUEUE_INIT;
  Node *node;

  g_queue_push_tail (&nodes, root);
  while ((node = g_queue_pop_head (&nodes)) != NULL)
    {
      GHashTableIter iter;
      gpointer child;

      if ((self->skip != NULL && g_strv_contains ((const char *const *) self->skip, node->path)) || !look (self, node, telling) || !enter (self, node))
        continue;
      g_hash_table_iter_init (&iter, node->below);
      while (g_hash_table_iter_next (&iter, NULL, &child))
        g_queue_push_tail (&nodes, child);
    }
}

/* A root that is missing, or another folder than it was, as a mount point is with and without its volume. */
static gboolean
is_same_root (const Node *root, const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISDIR (status.st_mode) && root->device == status.st_dev && root->inode == status.st_ino;
}

static void
look_at_root (LibraryTree *self, guint i, gboolean *returned)
{
  const char *path = g_ptr_array_index (self->paths, i);
  Node *root = g_ptr_array_index (self->roots, i);

  if (root != NULL && !is_same_root (root, path))
    {
      self->changed (path, self->data);
      node_free (self, root);
      root = self->roots->pdata[i] = NULL;
    }
  if (root == NULL && g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      root = self->roots->pdata[i] = node_new (NULL, path);
      *returned |= self->swept;
    }
  if (root != NULL)
    look_below (self, root, TRUE);
}

void
library_tree_sweep (LibraryTree *self, gboolean *returned)
{
  *returned = FALSE;
  g_hash_table_remove_all (self->entered);
  for (guint i = 0; i < self->roots->len; i++)
    look_at_root (self, i, returned);
  self->swept = TRUE;
}

/* What lies below and was there before is not looked at: it may have changed. */
static void
settle (LibraryTree *self, Node *node)
{
  GHashTableIter iter;
  gpointer child;

  if (!look (self, node, FALSE))
    return;
  g_hash_table_iter_init (&iter, node->below);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    if (((Node *) child)->mtime == 0)
      look_below (self, child, FALSE);
}

void
library_tree_settle (LibraryTree *self)
{
  g_autoptr (GList) nodes = g_hash_table_get_keys (self->touched);

  g_hash_table_remove_all (self->entered);
  for (GList *link = nodes; link != NULL; link = link->next)
    /* Settling one may have been the end of another. */
    if (g_hash_table_contains (self->touched, link->data))
      settle (self, link->data);
  g_hash_table_remove_all (self->touched);
}

/* ---- what the kernel says ---- */

/* A folder came or went.  What is made in a new one is to be told of as well, so that is watched at once. */
static void
take_folder (LibraryTree *self, Node *node, const char *name, gboolean came)
{
  Node *child = g_hash_table_lookup (node->below, name);

  if (child != NULL)
    {
      node_free (self, child);
      g_hash_table_remove (node->below, name);
    }
  if (!came)
    return;
  adopt (node, name, node->below);
  child = g_hash_table_lookup (node->below, name);
  g_hash_table_remove_all (self->entered);
  if (child != NULL)
    look_below (self, child, FALSE);
}

static gboolean
take_event (LibraryTree *self, const struct inotify_event *event, gboolean *lost)
{
  Node *node = g_hash_table_lookup (self->watches, GINT_TO_POINTER (event->wd));

  if (event->mask & IN_Q_OVERFLOW)
    {
      *lost = TRUE;
      return FALSE;
    }
  if (node == NULL)
    return TRUE;
  if (event->mask & IN_IGNORED)
    {
      g_hash_table_remove (self->watches, GINT_TO_POINTER (event->wd));
      node->watch = -1;
      return node->parent != NULL;
    }
  if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
    return node->parent != NULL && !(event->mask & IN_UNMOUNT);
  if (event->len > 0 && event->name[0] == '.')
    return TRUE;
  node->unsure = TRUE;
  tell (self, node);
  if (event->len > 0 && event->mask & IN_ISDIR)
    take_folder (self, node, event->name, event->mask & (IN_CREATE | IN_MOVED_TO));
  return TRUE;
}

gboolean
library_tree_read (LibraryTree *self, gboolean *lost)
{
  char buffer[65536] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  gboolean whole = TRUE;
  gssize length;

  *lost = FALSE;
  while ((length = read (self->fd, buffer, sizeof buffer)) > 0)
    for (char *at = buffer; at < buffer + length; at += sizeof (struct inotify_event) + ((struct inotify_event *) (gpointer) at)->len)
      whole = take_event (self, (struct inotify_event *) (gpointer) at, lost) && whole;
  return whole;
}

/* ---- */

int
library_tree_get_fd (LibraryTree *self)
{
  return self->fd;
}

LibraryTree *
library_tree_new (const char *const *roots, const char *const *skip, guint watches, LibraryTreeFunc changed, gpointer data)
{
  LibraryTree *self = g_new0 (LibraryTree, 1);

  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->roots = g_ptr_array_new ();
  for (guint i = 0; roots[i] != NULL; i++)
    {
      g_ptr_array_add (self->paths, g_strdup (roots[i]));
      g_ptr_array_add (self->roots, NULL);
    }
  self->skip = g_strdupv ((GStrv) skip);
  self->changed = changed;
  self->data = data;
  self->most_watches = watches;
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  self->watches = g_hash_table_new (NULL, NULL);
  self->touched = g_hash_table_new (NULL, NULL);
  self->entered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->watchable = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
library_tree_free (LibraryTree *self)
{
  for (guint i = 0; i < self->roots->len; i++)
    if (g_ptr_array_index (self->roots, i) != NULL)
      node_free (self, g_ptr_array_index (self->roots, i));
  if (self->fd >= 0)
    close (self->fd);
  g_ptr_array_unref (self->roots);
  g_ptr_array_unref (self->paths);
  g_strfreev (self->skip);
  g_hash_table_unref (self->watches);
  g_hash_table_unref (self->touched);
  g_hash_table_unref (self->entered);
  g_hash_table_unref (self->watchable);
  g_free (self);
}
