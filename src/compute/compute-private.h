/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the two backends share: the contract between the program builder and whoever runs it.  Not for other layers. */
#include "compute.h"

G_BEGIN_DECLS

typedef enum
{
  COMPUTE_WEIGHT_MATRIX,
  COMPUTE_WEIGHT_TABLE,
  COMPUTE_WEIGHT_VECTOR,
} ComputeWeightKind;

struct _ComputeWeight
{
  guint index; /* in its ComputeWeights */
  char *name;
  ComputeWeightKind kind;
  ComputeType type;
  guint rows;          /* matrix: outputs (N); table: rows; vector: 1 */
  guint columns;       /* matrix: inputs (K); table: columns; vector: length */
  gboolean transposed; /* matrix: data is inputs x outputs */
  gboolean wide;       /* some value lies outside f16's range (or would lose all precision in it): keep in f32 */
  GBytes *data;
};

struct _ComputeWeights
{
  gatomicrefcount ref_count;
  ComputeDevice *device;
  ComputePrecision precision;
  GPtrArray *list;        /* of ComputeWeight */
  GMutex lock;            /* guards backend_state */
  gpointer backend_state; /* packed copies; freed by backend->weights_free */
};

/* Reads element i of a weight as float, whatever its type: for packing and for vectors. */
float compute_weight_get (const ComputeWeight *weight, gsize i);
/* Converts n elements from `start` (in the order of the data) to f32. */
void compute_weight_read (const ComputeWeight *weight, gsize start, gsize n, float *out);

typedef enum
{
  COMPUTE_TENSOR_INPUT,
  COMPUTE_TENSOR_CONSTANT,
  COMPUTE_TENSOR_STATE,
  COMPUTE_TENSOR_RESULT,
} ComputeTensorRole;

struct _ComputeTensor
{
  guint index; /* in its program */
  ComputeTensorRole role;
  ComputeType type;    /* U8, I32, or F32 for anything that is a number (stored as the backend sees fit) */
  guint rows, columns; /* of one item */
  gboolean shared;     /* one item for all */
  gboolean stream;     /* must be stored in f32 */
  gboolean output;
  char *name;              /* or NULL */
  ComputeWeight *table;    /* role CONSTANT */
  guint first_op, last_op; /* lifetime, for memory planning; outputs, inputs and states live for ever */
};

struct _ComputeInteger
{
  guint index;
  char *name;
  gint32 value;
};

typedef enum
{
  COMPUTE_OP_PATCHES,
  COMPUTE_OP_EMBED,
  COMPUTE_OP_SEQUENCE,
  COMPUTE_OP_MATMUL,
  COMPUTE_OP_LAYERNORM,
  COMPUTE_OP_ATTENTION,
  COMPUTE_OP_SELECT,
  COMPUTE_OP_APPEND,
  COMPUTE_OP_NORMALIZE,
  COMPUTE_OP_KINDS,
} ComputeOpKind;

/* One operation.  Unused members are zero. */
typedef struct
{
  ComputeOpKind kind;
  ComputeTensor *output; /* APPEND: the state */
  ComputeTensor *input;  /* PATCHES, EMBED (ids), SEQUENCE (body), MATMUL, LAYERNORM, SELECT, APPEND, NORMALIZE */
  union
  {
    struct
    {
      guint side, patch;
      float mean[3], std[3];
    } patches;
    struct
    {
      ComputeWeight *table;
    } embed;
    struct
    {
      ComputeWeight *first, *last, *positions;
    } sequence;
    ComputeMatmul matmul;
    struct
    {
      ComputeWeight *gain, *bias;
      float epsilon;
    } layernorm;
    ComputeAttention attention;
    struct
    {
      ComputeTensor *rows;
      guint row;
    } select;
    struct
    {
      ComputeInteger *position;
    } append;
    struct
    {
      float epsilon;
    } normalize;
  };
} ComputeOp;

struct _ComputeProgram
{
  gatomicrefcount ref_count;
  char *name;
  ComputeWeights *weights;
  guint capacity;
  GPtrArray *tensors;  /* of ComputeTensor, by index */
  GPtrArray *integers; /* of ComputeInteger, by index */
  GPtrArray *ops;      /* of ComputeOp, in order */
  gboolean prepared;
  gpointer backend_state;
};

/* For the operations' builders: a new tensor, and an operation copied to the end of the list. */
ComputeTensor *compute_program_tensor (ComputeProgram *program, ComputeTensorRole role, ComputeType type, guint rows, guint columns);
void compute_program_add (ComputeProgram *program, const ComputeOp *op);

/* A backend: a table of functions.  `state` pointers are its own. */
typedef struct
{
  const char *name;
  /* Appends ComputeDeviceInfo to `list`; must not fail. */
  void (*list) (GPtrArray *list);
  /* Opens the device that list() called `id`. */
  gpointer (*open) (const char *id, GError **error);
  void (*close) (gpointer device_state);
  void (*weights_free) (gpointer weights_state);
  gboolean (*prepare) (ComputeProgram *program, GError **error);
  void (*write) (ComputeProgram *program, ComputeTensor *input, const void *data, guint items);
  gboolean (*run) (ComputeProgram *program, guint items, GError **error); /* integers: program->integers[i]->value */
  void (*read) (ComputeProgram *program, ComputeTensor *output, float *data, guint items);
  void (*program_free) (gpointer program_state);
} ComputeBackend;

extern const ComputeBackend compute_cpu_backend;    /* compute-cpu.c */
extern const ComputeBackend compute_vulkan_backend; /* compute-vulkan.c */

struct _ComputeDevice
{
  gatomicrefcount ref_count;
  const ComputeBackend *backend;
  ComputeDeviceInfo *info;
  gpointer backend_state;
};

G_END_DECLS
