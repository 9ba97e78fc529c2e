/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Tables of make-unicode-tables.py, all sorted by their first member. */
#include <glib.h>

typedef struct
{
  gunichar first, last;
} ModelUnicodeRange;

typedef struct
{
  gunichar from, to;
} ModelUnicodePair;

typedef struct
{
  const char *name, *text; /* "eacute;", its characters in UTF-8 */
} ModelEntity;

extern const ModelUnicodeRange model_unicode_letters[], model_unicode_numbers[];
extern const ModelUnicodeRange model_unicode_case_ignorable[], model_unicode_cased[];
extern const ModelUnicodePair model_unicode_lower[], model_unicode_width[];
extern const ModelEntity model_unicode_entities[];
extern const gsize n_model_unicode_letters, n_model_unicode_numbers, n_model_unicode_case_ignorable, n_model_unicode_cased;
extern const gsize n_model_unicode_lower, n_model_unicode_width, n_model_unicode_entities;
