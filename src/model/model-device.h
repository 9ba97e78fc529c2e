/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The devices a model can run on, for people to choose from: the layers above know no others. */
typedef struct
{
  char *id; /* "cpu", "vulkan:0": what model_clip_load() takes */
  char *name;
  char *driver;
  gboolean software; /* Vulkan computed by the processor: for tests, never chosen by itself */
  gboolean chosen;   /* the one "auto" means */
} ModelDevice;

void model_device_free (ModelDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelDevice, model_device_free)
/* (element-type ModelDevice) (transfer full) */
GPtrArray *model_device_list (void);
/* Runs a small program with a known answer on the device.  FALSE with the reason (MODEL_ERROR_FAILED) if it answers
 * wrongly or not at all.  id: as model_clip_load() takes it.  Blocks for a moment. */
gboolean model_device_check (const char *id, GError **error);

G_END_DECLS
