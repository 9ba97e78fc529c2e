/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-options.h"

G_BEGIN_DECLS

/* The options that search and similar share. */
typedef struct
{
  int limit;
  gboolean all;
} CliLimit;

#define CLI_LIMIT_DEFAULT 20
#define CLI_LIMIT_ENTRIES(limit_)                                                                             \
  { "limit", 0, 0, G_OPTION_ARG_INT, &(limit_)->limit, N_ ("Show so many results (default: 20)"), N_ ("N") }, \
  {                                                                                                           \
    "all", 0, 0, G_OPTION_ARG_NONE, &(limit_)->all, N_ ("Show every photo, the best first"), NULL             \
  }

/* Searches and shows what was found, as JSON lines or as a table for people. */
CliStatus cli_results_run (const CliOptions *options, const LibraryQuery *query, const CliLimit *limit);

G_END_DECLS
