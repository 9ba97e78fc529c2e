/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-types.h"

G_BEGIN_DECLS

/* What is looked for.  Plain data: serialisable, no pointers into the engine. */
typedef struct
{
  char *text;        /* words that form one text, or NULL */
  GStrv without;     /* -word each, or NULL */
  GPtrArray *images; /* of GFile: pictures to add, or NULL */
  GPtrArray *without_images;
  GStrv folders;               /* folder: filters (paths), any of */
  GStrv types;                 /* type: filters, any of */
  gint64 taken_from, taken_to; /* date: filter, seconds, 0 open */
  /* similar: x = E(similar) + strength (E(more) - E(less)) */
  GFile *similar;
  char *less, *more; /* or NULL */
  float strength;
} LibraryQuery;

LibraryQuery *library_query_new (void);
/* The syntax of command-line.md: words, -word, folder:, type:, date:2019..2021.  Errors: LIBRARY_ERROR_QUERY. */
LibraryQuery *library_query_parse (const char *text, GError **error);
LibraryQuery *library_query_copy (const LibraryQuery *query);
void library_query_free (LibraryQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryQuery, library_query_free)
gboolean library_query_is_empty (const LibraryQuery *query);

/* One result; `rank` is its place in the array. */
typedef struct
{
  LibraryPhoto *photo;
  float score;     /* cosine for one text, picture or similar; standardised sum for mixtures */
  gboolean strong; /* above the line */
} LibraryHit;

/* A snapshot: what the library said at one moment, best first. */
typedef struct
{
  GPtrArray *hits; /* of LibraryHit, owned */
  guint64 total;   /* photographs that passed the filters */
  guint64 strong;  /* of them above the line */
  double milliseconds;
} LibraryResults;

void library_hit_free (LibraryHit *hit);
void library_results_free (LibraryResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibraryResults, library_results_free)

G_END_DECLS
