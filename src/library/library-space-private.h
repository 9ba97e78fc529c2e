/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "library-space.h"

G_BEGIN_DECLS

/* (element-type LibrarySpace) (transfer full) */
GArray *library_space_list_all (LibraryTxn *txn);
void library_space_write (LibraryTxn *txn, const LibrarySpace *space);
/* An embedding's record, which says where its row is. */
void library_space_put_vector (LibraryTxn *txn, const LibrarySpace *space, LibraryPhotoId photo, guint32 shard, guint32 row, const guint16 *halves);

G_END_DECLS
