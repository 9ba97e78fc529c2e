/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What another process sends: any bytes are a variant of any type. */
#include "fuzz.h"

#include "library-wire.h"

static const char *const types[] = { LIBRARY_WIRE_PHOTOS, LIBRARY_WIRE_PROBLEMS, LIBRARY_WIRE_QUERY, LIBRARY_WIRE_RESULTS, LIBRARY_WIRE_STATUS, LIBRARY_WIRE_FOLDERS, LIBRARY_WIRE_PROGRESS };

/* Unpacked and packed again it is the same as after another round. */
static GVariant *
round_trip (GVariant *variant)
{
  g_autoptr (LibraryQuery) query = library_wire_unpack_query (variant);
  g_autoptr (GVariant) packed = g_variant_ref_sink (library_wire_pack_query (query));
  g_autoptr (LibraryQuery) again = library_wire_unpack_query (packed);

  g_assert_cmpint (library_query_is_empty (query), ==, library_query_is_empty (again));
  return g_variant_ref_sink (library_wire_pack_query (again));
}

static void
unpack (guint type, GVariant *variant)
{
  g_autoptr (GVariant) once = NULL;
  g_autoptr (GVariant) twice = NULL;
  LibraryProgress progress;

  if (type == 0)
    g_ptr_array_unref (library_wire_unpack_photos (variant));
  else if (type == 1)
    g_ptr_array_unref (library_wire_unpack_problems (variant));
  else if (type == 2)
    {
      once = round_trip (variant);
      twice = round_trip (once);
      g_assert_cmpvariant (once, twice);
    }
  else if (type == 3)
    library_results_free (library_wire_unpack_results (variant));
  else if (type == 4)
    library_status_free (library_wire_unpack_status (variant));
  else if (type == 5)
    g_ptr_array_unref (library_wire_unpack_folders (variant));
  else
    library_wire_unpack_progress (variant, &progress);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) variant = NULL;
  guint type;

  if (size == 0)
    return 0;
  type = data[0] % G_N_ELEMENTS (types);
  bytes = g_bytes_new (data + 1, size - 1);
  variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (types[type]), bytes, FALSE));
  unpack (type, variant);
  return 0;
}
