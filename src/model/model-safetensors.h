/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-error.h"
#include "compute.h"

G_BEGIN_DECLS

/**
 * ModelSafetensors:
 *
 * A mapped safetensors file whose every rule was checked before anything is handed out: header inside the file and at
 * most MODEL_SAFETENSORS_HEADER bytes; known types; rank at most 8; shape times element size equal to the byte range;
 * ranges that follow each other without gap or overlap from 0 to the end of the file; no name twice.
 * Immutable; any thread may read it.  The bytes of a tensor keep the mapping alive.
 */
#define MODEL_SAFETENSORS_HEADER (16u * 1024u * 1024u)
#define MODEL_SAFETENSORS_TENSORS 20000u
#define MODEL_SAFETENSORS_RANK 8u

typedef struct
{
  char *name;
  gboolean usable;  /* F32, F16 or BF16 */
  ComputeType type; /* if usable */
  guint rank;
  guint64 shape[MODEL_SAFETENSORS_RANK];
  guint64 begin, end; /* within the data */
} ModelSafetensor;

typedef struct _ModelSafetensors ModelSafetensors;

/* Errors: MODEL_ERROR_DAMAGED, MODEL_ERROR_NOT_A_MODEL if there is no such file. */
ModelSafetensors *model_safetensors_open (const char *path, GError **error);
void model_safetensors_free (ModelSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelSafetensors, model_safetensors_free)

const char *model_safetensors_get_path (ModelSafetensors *file);
/* NULL if there is none of that name. */
const ModelSafetensor *model_safetensors_find (ModelSafetensors *file, const char *name);
/* (transfer full) */
GBytes *model_safetensors_get_bytes (ModelSafetensors *file, const ModelSafetensor *tensor);

G_END_DECLS
