/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CPU backend: matrix products by oneDNN, the rest by own loops. */
#include "compute-cpu-private.h"

#include <string.h>

gboolean
compute_cpu_check (dnnl_status_t status, const char *what, GError **error)
{
  if (status == dnnl_success)
    return TRUE;
  g_set_error (error, COMPUTE_ERROR,
               status == dnnl_out_of_memory ? COMPUTE_ERROR_OUT_OF_MEMORY : COMPUTE_ERROR_FAILED,
               "The processor could not %s (oneDNN status %d)", what, (int) status);
  return FALSE;
}

/* Emulated bf16 (plain AVX-512) is slower than f32, so only real instructions count. */
static gboolean
has_bf16 (void)
{
#ifdef __x86_64__
  __builtin_cpu_init ();
  return __builtin_cpu_supports ("avx512bf16") && (dnnl_get_effective_cpu_isa () & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
#else
  return FALSE;
#endif
}

static char *
processor_name (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    {
      lines = g_strsplit (text, "\n", 64);
      for (guint i = 0; lines[i]; i++)
        if (g_str_has_prefix (lines[i], "model name") && strchr (lines[i], ':'))
          return g_strstrip (g_strdup (strchr (lines[i], ':') + 1));
    }
  return g_strdup ("Processor");
}

static void
list (GPtrArray *devices)
{
  ComputeDeviceInfo *info = g_new0 (ComputeDeviceInfo, 1);
  const dnnl_version_t *version = dnnl_version ();
  g_autofree char *name = processor_name ();

  info->id = g_strdup ("cpu");
  info->kind = COMPUTE_DEVICE_CPU;
  info->fast = has_bf16 ();
  info->name = g_strdup_printf ("%s%s", name, info->fast ? " with bf16" : "");
  info->driver = g_strdup_printf ("oneDNN %d.%d.%d", version->major, version->minor, version->patch);
  g_ptr_array_add (devices, info);
}

static gpointer
open_device (const char *id, GError **error)
{
  g_autofree ComputeCpuDevice *device = g_new0 (ComputeCpuDevice, 1);

  if (!compute_cpu_check (dnnl_engine_create (&device->engine, dnnl_cpu, 0), "start oneDNN", error))
    return NULL;
  device->bf16 = has_bf16 ();
  return g_steal_pointer (&device);
}

static void
close_device (gpointer state)
{
  ComputeCpuDevice *device = state;

  dnnl_engine_destroy (device->engine);
  g_free (device);
}

const ComputeBackend compute_cpu_backend = {
  .name = "cpu",
  .list = list,
  .open = open_device,
  .close = close_device,
  .weights_free = compute_cpu_packed_free,
  .prepare = compute_cpu_prepare,
  .write = compute_cpu_write,
  .run = compute_cpu_run,
  .read = compute_cpu_read,
  .program_free = compute_cpu_program_free,
};
