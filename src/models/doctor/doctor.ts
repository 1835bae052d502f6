/** What works here and what does not, each tried for real, with the one-line cure. */

import { ModelError, TiastreamError } from '../../core/errors.js'
import { refusedByNode } from '../../core/host/node-forbids.js'
import { cures, possibleDevices } from '../session/device.js'
import { placeOfOpenVino } from '../session/openvino/places.js'
import { versionInName } from '../session/openvino/version.js'
import { loadOrt } from '../session/ort.js'
import { hasAmx, hasVnni } from '../session/processor.js'
import { askBundled } from './doctor-model.js'
import { probeApart } from './probe-apart.js'

export interface Finding {
  readonly what: string
  readonly ok: boolean
  /** What was found: a version, a time, or why it does not work. */
  readonly detail: string
  /** What to do about it, when it does not work. */
  readonly cure?: string
  /** False for things that one can well do without (a GPU). */
  readonly needed: boolean
}

/** One thing to try: `attempt` says what it found, or throws. */
export interface Check {
  readonly what: string
  readonly needed: boolean
  readonly cure: string
  readonly attempt: () => Promise<string>
}

/** Node, the runtime, every device that can be on this system, a bundled model; then `more`, what other floors want tried. */
export async function* diagnose(more: readonly Check[] = []): AsyncGenerator<Finding> {
  const refused = refusedByNode()
  for (const check of [
    nodeCheck,
    optionsCheck(refused),
    runtimeCheck,
    ...possibleDevices().map(deviceCheck),
    ...byteChecks(),
    modelCheck,
    ...more,
  ]) {
    const { what, needed, cure } = check
    try {
      yield { what, needed, ok: true, detail: await check.attempt() }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      const hint = error instanceof TiastreamError ? error.hint : undefined
      // Where Node itself refuses, no package that is laid anew helps.
      const own = cure === '' ? (hint ?? '') : cure
      yield { what, needed, ok: false, detail, cure: refused && error !== refused ? '' : own }
    }
  }
}

const oldestNode = [20, 19] as const

const nodeCheck: Check = {
  what: 'Node.js',
  needed: true,
  cure: `install Node.js ${oldestNode.join('.')} or later`,
  attempt: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const old = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
    if (old) throw new Error(`${process.version} is too old`)
    return `${process.version} on ${process.platform} ${process.arch}`
  },
}

const optionsCheck = (refused: Error | undefined): Check => ({
  what: "Node's options",
  needed: true,
  cure: '',
  attempt: async () => {
    if (refused) throw refused
    return 'let native modules load'
  },
})

const runtimeCheck: Check = {
  what: 'onnxruntime-node',
  needed: true,
  cure: '',
  attempt: async () => {
    const { env } = await loadOrt()
    return `version ${env.versions.node ?? env.versions.common}`
  },
}

const deviceCheck = (device: ReturnType<typeof possibleDevices>[number]): Check => ({
  what: `device ${device}`,
  needed: device === 'cpu',
  cure: '',
  attempt: async () => {
    const probe = await probeApart(device)
    if (!probe.ok) throw new ModelError('DEVICE_MISSING', probe.why, { hint: probe.cure === '' ? cures[device] : probe.cure })
    if (device === 'openvino') return openVinoWords(probe.ms)
    return `a session was made and computed rightly in ${Math.round(probe.ms)} ms`
  },
})

async function openVinoWords(ms: number): Promise<string> {
  const { file, folder } = await placeOfOpenVino(process.env)
  const version = versionInName(file)
  const pays = hasAmx('bf16') === true ? ', and the processor has AMX: see infer: { precision: auto }' : ''
  return `OpenVINO${version === null ? '' : ` ${version}`} in ${folder} computed rightly in ${Math.round(ms)} ms${pays}`
}

/** Where the system says what its processor can. */
function byteChecks(): Check[] {
  const vnni = hasVnni()
  if (vnni === null) return []
  return [
    {
      what: 'int8 at full speed',
      needed: false,
      cure: 'on this processor int8 models are as exact as elsewhere, and fast when made with: tiastream models quantize --seven-bits',
      attempt: async () => {
        if (!vnni) throw new Error('the processor has no VNNI')
        return 'the processor has VNNI'
      },
    },
  ]
}

const modelCheck: Check = {
  what: 'a bundled model',
  needed: true,
  cure: 'install tiastream again: its models are part of the package',
  attempt: async () => {
    const { name, ms } = await askBundled()
    return `${name} answers in ${Math.round(ms)} ms`
  },
}
