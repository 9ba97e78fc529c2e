/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image.h"
#include "library-file.h"

G_BEGIN_DECLS

/**
 * LibraryDecoder:
 *
 * A few threads, each with a decoding process, that take files from a queue.
 */
typedef struct _LibraryDecoder LibraryDecoder;

/* One file on its way through the decoder. */
typedef struct
{
  char *path;
  ImageRequest request;
  GCancellable *cancellable; /* or NULL */
  gpointer data;             /* the caller's */
  gboolean alone;            /* do it in a process that does nothing else */
  /* what came of it */
  LibraryIdentity identity; /* of the file that was read; zeros if it could not be opened */
  ImageReply reply;
  GError *error; /* IMAGE_ERROR or G_IO_ERROR_CANCELLED; IMAGE_ERROR_WORKER means that no file can be decoded now */
} LibraryDecodeJob;

LibraryDecodeJob *library_decode_job_new (const char *path, const ImageRequest *request, GCancellable *cancellable, gpointer data);
void library_decode_job_free (LibraryDecodeJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryDecodeJob, library_decode_job_free)

/* Takes the finished job over; on one of the decoder's threads. */
typedef void (*LibraryDecodedFunc) (LibraryDecodeJob *job, gpointer data);

/* threads 0: $EIDETIC_THREADS, else one a processor. */
LibraryDecoder *library_decoder_new (guint threads, LibraryDecodedFunc func, gpointer data);
/* Jobs still waiting come back as cancelled; returns when all threads have ended. */
void library_decoder_free (LibraryDecoder *decoder);
guint library_decoder_get_threads (LibraryDecoder *decoder);
void library_decoder_push (LibraryDecoder *decoder, LibraryDecodeJob *job);

/* While held nothing new is begun. */
void library_decoder_set_held (LibraryDecoder *decoder, gboolean held);

/* To be called a few times a second: other threads stand in for those that are held up by a slow file, so that it delays
 * nothing but itself. */
void library_decoder_tend (LibraryDecoder *decoder);

/* Does one job on the calling thread.  A file that brings its worker down is tried once more in a new one; a file that was
 * replaced or written to meanwhile is IMAGE_ERROR_CHANGED. */
void library_decode_job_run (LibraryDecodeJob *job, ImageWorker *worker);

/* TRUE if the worker decodes a picture that is known to be sound.  Errors: IMAGE_ERROR_WORKER, G_IO_ERROR_CANCELLED. */
gboolean library_decoder_check_worker (ImageWorker *worker, GCancellable *cancellable, GError **error);

G_END_DECLS
