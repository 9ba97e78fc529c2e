/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library-problem.h"

#include <string.h>

void
library_problem_record_free (LibraryProblemRecord *record)
{
  g_free (record->reason);
  g_free (record->detail);
  g_free (record->path);
  g_free (record);
}

void
library_problem_free (LibraryProblem *problem)
{
  g_clear_object (&problem->file);
  g_free (problem->reason);
  g_free (problem->detail);
  g_free (problem);
}

LibraryProblem *
library_problem_from_record (const LibraryProblemRecord *record)
{
  LibraryProblem *problem = g_new0 (LibraryProblem, 1);

  problem->file = g_file_new_for_path (record->path);
  problem->reason = g_utf8_make_valid (record->reason, -1);
  problem->detail = g_utf8_make_valid (record->detail, -1);
  problem->attempts = record->attempts;
  return problem;
}

static LibraryProblemRecord *
decode (LibraryReader *reader)
{
  g_autoptr (LibraryProblemRecord) problem = g_new0 (LibraryProblemRecord, 1);

  problem->identity.device = library_read_u64 (reader);
  problem->identity.inode = library_read_u64 (reader);
  problem->identity.size = (gint64) library_read_u64 (reader);
  problem->identity.mtime = (gint64) library_read_u64 (reader);
  problem->attempts = library_read_u32 (reader);
  problem->reason = library_read_text (reader, 64);
  problem->detail = library_read_text (reader, LIBRARY_MAX_PATH_BYTES * 4);
  problem->path = library_read_text (reader, LIBRARY_MAX_PATH_BYTES);
  if (!library_read_end (reader) || problem->path[0] != '/')
    return NULL;
  return g_steal_pointer (&problem);
}

LibraryProblemRecord *
library_problem_get (LibraryTxn *txn, const char *path)
{
  LibraryKey key = library_key_path (path);
  g_autoptr (LibraryProblemRecord) problem = NULL;
  LibraryReader reader;

  if (library_txn_get_record (txn, LIBRARY_TABLE_PROBLEMS, &key, LIBRARY_RECORD_PROBLEM, &reader))
    problem = decode (&reader);
  return problem != NULL && strcmp (problem->path, path) == 0 ? g_steal_pointer (&problem) : NULL;
}

void
library_problem_put (LibraryTxn *txn, const LibraryProblemRecord *problem)
{
  LibraryKey key = library_key_path (problem->path);
  g_autoptr (GByteArray) record = library_record_begin (LIBRARY_RECORD_PROBLEM);

  library_put_u64 (record, problem->identity.device);
  library_put_u64 (record, problem->identity.inode);
  library_put_u64 (record, (guint64) problem->identity.size);
  library_put_u64 (record, (guint64) problem->identity.mtime);
  library_put_u32 (record, problem->attempts);
  library_put_text (record, problem->reason);
  library_put_text (record, problem->detail);
  library_put_text (record, problem->path);
  library_txn_put_record (txn, LIBRARY_TABLE_PROBLEMS, &key, record);
}

void
library_problem_delete (LibraryTxn *txn, const char *path)
{
  LibraryKey key = library_key_path (path);

  library_txn_delete (txn, LIBRARY_TABLE_PROBLEMS, &key);
}

static gboolean
collect (LibraryTxn *txn, const LibraryKey *key, const guint8 *value, gsize length, gpointer data)
{
  LibraryProblemRecord *problem = NULL;
  LibraryReader reader;

  if (library_record_open (value, length, LIBRARY_RECORD_PROBLEM, key, &reader))
    problem = decode (&reader);
  if (problem != NULL)
    g_ptr_array_add (data, problem);
  else
    library_txn_report_damage (txn, LIBRARY_TABLE_PROBLEMS);
  return TRUE;
}

GPtrArray *
library_problem_list (LibraryTxn *txn)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func ((GDestroyNotify) library_problem_record_free);

  library_txn_walk (txn, LIBRARY_TABLE_PROBLEMS, NULL, 0, collect, problems);
  return problems;
}
