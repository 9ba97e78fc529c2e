/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-private.h"

static const ComputeBackend *const backends[] = { &compute_vulkan_backend, &compute_cpu_backend };

void
compute_device_info_free (ComputeDeviceInfo *info)
{
  if (!info)
    return;
  g_free (info->id);
  g_free (info->name);
  g_free (info->driver);
  g_free (info);
}

GPtrArray *
compute_device_list (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) compute_device_info_free);

  for (gsize i = 0; i < G_N_ELEMENTS (backends); i++)
    backends[i]->list (list);
  return list;
}

static gboolean
matches (const ComputeDeviceInfo *info, const char *spec)
{
  if (g_str_equal (spec, "auto"))
    return info->kind != COMPUTE_DEVICE_SOFTWARE_VULKAN;
  if (g_str_equal (spec, "vulkan"))
    return info->kind == COMPUTE_DEVICE_VULKAN;
  if (g_str_equal (spec, "software-vulkan"))
    return info->kind == COMPUTE_DEVICE_SOFTWARE_VULKAN;
  return g_str_equal (spec, info->id);
}

static char *
describe (GPtrArray *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      const ComputeDeviceInfo *info = list->pdata[i];

      g_string_append_printf (text, "%s%s (%s)", i ? ", " : "", info->id, info->name);
    }
  return g_string_free (text, FALSE);
}

static const ComputeBackend *
backend_of (const ComputeDeviceInfo *info)
{
  return info->kind == COMPUTE_DEVICE_CPU ? &compute_cpu_backend : &compute_vulkan_backend;
}

static ComputeDevice *
open_info (const ComputeDeviceInfo *info, GError **error)
{
  const ComputeBackend *backend = backend_of (info);
  gpointer state = backend->open (info->id, error);
  ComputeDevice *device;

  if (!state)
    return NULL;
  device = g_new0 (ComputeDevice, 1);
  g_atomic_ref_count_init (&device->ref_count);
  device->backend = backend;
  device->backend_state = state;
  device->info = g_new0 (ComputeDeviceInfo, 1);
  *device->info = *info;
  device->info->id = g_strdup (info->id);
  device->info->name = g_strdup (info->name);
  device->info->driver = g_strdup (info->driver);
  return device;
}

ComputeDevice *
compute_device_open (const char *spec, GError **error)
{
  g_autoptr (GPtrArray) list = compute_device_list ();
  g_autofree char *known = NULL;
  gboolean automatic;

  if (!spec)
    spec = g_getenv ("EIDETIC_DEVICE");
  if (!spec || !*spec)
    spec = "auto";
  automatic = g_str_equal (spec, "auto");
  for (guint i = 0; i < list->len; i++)
    {
      g_autoptr (GError) reason = NULL;
      ComputeDevice *device;

      if (!matches (list->pdata[i], spec))
        continue;
      device = open_info (list->pdata[i], &reason);
      if (device)
        return device;
      /* A GPU that cannot be opened makes way for the next device only if nobody asked for it by name. */
      if (!automatic || i + 1 == list->len)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      g_message ("Passing over a device: %s", reason->message);
    }
  known = describe (list);
  g_set_error (error, COMPUTE_ERROR, COMPUTE_ERROR_NO_DEVICE, "There is no device “%s” here; there is %s", spec, known);
  return NULL;
}

ComputeDevice *
compute_device_ref (ComputeDevice *device)
{
  g_atomic_ref_count_inc (&device->ref_count);
  return device;
}

void
compute_device_unref (ComputeDevice *device)
{
  if (!g_atomic_ref_count_dec (&device->ref_count))
    return;
  device->backend->close (device->backend_state);
  compute_device_info_free (device->info);
  g_free (device);
}

const ComputeDeviceInfo *
compute_device_get_info (ComputeDevice *device)
{
  return device->info;
}
