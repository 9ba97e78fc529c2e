/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-engine.h"

G_BEGIN_DECLS

/*
 * What crosses between the owner of a library and its clients, as GVariant and back.  Packing gives floating variants;
 * unpacking takes a variant of the right type whose content nobody has checked and gives NULL (or FALSE) for what makes
 * no sense.  Files go as URIs, so that names of any bytes survive; D-Bus has no NULL, so "" stands for it.
 */

#define LIBRARY_WIRE_PHOTO "(tsuuxxssssasi)"
#define LIBRARY_WIRE_PHOTOS "a" LIBRARY_WIRE_PHOTO
#define LIBRARY_WIRE_PROBLEM "(sssu)"
#define LIBRARY_WIRE_PROBLEMS "a" LIBRARY_WIRE_PROBLEM
#define LIBRARY_WIRE_FOLDERS "a(sbt)"
#define LIBRARY_WIRE_PROGRESS "(tttttttbddud)"
#define LIBRARY_WIRE_QUERY "a{sv}"
#define LIBRARY_WIRE_HITS "a(" LIBRARY_WIRE_PHOTO "db)"
#define LIBRARY_WIRE_RESULTS "(" LIBRARY_WIRE_HITS "tttttds)"
#define LIBRARY_WIRE_STATUS "(ssssbs)"

GVariant *library_wire_pack_photo (const LibraryPhoto *photo);
LibraryPhoto *library_wire_unpack_photo (GVariant *variant);
/* (element-type LibraryPhoto) */
GVariant *library_wire_pack_photos (GPtrArray *photos);
GPtrArray *library_wire_unpack_photos (GVariant *variant);

GVariant *library_wire_pack_problem (const LibraryProblem *problem);
LibraryProblem *library_wire_unpack_problem (GVariant *variant);
/* (element-type LibraryProblem) */
GVariant *library_wire_pack_problems (GPtrArray *problems);
GPtrArray *library_wire_unpack_problems (GVariant *variant);

/* (element-type LibraryFolderState) */
GVariant *library_wire_pack_folders (GPtrArray *folders);
GPtrArray *library_wire_unpack_folders (GVariant *variant);

GVariant *library_wire_pack_progress (const LibraryProgress *progress);
void library_wire_unpack_progress (GVariant *variant, LibraryProgress *progress);

GVariant *library_wire_pack_query (const LibraryQuery *query);
LibraryQuery *library_wire_unpack_query (GVariant *variant);

GVariant *library_wire_pack_results (const LibraryResults *results);
LibraryResults *library_wire_unpack_results (GVariant *variant);

GVariant *library_wire_pack_status (const LibraryStatus *status);
LibraryStatus *library_wire_unpack_status (GVariant *variant);

/* A model, a device and a precision; the directory is not among them. */
#define LIBRARY_WIRE_OPTIONS "(ssi)"
GVariant *library_wire_pack_options (const LibraryOptions *options);
/* Fills model and device with copies. */
void library_wire_unpack_options (GVariant *variant, LibraryOptions *options);

#define LIBRARY_WIRE_PACE "(bbd)"
GVariant *library_wire_pack_pace (const LibraryPaceSettings *settings);
void library_wire_unpack_pace (GVariant *variant, LibraryPaceSettings *settings);

/* (element-type GFile) */
GVariant *library_wire_pack_files (GPtrArray *files);
GPtrArray *library_wire_unpack_files (GVariant *variant);

G_END_DECLS
