/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-job.h"
#include "library-store.h"

G_BEGIN_DECLS

/**
 * LibraryService:
 *
 * What the owner of a library does for other processes: it listens on a socket in the library's folder and runs their jobs,
 * on a thread of its own.  One a store; the engines of this process that have the store open are its members.
 */
typedef struct _LibraryService LibraryService;

/* The service of a store, begun if need be.  One that cannot listen is no failure: others are then told that the library is
 * in use.  The engine is a member from now on; jobs that want the same options run in it. */
LibraryService *library_service_join (LibraryStore *store, LibraryEngine *engine);
/* The last one to leave ends the service: what others had asked for is cancelled, and they are told. */
void library_service_leave (LibraryService *service, LibraryEngine *engine);

/* Tells the members and the clients that photographs were added or removed.  Any thread. */
void library_service_announce (LibraryService *service);

/* Cancels what others have asked for, waits a while until it has ended, and takes no more. */
void library_service_close (LibraryService *service);

G_END_DECLS
