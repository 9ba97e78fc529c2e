/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "library-scanner.h"

#include <glib/gi18n-lib.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "image.h"
#include "library-folders.h"
#include "library-format.h"

#define SNIFF_BYTES 64

typedef struct
{
  LibraryScanFileFunc func;
  gpointer data;
  GHashTable *visited; /* "device:inode" of folders */
  GQueue folders;      /* paths yet to be entered, the next one first */
  guint32 root;
  gboolean stopped;
} Scan;

void
library_found_free (LibraryFound *found)
{
  g_free (found->path);
  g_free (found->detail);
  g_free (found);
}

static void
report (Scan *scan, LibraryFoundKind kind, const char *path, const LibraryIdentity *identity, const char *reason, char *detail)
{
  LibraryFound *found = g_new0 (LibraryFound, 1);

  found->kind = kind;
  found->path = g_strdup (path);
  found->root = scan->root;
  if (identity != NULL)
    found->identity = *identity;
  found->reason = reason;
  found->detail = detail;
  if (!scan->func (found, scan->data))
    scan->stopped = TRUE;
}

static const char *
reason_from_errno (int code)
{
  switch (code)
    {
    case EACCES:
    case EPERM:
      return image_error_to_reason (IMAGE_ERROR_NO_PERMISSION);
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ESTALE:
      return image_error_to_reason (IMAGE_ERROR_GONE);
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
      return image_error_to_reason (IMAGE_ERROR_NAME_UNUSABLE);
    default:
      return image_error_to_reason (IMAGE_ERROR_UNREADABLE);
    }
}

static void
report_errno (Scan *scan, const char *path, const LibraryIdentity *identity, const char *what, int code)
{
  report (scan, LIBRARY_FOUND_UNREADABLE, path, identity, reason_from_errno (code),
          g_strdup_printf (_ ("The %s cannot be opened: %s"), what, g_strerror (code)));
}

/* Whether the first bytes are those of a picture; a file that cannot be read is none as far as anybody can tell. */
static gboolean
sniff (int folder, const char *name)
{
  guint8 head[SNIFF_BYTES];
  gssize length;
  int fd = openat (folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    return FALSE;
  do
    length = read (fd, head, sizeof head);
  while (length < 0 && errno == EINTR);
  close (fd);
  return length > 0 && image_looks_like_picture (name, head, (gsize) length);
}

static void
report_file (Scan *scan, int folder, const char *name, const char *path, const struct stat *status)
{
  gboolean picture = FALSE;
  LibraryIdentity identity;

  library_identity_from_stat (&identity, status);
  if (name[0] != '.' && S_ISREG (status->st_mode))
    picture = image_name_is_picture (name) || (status->st_size > 0 && sniff (folder, name));
  report (scan, picture ? LIBRARY_FOUND_PICTURE : LIBRARY_FOUND_OTHER, path, &identity, NULL, NULL);
}

static void
visit_entry (Scan *scan, int folder, const char *folder_path, const char *name, GPtrArray *below)
{
  g_autofree char *path = g_strconcat (folder_path, strcmp (folder_path, "/") == 0 ? "" : "/", name, NULL);
  struct stat status;

  if (strlen (path) > LIBRARY_MAX_PATH_BYTES)
    {
      report (scan, LIBRARY_FOUND_OTHER, path, NULL, NULL, NULL);
      return;
    }
  if (fstatat (folder, name, &status, 0) != 0)
    {
      int code = errno;

      if (name[0] != '.' && image_name_is_picture (name))
        report_errno (scan, path, NULL, "file", code);
      else
        report (scan, LIBRARY_FOUND_OTHER, path, NULL, NULL, NULL);
    }
  else if (!S_ISDIR (status.st_mode))
    report_file (scan, folder, name, path, &status);
  else if (name[0] != '.')
    g_ptr_array_add (below, g_steal_pointer (&path));
}

static gboolean
is_system (int folder)
{
  static const guint32 types[] = {
    0x9fa0 /* proc */,
    0x62656572 /* sysfs */,
    0x27e0eb /* cgroup */,
    0x63677270 /* cgroup2 */,
    0x64626720 /* debugfs */,
    0x74726163 /* tracefs */,
    0x1cd1 /* devpts */,
    0x73636673 /* securityfs */,
  };
  struct statfs status;

  if (fstatfs (folder, &status) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if ((guint32) status.f_type == types[i])
      return TRUE;
  return FALSE;
}

static char *
place_of (const struct stat *status)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status->st_dev, (guint64) status->st_ino);
}

/* Opens a folder for reading unless it was visited; NULL otherwise, with failures reported. */
static DIR *
enter (Scan *scan, const char *path)
{
  int fd = library_file_open (path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  struct stat status;
  DIR *folder;

  if (fd < 0)
    {
      report_errno (scan, path, NULL, "folder", errno);
      return NULL;
    }
  if (fstat (fd, &status) != 0 || !g_hash_table_add (scan->visited, place_of (&status)) || is_system (fd))
    {
      close (fd);
      return NULL;
    }
  folder = fdopendir (fd);
  if (folder == NULL)
    close (fd);
  return folder;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
visit_folder (Scan *scan, const char *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) below = g_ptr_array_new_with_free_func (g_free);
  DIR *folder = enter (scan, path);
  struct dirent *entry;

  if (folder == NULL)
    return;
  /* All names first: the order is then the same every time, and the folder may change meanwhile. */
  while ((entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  g_ptr_array_sort (names, compare_paths);
  for (guint i = 0; i < names->len && !scan->stopped; i++)
    visit_entry (scan, dirfd (folder), path, g_ptr_array_index (names, i), below);
  closedir (folder);
  for (guint i = below->len; i > 0; i--)
    g_queue_push_head (&scan->folders, g_strdup (g_ptr_array_index (below, i - 1)));
}

static void
skip_folder (Scan *scan, const char *path)
{
  struct stat status;

  if (library_file_stat (path, &status) == 0)
    g_hash_table_add (scan->visited, place_of (&status));
}

static void
walk (Scan *scan, GPtrArray *folders, const char *const *skip, void (*visit) (Scan *scan, const char *path))
{
  char *path;

  scan->visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&scan->folders);
  for (guint i = 0; skip != NULL && skip[i] != NULL; i++)
    skip_folder (scan, skip[i]);
  for (guint i = 0; i < folders->len && !scan->stopped; i++)
    {
      const LibraryFolder *folder = g_ptr_array_index (folders, i);

      scan->root = folder->root;
      g_queue_push_head (&scan->folders, g_strdup (folder->path));
      while (!scan->stopped && (path = g_queue_pop_head (&scan->folders)) != NULL)
        {
          visit (scan, path);
          g_free (path);
        }
    }
  g_queue_clear_full (&scan->folders, g_free);
  g_hash_table_unref (scan->visited);
}

void
library_scanner_run (GPtrArray *folders, const char *const *skip, LibraryScanFileFunc func, gpointer data)
{
  Scan scan = { .func = func, .data = data };

  walk (&scan, folders, skip, visit_folder);
}

/* ---- counting ---- */

typedef struct
{
  gboolean (*is_stopped) (gpointer data);
  gpointer data;
  guint64 pictures;
} Count;

static gboolean
count_found (LibraryFound *found, gpointer data)
{
  Count *counting = data;

  counting->pictures += found->kind != LIBRARY_FOUND_OTHER;
  library_found_free (found);
  return TRUE;
}

/* The kind of an entry as the folder says it, or as the file behind a link is. */
static guint
type_of (DIR *folder, const struct dirent *entry)
{
  struct stat status;

  if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
    return entry->d_type;
  return fstatat (dirfd (folder), entry->d_name, &status, 0) == 0 ? IFTODT (status.st_mode) : DT_REG;
}

static void
count_folder (Scan *scan, const char *path)
{
  Count *counting = scan->data;
  DIR *folder = enter (scan, path);
  struct dirent *entry;

  if (folder == NULL)
    return;
  while ((entry = readdir (folder)) != NULL)
    if (entry->d_name[0] != '.')
      {
        guint type = type_of (folder, entry);

        if (type == DT_DIR)
          g_queue_push_head (&scan->folders, g_build_filename (path, entry->d_name, NULL));
        else if (type == DT_REG)
          counting->pictures += image_name_is_picture (entry->d_name);
      }
  closedir (folder);
  scan->stopped = counting->is_stopped (counting->data);
}

guint64
library_scanner_count (GPtrArray *folders, const char *const *skip, gboolean (*is_stopped) (gpointer data), gpointer data)
{
  Count counting = { is_stopped, data, 0 };
  Scan scan = { .func = count_found, .data = &counting };

  walk (&scan, folders, skip, count_folder);
  return counting.pictures;
}
