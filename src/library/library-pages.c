/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-pages.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library-lmdb-private.h"
#include "library-types.h"

typedef struct
{
  int fd;
  guint32 size;  /* of a page */
  guint64 count; /* whole pages in the file */
  guint64 last;  /* the last page that the head speaks of */
  guint8 *seen;  /* a bit for each page up to `last`: has an owner */
  gint64 deadline;
  gboolean ended;
  LibraryPagesFunc func;
  gpointer data;
  LibraryPages *result;
} Pages;

typedef struct
{
  const guint8 *bytes;
  gsize length;
} Bytes;

typedef struct _Tree Tree;

/* One B+tree: the main table, the free one, one of ours, or the duplicates of one key. */
struct _Tree
{
  LmdbTable head;
  LibraryTable table;
  guint32 keys;           /* length that all keys have, 0: any */
  gboolean native;        /* keys are numbers in the order of this machine */
  gboolean packed;        /* leaves are LEAF2 */
  guint64 entries;        /* found */
  LmdbTable *found;       /* of the main table: the heads of ours */
  guint unknown, missing; /* of the main table */
  void (*visit) (Pages *self, Tree *tree, guint flags, Bytes key, Bytes value);
};

typedef struct
{
  guint64 page;
  guint32 size;
  guint16 flags;
  Bytes key;
  const guint8 *value;
} Node;

static void walk_tree (Pages *self, Tree *tree);

static gboolean
damage (Pages *self, const char *what)
{
  self->result->damaged = TRUE;
  if (self->result->what == NULL)
    self->result->what = what;
  return FALSE;
}

static gboolean
read_at (Pages *self, guint64 offset, void *buffer, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize got = pread (self->fd, (guint8 *) buffer + done, length - done, (off_t) (offset + done));

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      done += (gsize) got;
    }
  return TRUE;
}

/* Every page has one owner: a page with two would be given away while it is in use. */
static gboolean
claim (Pages *self, guint64 first, guint64 count, guint64 end)
{
  if (first < 2 || count == 0 || first >= end || count > end - first)
    return damage (self, "a page number outside of the file");
  for (guint64 page = first; page < first + count; page++)
    {
      if (self->seen[page / 8] & (1u << page % 8))
        return damage (self, "a page with two owners");
      self->seen[page / 8] |= (guint8) (1u << page % 8);
    }
  return TRUE;
}

static guint16
get_u16 (const guint8 *at)
{
  guint16 value;

  memcpy (&value, at, sizeof value);
  return value;
}

static guint64
get_word (const guint8 *at)
{
  size_t value;

  memcpy (&value, at, sizeof value);
  return value;
}

static int
compare (const Tree *tree, Bytes a, Bytes b)
{
  int order;

  if (tree->native)
    return get_word (a.bytes) < get_word (b.bytes) ? -1 : get_word (a.bytes) > get_word (b.bytes);
  order = memcmp (a.bytes, b.bytes, MIN (a.length, b.length));
  return order != 0 ? order : a.length < b.length ? -1
                                                  : a.length > b.length;
}

/* ---- values ---- */

/* Whatever its kind: the checksum is over that too. */
static gboolean
is_sound (const LibraryKey *key, Bytes value)
{
  LibraryReader reader;
  guint32 kind = 0;

  if (value.length >= sizeof kind)
    memcpy (&kind, value.bytes, sizeof kind);
  return library_record_open (value.bytes, value.length, (LibraryRecordKind) GUINT32_FROM_LE (kind), key, &reader);
}

static void
visit_record (Pages *self, Tree *tree, guint flags, Bytes bytes, Bytes value)
{
  LibraryKey key = { .length = bytes.length };

  if (flags != 0)
    {
      damage (self, "a record that is a table");
      return;
    }
  if (bytes.length <= sizeof key.bytes)
    memcpy (key.bytes, bytes.bytes, bytes.length);
  if (bytes.length > sizeof key.bytes || !is_sound (&key, value))
    {
      self->result->bad++;
      return;
    }
  self->result->values++;
  if (self->func != NULL && !self->func (tree->table, &key, value.bytes, value.length, self->data))
    self->ended = TRUE;
}

/* A list of pages that are free: their count, and they themselves in falling order. */
static void
visit_free (Pages *self, Tree *tree, guint flags, Bytes key, Bytes value)
{
  guint64 count, before = G_MAXUINT64;

  if (flags != 0 || value.length < sizeof (size_t) || get_word (value.bytes) > value.length / sizeof (size_t) - 1)
    {
      damage (self, "a list of free pages of another length");
      return;
    }
  count = get_word (value.bytes);
  for (guint64 i = 1; i <= count; i++)
    {
      guint64 page = get_word (value.bytes + i * sizeof (size_t));

      if (page >= before)
        damage (self, "a list of free pages out of order");
      /* Free ones may lie behind the end of the file. */
      if (page >= before || !claim (self, page, 1, self->last + 1))
        return;
      before = page;
    }
}

static void
visit_duplicate (Pages *self, Tree *tree, guint flags, Bytes key, Bytes value)
{
}

/* A page within a value: its head, and numbers of 8 bytes one after the other. */
static void
visit_subpage (Pages *self, Tree *tree, Bytes value)
{
  LmdbPage head;
  guint count;

  if (value.length < sizeof head)
    {
      damage (self, "a short page of duplicates");
      return;
    }
  memcpy (&head, value.bytes, sizeof head);
  count = (head.u.free.lower - LMDB_PAGE_HEAD) / 2u;
  if (head.flags != (LMDB_SUBPAGE | LMDB_LEAF | LMDB_LEAF2) || head.pad != sizeof (guint64) || head.u.free.lower < LMDB_PAGE_HEAD ||
      head.u.free.lower % 2 != 0 || count > (value.length - LMDB_PAGE_HEAD) / head.pad || head.u.free.upper < head.u.free.lower ||
      (gsize) (head.u.free.upper - head.u.free.lower) != value.length - LMDB_PAGE_HEAD - count * head.pad)
    {
      damage (self, "a page of duplicates that is none");
      return;
    }
  tree->entries += count - (count > 0);
  for (guint i = 1; i < count; i++)
    if (memcmp (value.bytes + LMDB_PAGE_HEAD + (i - 1) * head.pad, value.bytes + LMDB_PAGE_HEAD + i * head.pad, head.pad) >= 0)
      damage (self, "duplicates out of order");
}

static void
visit_duplicates (Pages *self, Tree *tree, guint flags, Bytes key, Bytes value)
{
  Tree below = { .table = tree->table, .keys = sizeof (guint64), .packed = TRUE, .visit = visit_duplicate };

  if (flags == LMDB_DUPDATA)
    visit_subpage (self, tree, value);
  else if (flags == 0 && value.length == sizeof (guint64))
    return;
  else if (flags == (LMDB_DUPDATA | LMDB_SUBDATA) && value.length == sizeof below.head)
    {
      memcpy (&below.head, value.bytes, sizeof below.head);
      walk_tree (self, &below);
      tree->entries += below.entries - (below.entries > 0);
    }
  else
    damage (self, "duplicates of an unknown form");
}

static void
visit_table (Pages *self, Tree *tree, guint flags, Bytes key, Bytes value)
{
  LibraryTable table = 0;

  if (flags != LMDB_SUBDATA || value.length != sizeof (LmdbTable))
    {
      damage (self, "something in the main table that is no table");
      return;
    }
  while (table < LIBRARY_N_TABLES &&
         (strlen (library_table_name (table)) != key.length || memcmp (library_table_name (table), key.bytes, key.length) != 0))
    table++;
  if (table == LIBRARY_N_TABLES)
    {
      tree->unknown++;
      return;
    }
  memcpy (&tree->found[table], value.bytes, sizeof (LmdbTable));
  tree->missing--;
}

/* ---- pages ---- */

/* The node's parts; FALSE if they do not lie within the page. */
static gboolean
get_node (Pages *self, const guint8 *page, guint index, Node *node)
{
  const LmdbPage *head = (const void *) page;
  gsize at = get_u16 (page + LMDB_PAGE_HEAD + 2 * index);
  const guint8 *bytes = page + at;
  guint16 low, high;
  gsize end;

  if (at < head->u.free.upper || at % 2 != 0 || at + LMDB_NODE_HEAD > self->size)
    return FALSE;
  low = get_u16 (bytes + (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 0 : 2));
  high = get_u16 (bytes + (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 2 : 0));
  node->flags = get_u16 (bytes + 4);
  node->key = (Bytes){ bytes + LMDB_NODE_HEAD, get_u16 (bytes + 6) };
  node->size = low | (guint32) high << 16;
  node->page = node->size;
  end = at + LMDB_NODE_HEAD + node->key.length;
  if (node->key.length > LMDB_MAX_KEY || end > self->size)
    return FALSE;
  node->value = page + end;
  if (head->flags & LMDB_BRANCH)
    {
      if (sizeof (size_t) > 4)
        node->page |= (guint64) node->flags << 32;
      return TRUE;
    }
  end += node->flags & LMDB_BIGDATA ? sizeof (size_t) : node->size;
  return end <= self->size;
}

/* The bytes that nodes take, which is all that is not free: LMDB writes into what it takes for free. */
static gsize
get_taken (const guint8 *page, const Node *node)
{
  const LmdbPage *head = (const void *) page;
  gsize taken = LMDB_NODE_HEAD + node->key.length;

  if (head->flags & LMDB_LEAF)
    taken += node->flags & LMDB_BIGDATA ? sizeof (size_t) : node->size;
  return (taken + 1) & ~(gsize) 1;
}

/* FALSE if the page is not to be followed. */
static gboolean
check_page (Pages *self, const Tree *tree, const guint8 *page, guint64 number, guint depth)
{
  const LmdbPage *head = (const void *) page;
  guint flags = depth < tree->head.depth ? LMDB_BRANCH : tree->packed ? LMDB_LEAF | LMDB_LEAF2
                                                                      : LMDB_LEAF;
  guint count = (head->u.free.lower - LMDB_PAGE_HEAD) / 2u;
  gsize taken = 0;
  Node node;

  if (head->number != number || head->flags != flags)
    return damage (self, "a page of another number or kind");
  if (head->u.free.lower < LMDB_PAGE_HEAD || head->u.free.lower % 2 != 0 || head->u.free.lower > head->u.free.upper ||
      head->u.free.upper > self->size || count == 0 || (flags == LMDB_BRANCH && count < 2))
    return damage (self, "a page with a bad head");
  if (flags & LMDB_LEAF2 && (head->pad != tree->keys || count > (self->size - LMDB_PAGE_HEAD) / tree->keys))
    return damage (self, "a page of keys of another length");
  if (flags & LMDB_LEAF2)
    taken = count * (tree->keys - 2);
  else
    for (guint i = 0; i < count; i++)
      {
        if (!get_node (self, page, i, &node))
          return damage (self, "a node outside of its page");
        taken += get_taken (page, &node);
      }
  return taken == self->size - head->u.free.upper || damage (self, "a page whose free space is used");
}

static gboolean
check_order (Pages *self, const Tree *tree, Bytes key, const Bytes *low, const Bytes *high)
{
  if ((tree->keys != 0 && key.length != tree->keys) || key.length == 0)
    return damage (self, "a key of another length");
  if ((low->bytes != NULL && compare (tree, *low, key) > 0) || (high->bytes != NULL && compare (tree, key, *high) >= 0))
    return damage (self, "keys out of order");
  return TRUE;
}

/* The value of a node that lies on pages of its own.  (transfer full) */
static guint8 *
read_big (Pages *self, const Node *node)
{
  guint64 first = get_word (node->value);
  guint64 need = (node->size + LMDB_PAGE_HEAD + self->size - 1) / self->size;
  g_autofree guint8 *bytes = NULL;
  LmdbPage head;

  if (first >= self->count || !read_at (self, first * self->size, &head, sizeof head) || head.number != first ||
      head.flags != LMDB_OVERFLOW || head.u.pages < need)
    {
      damage (self, "a large value that is not where it should be");
      return NULL;
    }
  if (!claim (self, first, head.u.pages, MIN (self->count, self->last + 1)))
    return NULL;
  self->result->pages += need;
  bytes = g_try_malloc (node->size);
  if (bytes == NULL || !read_at (self, first * self->size + LMDB_PAGE_HEAD, bytes, node->size))
    {
      damage (self, "a large value that cannot be read");
      return NULL;
    }
  return g_steal_pointer (&bytes);
}

static void
visit_node (Pages *self, Tree *tree, const Node *node)
{
  g_autofree guint8 *big = NULL;
  guint flags = node->flags & ~(guint) LMDB_BIGDATA;

  tree->entries++;
  if (node->flags & LMDB_BIGDATA)
    {
      big = read_big (self, node);
      if (big == NULL)
        return;
    }
  tree->visit (self, tree, flags, node->key, (Bytes){ big != NULL ? big : node->value, node->size });
}

static void
walk_leaf (Pages *self, Tree *tree, const guint8 *page, guint count, const Bytes *low, const Bytes *high)
{
  Bytes before = { 0 };
  Node node;

  for (guint i = 0; i < count && !self->ended; i++)
    {
      if (tree->packed)
        node.key = (Bytes){ page + LMDB_PAGE_HEAD + i * tree->keys, tree->keys };
      else
        get_node (self, page, i, &node);
      if (!check_order (self, tree, node.key, low, high))
        continue;
      if (before.bytes != NULL && compare (tree, before, node.key) >= 0)
        damage (self, "keys out of order");
      before = node.key;
      if (tree->packed)
        tree->entries++;
      else
        visit_node (self, tree, &node);
    }
}

static void
walk_page (Pages *self, Tree *tree, guint64 number, guint depth, const Bytes *low, const Bytes *high)
{
  g_autofree guint8 *page = NULL;
  Node node, next;
  guint count;

  if (++self->result->pages % 64 == 0 && self->deadline != 0 && g_get_monotonic_time () > self->deadline)
    self->ended = TRUE;
  if (self->ended || !claim (self, number, 1, MIN (self->count, self->last + 1)))
    return;
  page = g_malloc (self->size);
  if (!read_at (self, number * self->size, page, self->size))
    {
      damage (self, "a page that cannot be read");
      return;
    }
  if (!check_page (self, tree, page, number, depth))
    return;
  count = (((const LmdbPage *) (const void *) page)->u.free.lower - LMDB_PAGE_HEAD) / 2u;
  if (depth == tree->head.depth)
    {
      walk_leaf (self, tree, page, count, low, high);
      return;
    }
  for (guint i = 0; i < count && !self->ended; i++)
    {
      gboolean last = i + 1 == count;

      get_node (self, page, i, &node);
      if (!last)
        get_node (self, page, i + 1, &next);
      /* The first key of a branch is never looked at. */
      if ((i == 0 || check_order (self, tree, node.key, low, high)) && (last || check_order (self, tree, next.key, i == 0 ? low : &node.key, high)))
        walk_page (self, tree, node.page, depth + 1, i == 0 ? low : &node.key, last ? high : &next.key);
    }
}

static void
walk_tree (Pages *self, Tree *tree)
{
  const Bytes open = { NULL, 0 };

  if (tree->head.root == (size_t) -1)
    {
      if (tree->head.entries != 0 || tree->head.depth != 0)
        damage (self, "an empty table with entries");
      return;
    }
  if (tree->head.depth == 0 || tree->head.depth > LMDB_MAX_DEPTH)
    {
      damage (self, "a table of impossible depth");
      return;
    }
  walk_page (self, tree, tree->head.root, 1, &open, &open);
  if (tree->entries != tree->head.entries && !self->ended)
    damage (self, "a table with another number of entries");
}

/* ---- the whole file ---- */

static gboolean
read_head (Pages *self, guint index, guint32 size, LmdbHead *head)
{
  guint8 bytes[LMDB_PAGE_HEAD + sizeof *head];
  LmdbPage page;

  if (!read_at (self, (guint64) index * size, bytes, sizeof bytes))
    return FALSE;
  memcpy (&page, bytes, sizeof page);
  memcpy (head, bytes + LMDB_PAGE_HEAD, sizeof *head);
  return page.number == index && page.flags == LMDB_META && head->magic == LMDB_MAGIC && head->version == LMDB_DATA_VERSION &&
         head->tables[0].pad == size && head->tables[0].flags == 8 /* whole numbers as keys */ && head->tables[1].flags == 0 &&
         (head->txn == 0 || head->txn % 2 == index) && head->last_page >= 1 && head->last_page < G_MAXINT64 / size / 2;
}

/* The newer of the two heads, at whatever page size one of them is sound. */
static gboolean
choose_head (Pages *self, LmdbHead *head)
{
  LmdbHead heads[2];

  for (guint32 size = 512; size <= 65536; size *= 2)
    {
      gboolean first = read_head (self, 0, size, &heads[0]), second = read_head (self, 1, size, &heads[1]);

      if (!first && !second)
        continue;
      self->size = size;
      *head = heads[second && (!first || heads[1].txn > heads[0].txn)];
      if (!first || !second || (heads[0].txn > heads[1].txn ? heads[0].txn - heads[1].txn : heads[1].txn - heads[0].txn) > 1)
        damage (self, "a bad head");
      return TRUE;
    }
  return FALSE;
}

static gboolean
prepare (Pages *self, LmdbHead *head)
{
  struct stat status;

  if (fstat (self->fd, &status) != 0 || !S_ISREG (status.st_mode) || !choose_head (self, head))
    return FALSE;
  self->count = (guint64) status.st_size / self->size;
  self->last = head->last_page;
  self->result->begun = status.st_size < 2 * (goffset) self->size && head->txn == 0;
  if (self->last / 100 > self->count + 1024)
    {
      damage (self, "most of the file is missing");
      self->last = self->count;
    }
  self->seen = g_try_malloc0 (self->last / 8 + 1);
  return self->seen != NULL;
}

static void
walk_ours (Pages *self, LibraryTable table, const LmdbTable *head)
{
  gboolean duplicates = library_table_has_duplicates (table);
  Tree tree = { .head = *head, .table = table, .visit = duplicates ? visit_duplicates : visit_record };

  if (head->flags != (duplicates ? 0x14 /* several values of one length */ : 0))
    damage (self, "a table of another kind");
  else
    walk_tree (self, &tree);
}

static void
walk_all (Pages *self, const LmdbHead *head)
{
  LmdbTable found[LIBRARY_N_TABLES] = { 0 };
  Tree main = { .head = head->tables[1], .found = found, .missing = LIBRARY_N_TABLES, .visit = visit_table };
  Tree free = { .head = head->tables[0], .native = TRUE, .keys = sizeof (size_t), .visit = visit_free };

  walk_tree (self, &main);
  /* A version that knows fewer or more tables is no damage, one that knows others is. */
  if (main.unknown > 0 && main.missing > 0)
    damage (self, "a table of another name");
  for (LibraryTable table = 0; table < LIBRARY_N_TABLES; table++)
    if (found[table].depth != 0 || found[table].entries != 0 || found[table].root != 0)
      walk_ours (self, table, &found[table]);
  walk_tree (self, &free);
}

gboolean
library_pages_read (const char *path, gint64 deadline, LibraryPagesFunc func, gpointer data, LibraryPages *result, GError **error)
{
  Pages self = { .deadline = deadline, .func = func, .data = data, .result = result };
  LmdbHead head;
  gboolean ok;

  *result = (LibraryPages){ 0 };
  self.fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  ok = self.fd >= 0 && prepare (&self, &head);
  if (ok)
    {
      walk_all (&self, &head);
      result->complete = !self.ended;
    }
  else
    {
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, LIBRARY_ERROR, LIBRARY_ERROR_STORE, _ ("“%s” is no library"), name);
    }
  if (self.fd >= 0)
    close (self.fd);
  g_free (self.seen);
  return ok;
}
