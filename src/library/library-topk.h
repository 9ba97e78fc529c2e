/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  float score;
  guint64 id;
} LibraryScored;

typedef struct
{
  gint64 date;
  guint64 id;
} LibraryDated;

/* Keeps the k best of what it is given, in memory for k: the higher score first, of equal ones the lower id. */
typedef struct _LibraryTopK LibraryTopK;

LibraryTopK *library_topk_new (guint k);
/* Scores that are not finite are passed over. */
void library_topk_add (LibraryTopK *top, const LibraryScored *scored);
/* Frees it and gives what it kept, best first.  (element-type LibraryScored) (transfer full) */
GArray *library_topk_finish (LibraryTopK *top);

/* Newest first, of equal dates the lower id.  (element-type LibraryDated) */
void library_dated_sort (GArray *dated);

G_END_DECLS
