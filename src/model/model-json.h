/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-error.h"

G_BEGIN_DECLS

/**
 * ModelJson:
 *
 * A JSON value read by a small strict parser (RFC 8259) with bounds: nesting at most MODEL_JSON_DEPTH, size as the
 * caller says.  Keys of an object keep their order; a key that stands twice is an error.
 */
#define MODEL_JSON_DEPTH 32

typedef enum
{
  MODEL_JSON_NULL,
  MODEL_JSON_FALSE,
  MODEL_JSON_TRUE,
  MODEL_JSON_NUMBER,
  MODEL_JSON_STRING,
  MODEL_JSON_ARRAY,
  MODEL_JSON_OBJECT,
} ModelJsonType;

typedef struct _ModelJson ModelJson;
struct _ModelJson
{
  ModelJsonType type;
  char *key;         /* of an object's member, else NULL */
  gboolean integral; /* a number without fraction or exponent that fits `integer` */
  gint64 integer;
  double number;
  char *string;        /* UTF-8 without NUL */
  GPtrArray *values;   /* of ModelJson: elements, or members in order */
  GHashTable *members; /* key -> ModelJson, of an object */
};

/* Errors: MODEL_ERROR_DAMAGED with the byte where it went wrong. */
ModelJson *model_json_parse (const char *text, gsize length, GError **error);
/* Reads and parses a file of at most `limit` bytes; messages name the file. */
ModelJson *model_json_load (const char *path, gsize limit, GError **error);
void model_json_free (ModelJson *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelJson, model_json_free)

/* The member of that name, or NULL; NULL also where `json` is NULL or no object. */
const ModelJson *model_json_get (const ModelJson *json, const char *key);

G_END_DECLS
