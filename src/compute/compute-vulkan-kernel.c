/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compute-vulkan-kernel.h"

#include <string.h>

extern const ComputeVulkanShader compute_vulkan_shader_append;
extern const ComputeVulkanShader compute_vulkan_shader_attention;
extern const ComputeVulkanShader compute_vulkan_shader_layernorm;
extern const ComputeVulkanShader compute_vulkan_shader_layernorm_lane;
extern const ComputeVulkanShader compute_vulkan_shader_matmul_lane;
extern const ComputeVulkanShader compute_vulkan_shader_matmul_tile;
extern const ComputeVulkanShader compute_vulkan_shader_normalize;
extern const ComputeVulkanShader compute_vulkan_shader_normalize_lane;
extern const ComputeVulkanShader compute_vulkan_shader_patches;
extern const ComputeVulkanShader compute_vulkan_shader_select;
extern const ComputeVulkanShader compute_vulkan_shader_sequence;

static const struct
{
  const ComputeVulkanShader *shader;
  guint inputs;
} table[COMPUTE_VULKAN_KERNELS] = {
  [COMPUTE_VULKAN_APPEND] = { &compute_vulkan_shader_append, 1 },
  [COMPUTE_VULKAN_ATTENTION] = { &compute_vulkan_shader_attention, 4 },
  [COMPUTE_VULKAN_LAYERNORM] = { &compute_vulkan_shader_layernorm, 3 },
  [COMPUTE_VULKAN_LAYERNORM_LANE] = { &compute_vulkan_shader_layernorm_lane, 3 },
  [COMPUTE_VULKAN_MATMUL_LANE] = { &compute_vulkan_shader_matmul_lane, 4 },
  [COMPUTE_VULKAN_MATMUL_TILE] = { &compute_vulkan_shader_matmul_tile, 4 },
  [COMPUTE_VULKAN_NORMALIZE] = { &compute_vulkan_shader_normalize, 1 },
  [COMPUTE_VULKAN_NORMALIZE_LANE] = { &compute_vulkan_shader_normalize_lane, 1 },
  [COMPUTE_VULKAN_PATCHES] = { &compute_vulkan_shader_patches, 1 },
  [COMPUTE_VULKAN_SELECT] = { &compute_vulkan_shader_select, 2 },
  [COMPUTE_VULKAN_SEQUENCE] = { &compute_vulkan_shader_sequence, 4 },
};

typedef struct
{
  guint32 kernel;
  guint32 constants[COMPUTE_VULKAN_MAX_CONSTANTS]; /* unused ones are zero */
} Key;

struct _ComputeVulkanKernels
{
  ComputeVulkanDevice *device;
  VkPipelineCache cache;
  VkShaderModule modules[COMPUTE_VULKAN_KERNELS];
  VkDescriptorSetLayout set_layouts[COMPUTE_VULKAN_MAX_INPUTS + 1];
  VkPipelineLayout layouts[COMPUTE_VULKAN_MAX_INPUTS + 1];
  GMutex lock;           /* guards modules and pipelines */
  GHashTable *pipelines; /* Key -> VkPipeline * */
};

static guint
key_hash (gconstpointer data)
{
  const guint32 *words = data;
  guint hash = 5381;

  for (gsize i = 0; i < sizeof (Key) / sizeof *words; i++)
    hash = hash * 33 + words[i];
  return hash;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

/* Binding 0: result; 1: control; 2 and up: inputs. */
static gboolean
create_layouts (ComputeVulkanKernels *self, guint inputs, GError **error)
{
  ComputeVulkanApi *vk = &self->device->vk;
  VkDescriptorSetLayoutBinding bindings[2 + COMPUTE_VULKAN_MAX_INPUTS];
  VkPushConstantRange push = { VK_SHADER_STAGE_COMPUTE_BIT, 0, COMPUTE_VULKAN_MAX_PUSH };
  VkDescriptorSetLayoutCreateInfo set = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
    .bindingCount = 2 + inputs,
    .pBindings = bindings,
  };
  VkPipelineLayoutCreateInfo layout = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
    .setLayoutCount = 1,
    .pSetLayouts = &self->set_layouts[inputs],
    .pushConstantRangeCount = 1,
    .pPushConstantRanges = &push,
  };

  for (guint i = 0; i < 2 + inputs; i++)
    bindings[i] = (VkDescriptorSetLayoutBinding){
      .binding = i,
      .descriptorType = i < 2 ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
      .descriptorCount = 1,
      .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
    };
  return VULKAN_TRY (vk, error, CreateDescriptorSetLayout, self->device->handle, &set, NULL, &self->set_layouts[inputs]) &&
         VULKAN_TRY (vk, error, CreatePipelineLayout, self->device->handle, &layout, NULL, &self->layouts[inputs]);
}

ComputeVulkanKernels *
compute_vulkan_kernels_new (ComputeVulkanDevice *device, GError **error)
{
  ComputeVulkanKernels *self = g_new0 (ComputeVulkanKernels, 1);
  VkPipelineCacheCreateInfo cache = { .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO };
  gboolean good;

  self->device = device;
  g_mutex_init (&self->lock);
  self->pipelines = g_hash_table_new_full (key_hash, key_equal, g_free, g_free);
  good = VULKAN_TRY (&device->vk, error, CreatePipelineCache, device->handle, &cache, NULL, &self->cache);
  for (guint inputs = 1; good && inputs <= COMPUTE_VULKAN_MAX_INPUTS; inputs++)
    good = create_layouts (self, inputs, error);
  if (good)
    return self;
  compute_vulkan_kernels_free (self);
  return NULL;
}

void
compute_vulkan_kernels_free (ComputeVulkanKernels *self)
{
  ComputeVulkanApi *vk;
  VkDevice device;
  GHashTableIter iter;
  gpointer pipeline;

  if (!self)
    return;
  vk = &self->device->vk;
  device = self->device->handle;
  g_hash_table_iter_init (&iter, self->pipelines);
  while (g_hash_table_iter_next (&iter, NULL, &pipeline))
    vk->DestroyPipeline (device, *(VkPipeline *) pipeline, NULL);
  for (guint i = 0; i < COMPUTE_VULKAN_KERNELS; i++)
    vk->DestroyShaderModule (device, self->modules[i], NULL);
  for (guint i = 0; i <= COMPUTE_VULKAN_MAX_INPUTS; i++)
    {
      vk->DestroyPipelineLayout (device, self->layouts[i], NULL);
      vk->DestroyDescriptorSetLayout (device, self->set_layouts[i], NULL);
    }
  vk->DestroyPipelineCache (device, self->cache, NULL);
  g_hash_table_unref (self->pipelines);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint
compute_vulkan_kernel_inputs (ComputeVulkanKernel kernel)
{
  return table[kernel].inputs;
}

VkDescriptorSetLayout
compute_vulkan_kernels_set_layout (ComputeVulkanKernels *self, guint inputs)
{
  return self->set_layouts[inputs];
}

VkPipelineLayout
compute_vulkan_kernels_pipeline_layout (ComputeVulkanKernels *self, guint inputs)
{
  return self->layouts[inputs];
}

static gboolean
load_module (ComputeVulkanKernels *self, ComputeVulkanKernel kernel, GError **error)
{
  VkShaderModuleCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
    .codeSize = table[kernel].shader->size,
    .pCode = table[kernel].shader->words,
  };

  return self->modules[kernel] ||
         VULKAN_TRY (&self->device->vk, error, CreateShaderModule, self->device->handle, &info, NULL, &self->modules[kernel]);
}

static gboolean
create_pipeline (ComputeVulkanKernels *self, const Key *key, guint n, VkPipeline *pipeline, GError **error)
{
  VkSpecializationMapEntry entries[COMPUTE_VULKAN_MAX_CONSTANTS];
  VkSpecializationInfo specialization = { n, entries, n * sizeof *key->constants, key->constants };
  VkComputePipelineCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
    .stage = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
      .module = self->modules[key->kernel],
      .pName = "main",
      .pSpecializationInfo = &specialization,
    },
    .layout = self->layouts[table[key->kernel].inputs],
  };

  for (guint i = 0; i < n; i++)
    entries[i] = (VkSpecializationMapEntry){ i, i * sizeof *key->constants, sizeof *key->constants };
  return VULKAN_TRY (&self->device->vk, error, CreateComputePipelines, self->device->handle, self->cache, 1, &info, NULL, pipeline);
}

VkPipeline
compute_vulkan_kernels_pipeline (ComputeVulkanKernels *self, ComputeVulkanKernel kernel, const guint32 *constants, guint n, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Key key = { .kernel = kernel };
  VkPipeline *known, made = VK_NULL_HANDLE;

  g_assert (n <= COMPUTE_VULKAN_MAX_CONSTANTS);
  memcpy (key.constants, constants, n * sizeof *constants);
  known = g_hash_table_lookup (self->pipelines, &key);
  if (known)
    return *known;
  if (!load_module (self, kernel, error) || !create_pipeline (self, &key, n, &made, error))
    {
      g_prefix_error (error, "Kernel “%s”: ", table[kernel].shader->name);
      return VK_NULL_HANDLE;
    }
  g_hash_table_insert (self->pipelines, g_memdup2 (&key, sizeof key), g_memdup2 (&made, sizeof made));
  return made;
}
