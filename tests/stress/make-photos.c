/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes many JPEG files, no two the same, in folders of 500:
 *
 *     make-photos FOLDER COUNT [WIDTH HEIGHT [FIRST]]
 *
 * There are 64 different pictures; files of the same picture differ in a comment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jpeglib.h>

#define PICTURES 64u
#define IN_FOLDER 500u

typedef struct
{
  unsigned char *bytes;
  unsigned long size;
} Picture;

/* Soft colours with some noise: about as large and as much work as a photograph. */
static void
draw (unsigned char *row, unsigned width, unsigned y, unsigned seed)
{
  unsigned random = seed * 2654435761u + y * 40503u + 1;

  for (unsigned x = 0; x < width; x++)
    {
      random = random * 1664525u + 1013904223u;
      row[3 * x] = (unsigned char) ((x * (seed % 7 + 1) / 5 + (random >> 28)) & 255);
      row[3 * x + 1] = (unsigned char) ((y * (seed % 5 + 1) / 4 + (random >> 28)) & 255);
      row[3 * x + 2] = (unsigned char) (((x + y) / 3 + seed * 4 + (random >> 28)) & 255);
    }
}

static Picture
make_picture (unsigned width, unsigned height, unsigned seed)
{
  struct jpeg_compress_struct out;
  struct jpeg_error_mgr errors;
  Picture picture = { NULL, 0 };
  unsigned char *row = malloc (3 * (size_t) width);

  out.err = jpeg_std_error (&errors);
  jpeg_create_compress (&out);
  jpeg_mem_dest (&out, &picture.bytes, &picture.size);
  out.image_width = width;
  out.image_height = height;
  out.input_components = 3;
  out.in_color_space = JCS_RGB;
  jpeg_set_defaults (&out);
  jpeg_set_quality (&out, 85, TRUE);
  jpeg_start_compress (&out, TRUE);
  while (out.next_scanline < height)
    {
      draw (row, width, out.next_scanline, seed);
      jpeg_write_scanlines (&out, &row, 1);
    }
  jpeg_finish_compress (&out);
  jpeg_destroy_compress (&out);
  free (row);
  return picture;
}

static void
write_photo (const char *folder, unsigned number, const Picture *picture)
{
  unsigned char comment[12] = { 0xff, 0xfe, 0, 10, (unsigned char) (number >> 24), (unsigned char) (number >> 16), (unsigned char) (number >> 8), (unsigned char) number };
  char path[4096];
  FILE *file;

  snprintf (path, sizeof path, "%s/%03u", folder, number / IN_FOLDER);
  if (mkdir (path, 0777) != 0 && errno != EEXIST)
    exit (1);
  snprintf (path, sizeof path, "%s/%03u/photo-%06u.jpg", folder, number / IN_FOLDER, number);
  file = fopen (path, "w");
  if (file == NULL)
    exit (1);
  fwrite (picture->bytes, 1, 2, file);
  fwrite (comment, 1, sizeof comment, file);
  fwrite (picture->bytes + 2, 1, picture->size - 2, file);
  if (fclose (file) != 0)
    exit (1);
}

int
main (int argc, char **argv)
{
  unsigned count = argc > 2 ? (unsigned) atoi (argv[2]) : 0;
  unsigned width = argc > 4 ? (unsigned) atoi (argv[3]) : 640;
  unsigned height = argc > 4 ? (unsigned) atoi (argv[4]) : 480;
  unsigned first = argc > 5 ? (unsigned) atoi (argv[5]) : 0;
  Picture pictures[PICTURES] = { 0 };

  if (count == 0 || width == 0 || height == 0)
    {
      fputs ("make-photos FOLDER COUNT [WIDTH HEIGHT [FIRST]]\n", stderr);
      return 2;
    }
  mkdir (argv[1], 0777);
  for (unsigned i = first; i < first + count; i++)
    {
      Picture *picture = &pictures[i % PICTURES];

      if (picture->bytes == NULL)
        *picture = make_picture (width, height, i % PICTURES);
      write_photo (argv[1], i, picture);
    }
  for (unsigned i = 0; i < PICTURES; i++)
    free (pictures[i].bytes);
  return 0;
}
