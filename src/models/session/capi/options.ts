/** The options of a session, and of the provider that its device has. */

import type { Asked } from '../session.js'
import { cudaEntries, tensorrtEntries } from '../settings.js'
import { mustBeFine, type Native, type OrtLibrary } from './library.js'
import type { FunctionName } from './table.js'

/** As `sessionOptions` of onnxruntime-node's sessions has them, for the same reasons. */
export function withOptions<T>(library: OrtLibrary, asked: Asked, use: (options: unknown) => T): T {
  const { call } = library
  const made = [null]
  mustBeFine(call, call.CreateSessionOptions(made))
  const [options] = made
  const set = (name: FunctionName, ...given: unknown[]) => mustBeFine(call, call[name](options, ...given))
  try {
    set('SetSessionGraphOptimizationLevel', 99)
    set('SetSessionExecutionMode', 0)
    set('SetIntraOpNumThreads', asked.threads)
    set('SetInterOpNumThreads', 1)
    set('EnableCpuMemArena')
    set('DisableMemPattern')
    set('SetSessionLogSeverityLevel', 4)
    for (const [key, value] of Object.entries(entriesOf(asked))) set('AddSessionConfigEntry', key, value)
    const { device, card, settings } = asked
    // What TensorRT does not know, CUDA does.
    if (device === 'tensorrt') append(library, options, 'TensorRT', tensorrtEntries(card, settings.tensorrt))
    if (device !== 'cpu') append(library, options, 'CUDA', cudaEntries(card, settings.cuda))
    return use(options)
  } finally {
    call.ReleaseSessionOptions(options)
  }
}

const entriesOf = ({ exactSums, folder, settings }: Asked): Readonly<Record<string, string>> => ({
  'session.intra_op.allow_spinning': '0',
  ...(exactSums ? { 'session.x64quantprecision': '1' } : {}),
  ...(folder === undefined ? {} : { 'session.model_external_initializers_file_folder_path': folder }),
  ...settings.session,
})

function append({ call }: OrtLibrary, options: unknown, provider: 'CUDA' | 'TensorRT', entries: Readonly<Record<string, string>>): void {
  const made = [null]
  mustBeFine(call, call[`Create${provider}ProviderOptions`](made))
  const [own] = made
  try {
    const keys = Object.keys(entries)
    const update: Native = call[`Update${provider}ProviderOptions`]
    mustBeFine(call, update(own, keys, Object.values(entries), keys.length))
    mustBeFine(call, call[`SessionOptionsAppendExecutionProvider_${provider}_V2`](options, own))
  } finally {
    call[`Release${provider}ProviderOptions`](own)
  }
}
