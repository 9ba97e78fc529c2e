/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include "image-protocol.h"

/* Where libraries and loaders lie, and what developers set; nothing of the user's. */
static const char *const kept[] = {
  "LD_LIBRARY_PATH",
  "GDK_PIXBUF_MODULE_FILE",
  "GDK_PIXBUF_MODULEDIR",
  "XDG_DATA_DIRS",
  "G_MESSAGES_DEBUG",
  "ASAN_OPTIONS",
  "LSAN_OPTIONS",
  "UBSAN_OPTIONS",
};

static GStrv
make_environment (void)
{
  GStrv environment = g_new0 (char *, 1);

  environment = g_environ_setenv (environment, "LC_ALL", "C.UTF-8", TRUE);
  environment = g_environ_setenv (environment, "PATH", "/usr/bin:/bin", TRUE);
  environment = g_environ_setenv (environment, "GIO_USE_VFS", "local", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_getenv (kept[i]) != NULL)
      environment = g_environ_setenv (environment, kept[i], g_getenv (kept[i]), TRUE);
  return environment;
}

static void
set_files (posix_spawn_file_actions_t *files, int socket)
{
  posix_spawn_file_actions_adddup2 (files, socket, IMAGE_PROTOCOL_SOCKET);
  posix_spawn_file_actions_addopen (files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (files, 1, "/dev/null", O_WRONLY, 0);
  if (g_getenv ("G_MESSAGES_DEBUG") == NULL)
    posix_spawn_file_actions_addopen (files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np (files, IMAGE_PROTOCOL_SOCKET + 1);
}

static void
set_attributes (posix_spawnattr_t *attributes)
{
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawnattr_setsigmask (attributes, &none);
  posix_spawnattr_setsigdefault (attributes, &all);
  posix_spawnattr_setpgroup (attributes, 0);
  posix_spawnattr_setflags (attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

pid_t
image_spawn (const char *program, int socket, GError **error)
{
  g_auto (GStrv) environment = make_environment ();
  char *arguments[] = { (char *) program, NULL };
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  pid_t pid = 0;
  int code;

  posix_spawn_file_actions_init (&files);
  posix_spawnattr_init (&attributes);
  set_files (&files, socket);
  set_attributes (&attributes);
  code = posix_spawn (&pid, program, &files, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy (&files);
  posix_spawnattr_destroy (&attributes);
  if (code == 0)
    return pid;
  g_set_error (error, IMAGE_ERROR, IMAGE_ERROR_WORKER, "The picture decoder “%s” cannot be started: %s", program, g_strerror (code));
  return 0;
}
