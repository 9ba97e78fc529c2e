/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gexiv2/gexiv2.h>

G_BEGIN_DECLS

/* Opens the metadata of a picture file in memory, without a word on standard error; NULL if gexiv2 makes nothing of it.  It
 * may crash on hostile files: the worker and tests alone may call this.  `data` must stay as long as the result. */
GExiv2Metadata *image_gexiv2_open (const guint8 *data, gsize length);

G_END_DECLS
