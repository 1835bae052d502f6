/** Devices: which there can be, what each needs, and how onnxruntime-node is told of one. */

import type { DeviceName } from '../../core/model.js'
import { cure as openVinoCure } from './openvino/cure.js'
import type { InferenceSession, Ort } from './ort.js'
import type { Loadable } from './session.js'

/** What a device needs, in one line, where nothing is seen to be missing (`why-not.ts` looks). */
export const cures: Readonly<Record<DeviceName, string>> = {
  cpu: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
  cuda: "an NVIDIA GPU with its driver, and ONNX Runtime's CUDA provider with the CUDA and cuDNN that it asks for (docs/gpu.md)",
  tensorrt: 'TensorRT 10 beside what cuda needs',
  webgpu: 'a GPU whose driver speaks Vulkan, Metal or Direct3D 12 (docs/gpu.md)',
  dml: 'Windows 10 or later with a Direct3D 12 GPU',
  coreml: 'macOS',
  openvino: openVinoCure,
}

/** Devices that can be there at all on this system. */
export function possibleDevices(platform: string = process.platform): readonly DeviceName[] {
  const here: Record<string, readonly DeviceName[]> = {
    linux: ['cpu', 'openvino', 'cuda', 'tensorrt', 'webgpu'],
    win32: ['cpu', 'openvino', 'cuda', 'tensorrt', 'webgpu', 'dml'],
    darwin: ['cpu', 'openvino', 'webgpu', 'coreml'],
  }
  return here[platform] ?? ['cpu']
}

/**
 * How sessions are made, for a reason each: full optimisation (`extended` is half as fast); one thread (lanes are the threads);
 * no spinning (waiting threads of one session halve the rate of another); the arena stays on, since batches have one shape; no pattern of
 * memory, since it is laid out beside what the first batch took and both stay (a fifth of a session, for nothing that could be measured); exact sums of bytes where a processor would cut them off (wide-bytes.ts).
 */
export function sessionOptions(
  device: DeviceName,
  threads: number,
  { exactSums = false, folder, entries }: SessionExtras = {},
): InferenceSession.SessionOptions {
  const session = {
    intra_op: { allow_spinning: '0' },
    ...(exactSums ? { x64quantprecision: '1' } : {}),
    ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
  }
  return {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { session, ...entries },
  }
}

export interface SessionExtras {
  /** Its sums of bytes would be cut off on this processor (wide-bytes.ts). */
  readonly exactSums?: boolean
  /** Where the files lie that a graph of bytes keeps tensors in. */
  readonly folder?: string
  /** Further entries of the session's configuration, by ONNX Runtime's names. */
  readonly entries?: Readonly<Record<string, string>>
}

export async function makeSession(
  ort: Ort,
  model: Loadable,
  device: DeviceName,
  threads: number,
  extras: SessionExtras = {},
): Promise<InferenceSession> {
  const options = sessionOptions(device, threads, extras)
  if (typeof model === 'string') return ort.InferenceSession.create(model, options)
  // The runtime refuses shared memory: a copy, gone when the session stands.
  return ort.InferenceSession.create(model.buffer instanceof SharedArrayBuffer ? model.slice() : model, options)
}

/** The runtime's messages begin with places in its source and may have many lines; people need the last sentence of the first. */
export function reasonOf(cause: unknown): string {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  const said = first
    .replace(/^.*was false\. /, '')
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : (?:\S+:\d+ \w+ )?/, '')
    .replace(/^\/\S+ (?:.*?\) )?/, '')
    .replace(/^\S+\.(?:cc|h):\d+ \w+ /, '')
    // CUDA's add the name of the machine, which is nobody's business, and a place in their source.
    .replace(/ ; GPU=.*$/, '')
  return (said === '' ? first : said).slice(0, 400)
}
