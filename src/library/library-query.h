/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-types.h"

G_BEGIN_DECLS

typedef enum
{
  LIBRARY_QUERY_ANY,
  LIBRARY_QUERY_WITH,
  LIBRARY_QUERY_WITHOUT,
} LibraryQueryHas;

/* What is looked for.  Plain data: serialisable, no pointers into the engine. */
typedef struct
{
  char *text;        /* words that form one text, or NULL */
  GStrv without;     /* -word each, or NULL */
  GPtrArray *images; /* of GFile: pictures to add, or NULL */
  GPtrArray *without_images;
  GStrv folders;               /* folder: filters (paths), any of */
  GStrv types;                 /* type: filters, any of */
  GStrv without_folders;       /* -folder: none of */
  GStrv without_types;         /* -type: none of */
  GStrv quoted;                /* "words" that captions must have, all of */
  GStrv without_quoted;        /* -"words" none of */
  LibraryQueryHas has_caption; /* has:caption, has:no-caption */
  gint64 taken_from, taken_to; /* date: filter, seconds, 0 open */
  /* similar: x = E(similar) + strength (E(more) - E(less)) */
  GFile *similar;
  char *less, *more; /* or NULL */
  float strength;
} LibraryQuery;

LibraryQuery *library_query_new (void);
/* The syntax that README.md of this folder describes.  Errors: LIBRARY_ERROR_QUERY. */
LibraryQuery *library_query_parse (const char *text, GError **error);
LibraryQuery *library_query_copy (const LibraryQuery *query);
void library_query_free (LibraryQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryQuery, library_query_free)
gboolean library_query_is_empty (const LibraryQuery *query);
/* TRUE if it looks at some photographs only. */
gboolean library_query_has_filters (const LibraryQuery *query);

/* One result; `rank` is its place in the array. */
typedef struct
{
  LibraryPhoto *photo;
  float score;     /* cosine for one text, picture or similar; standardised sum for mixtures */
  gboolean strong; /* above the line */
} LibraryHit;

/* A snapshot: what the library said at one moment, best first.  Everything in it is of one state of the store. */
typedef struct
{
  GPtrArray *hits;    /* of LibraryHit, owned */
  guint64 total;      /* photographs that passed the filters */
  guint64 strong;     /* of them above the line */
  guint64 searched;   /* photographs that could be found: of words and pictures those with an embedding */
  guint64 photos;     /* photographs in the library */
  guint64 generation; /* of the store: rises with every change of it */
  char *model;        /* the name of the one that answered; NULL if none was needed */
  double milliseconds;
} LibraryResults;

void library_hit_free (LibraryHit *hit);
void library_results_free (LibraryResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryResults, library_results_free)

G_END_DECLS
