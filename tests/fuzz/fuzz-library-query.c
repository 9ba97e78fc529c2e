/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "library-query.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LibraryQuery) query = library_query_parse (text, &error);

  g_assert_true ((query != NULL) == (error == NULL));
  return 0;
}
