/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image-jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
#include <jerror.h>

/* Everything that must live through a longjmp is in here, not in local variables. */
typedef struct
{
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  ImageError code;
  char message[JMSG_LENGTH_MAX];
  gboolean at_end; /* the source ran dry: what comes now is made up */
  guint8 *cmyk;    /* a row of four bytes a pixel */
  ImageSink *sink;
  ImageOrientation orientation;
  GError *error; /* from the sink */
} Decoder;

static ImageError
classify (int message)
{
  switch (message)
    {
    case JERR_OUT_OF_MEMORY:
      return IMAGE_ERROR_OUT_OF_MEMORY;
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
      return IMAGE_ERROR_TOO_LARGE;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
      return IMAGE_ERROR_FORMAT_OFF;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
      return IMAGE_ERROR_TRUNCATED;
    default:
      return IMAGE_ERROR_UNREADABLE;
    }
}

static G_NORETURN void
fail (j_common_ptr common)
{
  Decoder *self = common->client_data;

  self->code = self->at_end ? IMAGE_ERROR_TRUNCATED : classify (common->err->msg_code);
  common->err->format_message (common, self->message);
  longjmp (self->jump, 1);
}

static void
note_warning (j_common_ptr common, int level)
{
  Decoder *self = common->client_data;

  if (level < 0 && common->err->msg_code == JWRN_JPEG_EOF)
    self->at_end = TRUE;
}

static void
be_silent (j_common_ptr common)
{
}

/* libjpeg calls this now and then: the place to stop files made of thousands of scans. */
static void
watch_scans (j_common_ptr common)
{
  Decoder *self = common->client_data;

  if (self->cinfo.input_scan_number <= IMAGE_JPEG_MAX_SCANS)
    return;
  self->code = IMAGE_ERROR_TOO_SLOW;
  g_snprintf (self->message, sizeof self->message, "more than %d scans", IMAGE_JPEG_MAX_SCANS);
  longjmp (self->jump, 1);
}

/* Pillow's conversion of inverted CMYK, which it takes every four-channel JPEG to be. */
static void
cmyk_to_rgb (const guint8 *cmyk, guint8 *rgb, guint pixels)
{
  for (guint i = 0; i < pixels; i++, cmyk += 4, rgb += 3)
    for (guint c = 0; c < 3; c++)
      {
        int ink = (255 - cmyk[c]) * cmyk[3] + 128;

        rgb[c] = (guint8) (cmyk[3] - (((ink >> 8) + ink) >> 8));
      }
}

static gboolean
begin (Decoder *self)
{
  struct jpeg_decompress_struct *cinfo = &self->cinfo;
  ImageSource source = { .full_width = cinfo->image_width, .full_height = cinfo->image_height, .orientation = self->orientation };

  if (!image_sink_check_size (cinfo->image_width, cinfo->image_height, &self->error))
    return FALSE;
  cinfo->scale_num = 1;
  cinfo->scale_denom = image_sink_reduction (self->sink, cinfo->image_width, cinfo->image_height);
  cinfo->out_color_space = cinfo->num_components == 4 ? JCS_CMYK : JCS_RGB;
  cinfo->dct_method = JDCT_ISLOW;
  cinfo->do_fancy_upsampling = TRUE;
  jpeg_calc_output_dimensions (cinfo);
  source.width = cinfo->output_width;
  source.height = cinfo->output_height;
  source.extent_x = (double) source.full_width / cinfo->scale_denom;
  source.extent_y = (double) source.full_height / cinfo->scale_denom;
  if (cinfo->num_components == 4)
    self->cmyk = g_try_malloc_n (source.width, 4);
  if (cinfo->num_components == 4 && self->cmyk == NULL)
    {
      g_set_error_literal (&self->error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "Not enough memory for a row of the picture");
      return FALSE;
    }
  return image_sink_begin (self->sink, &source, &self->error);
}

static void
read_rows (Decoder *self)
{
  struct jpeg_decompress_struct *cinfo = &self->cinfo;
  guint8 *row = image_sink_row (self->sink);
  JSAMPROW target = self->cmyk != NULL ? self->cmyk : row;

  while (cinfo->output_scanline < cinfo->output_height)
    {
      jpeg_read_scanlines (cinfo, &target, 1);
      if (self->cmyk != NULL)
        cmyk_to_rgb (self->cmyk, row, cinfo->output_width);
      image_sink_push (self->sink);
    }
}

static void
set_up (Decoder *self)
{
  self->cinfo.err = jpeg_std_error (&self->errors);
  self->errors.error_exit = fail;
  self->errors.emit_message = note_warning;
  self->errors.output_message = be_silent;
  self->progress.progress_monitor = watch_scans;
}

static gboolean
decode (Decoder *self, const guint8 *data, gsize length)
{
  if (setjmp (self->jump) != 0)
    {
      g_set_error (&self->error, IMAGE_ERROR, self->code, "The JPEG file cannot be decoded: %s", self->message);
      return FALSE;
    }
  self->cinfo.client_data = self;
  jpeg_create_decompress (&self->cinfo);
  self->cinfo.progress = &self->progress;
  jpeg_mem_src (&self->cinfo, (guchar *) data, length);
  jpeg_read_header (&self->cinfo, TRUE);
  if (!begin (self))
    return FALSE;
  jpeg_start_decompress (&self->cinfo);
  read_rows (self);
  if (self->at_end)
    {
      g_set_error_literal (&self->error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "The JPEG file ends before the picture does");
      return FALSE;
    }
  return TRUE;
}

gboolean
image_jpeg_decode (const guint8 *data, gsize length, ImageOrientation orientation, ImageSink *sink, GError **error)
{
  Decoder self = { .sink = sink, .orientation = orientation };
  gboolean ok;

  set_up (&self);
  ok = decode (&self, data, length);
  jpeg_destroy_decompress (&self.cinfo);
  g_free (self.cmyk);
  if (self.error != NULL)
    g_propagate_error (error, self.error);
  return ok;
}

typedef struct
{
  struct jpeg_compress_struct cinfo;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  guchar *data;
  gulong size;
} Encoder;

static G_NORETURN void
fail_encoding (j_common_ptr common)
{
  Encoder *self = common->client_data;

  longjmp (self->jump, 1);
}

static gboolean
encode (Encoder *self, const guint8 *pixels, guint width, guint height, int quality)
{
  if (setjmp (self->jump) != 0)
    return FALSE;
  self->cinfo.client_data = self;
  jpeg_create_compress (&self->cinfo);
  jpeg_mem_dest (&self->cinfo, &self->data, &self->size);
  self->cinfo.image_width = width;
  self->cinfo.image_height = height;
  self->cinfo.input_components = 3;
  self->cinfo.in_color_space = JCS_RGB;
  jpeg_set_defaults (&self->cinfo);
  jpeg_set_quality (&self->cinfo, quality, TRUE);
  jpeg_start_compress (&self->cinfo, TRUE);
  while (self->cinfo.next_scanline < height)
    {
      JSAMPROW row = (JSAMPROW) pixels + (gsize) self->cinfo.next_scanline * width * 3;

      jpeg_write_scanlines (&self->cinfo, &row, 1);
    }
  jpeg_finish_compress (&self->cinfo);
  return TRUE;
}

GBytes *
image_jpeg_encode (const guint8 *pixels, guint width, guint height, int quality, GError **error)
{
  Encoder self = { 0 };
  GBytes *bytes = NULL;

  g_return_val_if_fail (pixels != NULL && width > 0 && height > 0, NULL);

  self.cinfo.err = jpeg_std_error (&self.errors);
  self.errors.error_exit = fail_encoding;
  self.errors.output_message = be_silent;
  if (encode (&self, pixels, width, height, quality))
    bytes = g_bytes_new (self.data, self.size);
  else
    g_set_error_literal (error, IMAGE_ERROR, IMAGE_ERROR_OUT_OF_MEMORY, "The thumbnail could not be encoded");
  jpeg_destroy_compress (&self.cinfo);
  free (self.data);
  return bytes;
}
