/** What the device of a benchmark is, in words: rates say nothing without it. */

import { kindOf } from '../../src/core/devices.js'
import { loadKoffi } from '../../src/core/host/native.js'
import { ortLibrary } from '../../src/models/session/capi/library.js'
import { driverCuda, nvidiaCards } from '../../src/models/session/cards.js'
import { sizeText } from '../../src/models/session/on-card.js'
import { placeOfOpenVino } from '../../src/models/session/openvino/places.js'
import { versionInName } from '../../src/models/session/openvino/version.js'
import { processorFlags } from '../../src/models/session/processor.js'
import { providersBeside } from '../../src/workshop/devices/beside.js'

/** A line each; what cannot be asked is said to be unknown. */
export async function deviceFacts(device: string): Promise<readonly string[]> {
  const kind = kindOf(device)
  const facts = kind === 'cuda' || kind === 'tensorrt' ? nvidia : kind === 'webgpu' ? vulkan : kind === 'openvino' ? openVino : processor
  return facts().catch((error: Error) => [`unknown: ${error.message}`])
}

async function nvidia(): Promise<readonly string[]> {
  const cards = await nvidiaCards()
  const library = await ortLibrary()
  const { providers } = await providersBeside(library)
  return [
    ...cards.map(({ name, bytes }, i) => `card ${i}: ${name}, ${sizeText(bytes)}`),
    `driver for CUDA ${(await driverCuda()) ?? 'unknown'}; ONNX Runtime ${library.version}, commit ${library.commit ?? 'unknown'}`,
    ...providers.map(({ name, cuda }) => `provider ${name}, built for CUDA ${cuda ?? 'unknown'}`),
  ]
}

async function openVino(): Promise<readonly string[]> {
  const { file } = await placeOfOpenVino(process.env)
  return [`OpenVINO ${versionInName(file) ?? 'of unknown version'}`, ...(await processor())]
}

async function processor(): Promise<readonly string[]> {
  const wanted = ['avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'amx_int8', 'amx_fp16']
  const flags = processorFlags()
  return [flags === null ? 'instructions unknown' : `instructions: ${wanted.filter((flag) => flags.has(flag)).join(', ')}`]
}

const kinds = ['other', 'integrated GPU', 'GPU', 'virtual GPU', 'software'] as const

/** Devices as Vulkan lists them; which of them Dawn takes it does not say. */
async function vulkan(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return ['as the system chooses']
  const koffi = await loadKoffi()
  if (koffi === undefined) return ['unknown: koffi is not installed']
  const library = koffi.load('libvulkan.so.1')
  // struct VkInstanceCreateInfo { sType 1, pNext, flags, application, layers (count, names), extensions (count, names) }
  const wanted = Buffer.alloc(64)
  wanted.writeUInt32LE(1, 0)
  const instance = [null]
  const code = library.func('int vkCreateInstance(void *info, void *allocator, _Out_ void **instance)')(wanted, null, instance)
  if (code !== 0) return [`no instance of Vulkan: ${code}`]
  const count = new Uint32Array(1)
  const list = library.func('int vkEnumeratePhysicalDevices(void *instance, void *count, void *devices)')
  list(instance[0], count, null)
  const devices = new BigUint64Array(count[0]!)
  list(instance[0], count, devices)
  const ask = library.func('void vkGetPhysicalDeviceProperties(uint64_t device, void *properties)')
  const found = Array.from(devices, (one) => {
    // apiVersion 4 · driverVersion 4 · vendor 4 · device 4 · type 4 · name 256 · …, 824 bytes in all
    const properties = Buffer.alloc(1024)
    ask(one, properties)
    const version = properties.readUInt32LE(0)
    const name = properties.toString('utf8', 20, properties.indexOf(0, 20))
    return `${name} (${kinds[properties.readUInt32LE(16)] ?? 'unknown kind'}), Vulkan ${(version >>> 22) & 127}.${(version >>> 12) & 1023}`
  })
  library.func('void vkDestroyInstance(void *instance, void *allocator)')(instance[0], null)
  return found
}
