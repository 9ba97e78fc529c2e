/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "image-worker.h"

G_BEGIN_DECLS

#define IMAGE_WORKER_CPU_MS 10000
#define IMAGE_WORKER_WALL_MS 20000

/* For tests: other limits for each file than IMAGE_WORKER_CPU_MS and IMAGE_WORKER_WALL_MS. */
void image_worker_set_limits (ImageWorker *worker, guint cpu_ms, guint wall_ms);

/* For tests: the program to run. */
void image_worker_set_program (ImageWorker *worker, const char *program);

/* For tests: the process, 0 if none runs. */
GPid image_worker_get_pid (ImageWorker *worker);

G_END_DECLS
