/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The client against the real worker and against one with planted faults: whatever a file or a worker does, the caller gets a
 * reason and the next picture. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "image-worker-private.h"
#include "support.h"

static const char *faulty_program; /* argv[1] */

static const ImageRequest request = { .tensor = { .side = 32 }, .thumbnails = { 64 } };

static ImageWorker *
faulty (guint cpu_ms, guint wall_ms)
{
  ImageWorker *worker = image_worker_new ();

  image_worker_set_program (worker, faulty_program);
  image_worker_set_limits (worker, cpu_ms, wall_ms);
  return worker;
}

static void
expect_picture (ImageWorker *worker, const char *name, const char *format)
{
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  int fd = file_of_fixture (name);
  gboolean ok = image_worker_decode (worker, fd, &request, &reply, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (reply.format, ==, format);
  g_assert_cmpuint (g_bytes_get_size (reply.tensor), ==, 32 * 32 * 3);
  g_assert_nonnull (reply.thumbnails[0]);
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), >, 0); /* the file's own offset is where it was: at the end */
  close (fd);
}

static void
expect_error (ImageWorker *worker, int fd, ImageError code)
{
  g_auto (ImageReply) reply = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (image_worker_decode (worker, fd, &request, &reply, NULL, &error));
  g_assert_error (error, IMAGE_ERROR, (int) code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpint (strlen (error->message), >, 5);
  g_assert_null (reply.tensor);
  close (fd);
}

static int
file_with_fault (const char *name)
{
  g_autofree char *text = g_strconcat ("FAULT ", name, NULL);

  return file_with (text, strlen (text));
}

static void
test_pictures (void)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  GPid pid;

  expect_picture (worker, "rgb.png", "png");
  pid = image_worker_get_pid (worker);
  g_assert_cmpint (pid, >, 0);
  expect_picture (worker, "palette.gif", "gif");
  expect_picture (worker, "rgb.bmp", "bmp");
  expect_picture (worker, "rgb.tiff", "tiff");
  expect_picture (worker, "420.jpg", "jpeg");
  expect_picture (worker, "progressive.jpg", "jpeg");
  expect_picture (worker, "cmyk.jpg", "jpeg");
  g_assert_cmpint (image_worker_get_pid (worker), ==, pid); /* one process for all of them */
}

/* What comes over the socket is what decoding here gives. */
static void
test_same_bytes (void)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  static const char *const names[] = { "420.jpg", "rotated.png", "alpha.png" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (ImageReply) here = { 0 };
      g_auto (ImageReply) there = { 0 };
      g_autoptr (GError) error = NULL;
      int fd = file_of_fixture (names[i]);

      g_assert_true (image_worker_decode (worker, fd, &request, &there, NULL, &error));
      g_assert_no_error (error);
      decode_ok (fd, &request, &here);
      g_assert_true (g_bytes_equal (here.tensor, there.tensor));
      g_assert_true (g_bytes_equal (here.thumbnails[0], there.thumbnails[0]));
      g_assert_cmpuint (here.width, ==, there.width);
      g_assert_cmpuint (here.height, ==, there.height);
      g_assert_cmpint (here.taken, ==, there.taken);
      g_assert_cmpint (here.size, ==, there.size);
      g_assert_cmphex (here.hash[0], ==, there.hash[0]);
      g_assert_cmphex (here.hash[1], ==, there.hash[1]);
    }
}

/* Equal bytes, equal hash; one bit changes both halves. */
static void
test_hash (void)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  g_autoptr (GBytes) bytes = fixture ("rgb.bmp");
  gsize length = g_bytes_get_size (bytes);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
  g_auto (ImageReply) a = { 0 };
  g_auto (ImageReply) b = { 0 };
  g_auto (ImageReply) c = { 0 };

  g_assert_true (image_worker_decode (worker, file_with_bytes (bytes), &request, &a, NULL, NULL));
  g_assert_true (image_worker_decode (worker, file_with_bytes (bytes), &request, &b, NULL, NULL));
  copy[length - 1] ^= 1;
  g_assert_true (image_worker_decode (worker, file_with (copy, length), &request, &c, NULL, NULL));
  g_assert_true (a.hash[0] == b.hash[0] && a.hash[1] == b.hash[1]);
  g_assert_true (a.hash[0] != c.hash[0] && a.hash[1] != c.hash[1]);
  g_assert_cmpint (a.size, ==, (gint64) length);
}

static void
test_bad_files (void)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  g_autoptr (GBytes) jpeg = fixture ("420.jpg");
  GPid pid;

  expect_error (worker, file_with ("hello, I am named photo.jpg", 27), IMAGE_ERROR_NOT_AN_IMAGE);
  pid = image_worker_get_pid (worker);
  expect_error (worker, file_with ("", 0), IMAGE_ERROR_TRUNCATED);
  expect_error (worker, file_with (g_bytes_get_data (jpeg, NULL), 600), IMAGE_ERROR_TRUNCATED);
  expect_error (worker, file_with ("8BPS\0\1\0\0", 8), IMAGE_ERROR_FORMAT_OFF);
  expect_error (worker, open ("/", O_RDONLY | O_DIRECTORY), IMAGE_ERROR_NOT_AN_IMAGE);
  expect_error (worker, open ("/dev/null", O_RDONLY), IMAGE_ERROR_NOT_AN_IMAGE);
  g_assert_cmpint (image_worker_get_pid (worker), ==, pid); /* none of these ends the worker */
}

static void
expect_open_error (const char *path, ImageError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (image_open_file (path, &error), ==, -1);
  g_assert_error (error, IMAGE_ERROR, (int) code);
}

static void
test_open (void)
{
  g_autofree char *folder = g_dir_make_tmp ("image-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "a.jpg", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo.jpg", NULL);
  g_autofree char *dangling = g_build_filename (folder, "dangling.jpg", NULL);
  g_autofree char *loop = g_build_filename (folder, "loop.jpg", NULL);
  g_autofree char *below = g_build_filename (file, "b.jpg", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.jpg", NULL);
  g_autofree char *too_long = g_strnfill (300, 'x');
  g_autofree char *long_path = g_build_filename (folder, too_long, NULL);
  int fd;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  g_assert_cmpint (symlink ("loop.jpg", loop), ==, 0);
  expect_open_error (fifo, IMAGE_ERROR_NOT_AN_IMAGE);
  expect_open_error (folder, IMAGE_ERROR_NOT_AN_IMAGE);
  expect_open_error ("/dev/null", IMAGE_ERROR_NOT_AN_IMAGE);
  expect_open_error (dangling, IMAGE_ERROR_GONE);
  expect_open_error (loop, IMAGE_ERROR_GONE);
  expect_open_error (missing, IMAGE_ERROR_GONE);
  expect_open_error (below, IMAGE_ERROR_GONE);
  expect_open_error (long_path, IMAGE_ERROR_NAME_UNUSABLE);
  if (geteuid () != 0)
    {
      g_assert_cmpint (g_chmod (file, 0), ==, 0);
      expect_open_error (file, IMAGE_ERROR_NO_PERMISSION);
      g_assert_cmpint (g_chmod (file, 0600), ==, 0);
    }
  fd = image_open_file (file, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd);
  g_unlink (file);
  g_unlink (fifo);
  g_unlink (dangling);
  g_unlink (loop);
  g_rmdir (folder);
}

static void
test_deaths (void)
{
  static const struct
  {
    const char *fault;
    ImageError code;
  } cases[] = {
    { "crash", IMAGE_ERROR_CRASHED },
    { "abort", IMAGE_ERROR_CRASHED },
    { "leave", IMAGE_ERROR_CRASHED },
    { "mute", IMAGE_ERROR_CRASHED },
#if !defined(__SANITIZE_ADDRESS__) /* there is no address-space limit then */
    { "hog", IMAGE_ERROR_OUT_OF_MEMORY },
#endif
  };
  g_autoptr (ImageWorker) worker = faulty (IMAGE_WORKER_CPU_MS, IMAGE_WORKER_WALL_MS);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].fault);
      expect_error (worker, file_with_fault (cases[i].fault), cases[i].code);
      g_assert_cmpint (image_worker_get_pid (worker), ==, 0);
      expect_picture (worker, "rgb.png", "png");
    }
}

/* The limits are for each file: many quick ones do not add up. */
static void
test_slow (void)
{
  g_autoptr (ImageWorker) by_cpu = faulty (200, 60000);
  g_autoptr (ImageWorker) by_wall = faulty (60000, 200);
  g_autoptr (GError) error = NULL;
  g_auto (ImageReply) reply = { 0 };
  int fd = file_with_fault ("spin");
  GPid pid;

  g_assert_false (image_worker_decode (by_cpu, fd, &request, &reply, NULL, &error));
  g_assert_error (error, IMAGE_ERROR, IMAGE_ERROR_TOO_SLOW);
  g_assert_nonnull (strstr (error->message, "processor"));
  close (fd);
  expect_picture (by_cpu, "rgb.png", "png");
  pid = image_worker_get_pid (by_cpu);
  for (guint i = 0; i < 8; i++)
    expect_error (by_cpu, file_with_fault ("work"), IMAGE_ERROR_NOT_AN_IMAGE);
  g_assert_cmpint (image_worker_get_pid (by_cpu), ==, pid);
  expect_error (by_wall, file_with_fault ("sleep"), IMAGE_ERROR_TOO_SLOW);
  g_assert_cmpint (image_worker_get_pid (by_wall), ==, 0);
}

static void
test_lies (void)
{
  static const char *const lies[] = { "garbage", "short", "long", "other-id", "claim-more", "claim-thumbnail", "claim-metadata", "claim-pixels", "claim-format", "claim-status", "endless-message", "no-memory", "unsealed", "small", "pipe" };
  g_autoptr (ImageWorker) worker = faulty (IMAGE_WORKER_CPU_MS, IMAGE_WORKER_WALL_MS);

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_test_message ("%s", lies[i]);
      expect_error (worker, file_with_fault (lies[i]), IMAGE_ERROR_WORKER);
      g_assert_cmpint (image_worker_get_pid (worker), ==, 0);
    }
  expect_error (worker, file_with_fault ("empty"), IMAGE_ERROR_CRASHED); /* looks like a closed socket */
  expect_error (worker, file_with_fault ("nasty-message"), IMAGE_ERROR_UNREADABLE);
  expect_picture (worker, "rgb.png", "png");
}

/* Whatever metadata do to the worker, the picture comes, without them. */
static void
test_metadata_deaths (void)
{
  static const char *const deaths[] = { "metadata-crash", "metadata-spin", "metadata-overflow" };
  const ImageRequest with = { .tensor = { .side = 32 }, .metadata = TRUE };
  g_autoptr (ImageWorker) worker = faulty (IMAGE_WORKER_CPU_MS, IMAGE_WORKER_WALL_MS);

  for (guint i = 0; i < G_N_ELEMENTS (deaths); i++)
    {
      g_auto (ImageReply) reply = { 0 };
      g_autoptr (GError) error = NULL;
      int fd = file_with_fault (deaths[i]);

      g_test_message ("%s", deaths[i]);
      g_assert_true (image_worker_decode (worker, fd, &with, &reply, NULL, &error));
      g_assert_no_error (error);
      g_assert_nonnull (reply.tensor);
      g_assert_null (reply.metadata);
      close (fd);
    }
}

/* A worker that dies between two pictures is nobody's fault and is replaced in silence. */
static void
test_killed_between (void)
{
  g_autoptr (ImageWorker) worker = image_worker_new ();
  GPid first;

  expect_picture (worker, "rgb.png", "png");
  first = image_worker_get_pid (worker);
  kill (first, SIGKILL);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%d/stat", first);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL)
        break;
      g_usleep (1000);
    }
  expect_picture (worker, "rgb.png", "png");
  g_assert_cmpint (image_worker_get_pid (worker), !=, first);
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (50000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (ImageWorker) worker = faulty (IMAGE_WORKER_CPU_MS, 60000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (ImageReply) reply = { 0 };
  int fd = file_with_fault ("sleep");
  GThread *thread;

  expect_picture (worker, "rgb.png", "png");
  thread = g_thread_new ("cancel", cancel_soon, cancellable);
  g_assert_false (image_worker_decode (worker, fd, &request, &reply, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_clear_error (&error);
  g_assert_false (image_worker_decode (worker, fd, &request, &reply, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  close (fd);
  expect_picture (worker, "rgb.png", "png");
}

static void
test_no_program (void)
{
  static const char *const programs[] = { "/nowhere/eidetic-worker", "/etc/passwd", "/bin/true" };

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autoptr (ImageWorker) worker = image_worker_new ();
      g_autoptr (GError) error = NULL;
      g_auto (ImageReply) reply = { 0 };
      int fd = file_of_fixture ("rgb.png");

      image_worker_set_program (worker, programs[i]);
      g_assert_false (image_worker_decode (worker, fd, &request, &reply, NULL, &error));
      g_assert_error (error, IMAGE_ERROR, IMAGE_ERROR_WORKER);
      g_assert_nonnull (strstr (error->message, programs[i]));
      close (fd);
    }
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

/* Nothing of all this leaks descriptors or leaves processes behind. */
static void
test_leaks (void)
{
  static const char *const faults[] = { "crash", "pipe", "unsealed", "garbage", "long" };
  guint before = count_descriptors ();

  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (ImageWorker) worker = faulty (IMAGE_WORKER_CPU_MS, IMAGE_WORKER_WALL_MS);

      for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
        {
          g_auto (ImageReply) reply = { 0 };
          int fd = file_with_fault (faults[i]);

          g_assert_false (image_worker_decode (worker, fd, &request, &reply, NULL, NULL));
          close (fd);
        }
      expect_picture (worker, "rgb.png", "png");
    }
  g_assert_cmpuint (count_descriptors (), ==, before);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1); /* no children at all */
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  faulty_program = argv[1];
  g_test_add_func ("/image/worker/pictures", test_pictures);
  g_test_add_func ("/image/worker/same-bytes", test_same_bytes);
  g_test_add_func ("/image/worker/hash", test_hash);
  g_test_add_func ("/image/worker/bad-files", test_bad_files);
  g_test_add_func ("/image/worker/open", test_open);
  g_test_add_func ("/image/worker/deaths", test_deaths);
  g_test_add_func ("/image/worker/metadata-deaths", test_metadata_deaths);
  g_test_add_func ("/image/worker/slow", test_slow);
  g_test_add_func ("/image/worker/lies", test_lies);
  g_test_add_func ("/image/worker/killed-between", test_killed_between);
  g_test_add_func ("/image/worker/cancel", test_cancel);
  g_test_add_func ("/image/worker/no-program", test_no_program);
  g_test_add_func ("/image/worker/leaks", test_leaks);
  return g_test_run ();
}
