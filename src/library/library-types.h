/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  LIBRARY_ERROR_MODEL, /* the model cannot be used; the message says why */
  LIBRARY_ERROR_STORE, /* the library folder cannot be opened or written */
  LIBRARY_ERROR_STORAGE_FULL,
  LIBRARY_ERROR_BUSY, /* another process has the library open and does not answer */
  LIBRARY_ERROR_NO_SUCH_FILE,
  LIBRARY_ERROR_QUERY, /* the query cannot be understood; the message says which part */
} LibraryError;

#define LIBRARY_ERROR (library_error_quark ())
GQuark library_error_quark (void);

/* The fixed code of why one file could not be read ("truncated", "gone" …), a static string; NULL where the error is
 * not about a file: it would be the same for every other one. */
const char *library_error_get_reason (const GError *error);

typedef guint64 LibraryPhotoId; /* never reused within a library; 0 is none */

/* One photograph, copied out of the store. */
typedef struct
{
  LibraryPhotoId id;
  GFile *file;
  guint width, height;
  gint64 taken; /* seconds since 1970, 0 if unknown; else the file's time */
  gint64 size;
  char *format;   /* "jpeg" … */
  char *caption;  /* alt text, or NULL */
  char *camera;   /* maker and model as the file says, or NULL */
  char *title;    /* or NULL */
  GStrv keywords; /* or NULL */
  int rating;     /* 1 to 5 stars, 0 none, -1 rejected */
} LibraryPhoto;

void library_photo_free (LibraryPhoto *photo);
LibraryPhoto *library_photo_copy (const LibraryPhoto *photo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryPhoto, library_photo_free)

/* A file that could not be read. */
typedef struct
{
  GFile *file;
  char *reason; /* fixed code */
  char *detail; /* a sentence */
  guint attempts;
} LibraryProblem;

void library_problem_free (LibraryProblem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryProblem, library_problem_free)

/* A folder that was added to the library. */
typedef struct
{
  GFile *file;
  gboolean away;  /* missing, or empty as a mount point is without its volume; its photographs are kept and found */
  guint64 photos; /* in it and below */
} LibraryFolderState;

void library_folder_state_free (LibraryFolderState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryFolderState, library_folder_state_free)

/* Why a run does nothing, if so. */
typedef enum
{
  LIBRARY_INDEX_RUNNING,
  LIBRARY_INDEX_PAUSED,
  LIBRARY_INDEX_WAITING_FOR_MAINS,
} LibraryIndexState;

/* Where an indexing run stands.  Every file found is counted once. */
typedef struct
{
  guint64 total; /* pictures to do that are known so far, those that fail among them (grows while scanning) */
  guint64 done;  /* photographs whose vectors are committed, in this run and before */
  guint64 indexed, unchanged, moved, failed, ignored;
  gboolean scanning; /* total may still grow much: nobody has been everywhere yet */
  /* Indexed a second, of late while it goes on, and over the whole run when it has ended.  Time spent paused counts for neither. */
  double photos_per_second;
  double seconds; /* since the start, pauses and all */
  LibraryIndexState state;
  double seconds_left; /* at the rate of late; -1: cannot be told */
} LibraryProgress;

G_END_DECLS
