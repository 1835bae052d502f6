/** A wheel by `pip download`: from the index that the user's pip is configured for, with its proxies, certificates and cache. Nothing is installed. */

import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'

const pips: readonly (readonly string[])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
]

/** Wheels are the same for every Python but for the part that is not taken: one that recent versions have been made for. */
const python = '3.12'
const platforms: Readonly<Record<string, readonly string[]>> = {
  linux: ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64'],
  win32: ['win_amd64'],
}

export interface PipOptions {
  readonly signal?: AbortSignal
  /** What pip prints, as it comes. */
  readonly onText?: (text: string) => void
}

/** The file of the wheel, in `folder`, which is empty before. Throws ModelError PROVIDERS_MISSING. */
export async function downloadWheel(version: string, folder: string, options: PipOptions = {}): Promise<string> {
  const asked = `onnxruntime-gpu==${version}`
  const only = ['--no-deps', '--only-binary=:all:', '--implementation', 'cp', '--python-version', python]
  const tags = (platforms[process.platform] ?? []).flatMap((tag) => ['--platform', tag])
  const given = ['download', '--disable-pip-version-check', '--no-input', ...only, ...tags, '--dest', folder, asked]
  for (const [program, ...first] of pips) {
    const ended = await call(program!, [...first, ...given], folder, options)
    if (ended === null) continue
    const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl'))
    if (ended.code === 0 && wheels.length === 1) return path.join(folder, wheels[0]!)
    if (ended.hasPip)
      throw missing(
        `pip fetched no ${asked}: ${ended.last}`,
        'fetch the wheel elsewhere (pip download --no-deps), and name it: tiastream devices install cuda --wheel FILE',
      )
  }
  throw missing(
    'pip is not found, which would fetch the wheel',
    'install Python with pip, or name a wheel: tiastream devices install cuda --wheel FILE',
  )
}

const missing = (message: string, hint: string) => new ModelError('PROVIDERS_MISSING', message, { hint })

interface Ended {
  readonly code: number | null
  /** There are Pythons without. */
  readonly hasPip: boolean
  /** Its last words of an error. */
  readonly last: string
}

/** `cwd`: Python takes what lies there for its own packages, and where one stands a stranger may have laid `pip.py`. Null where there is no such program. */
function call(program: string, given: readonly string[], cwd: string, { signal, onText }: PipOptions): Promise<Ended | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, given, { stdio: ['ignore', 'pipe', 'pipe'], cwd, signal })
    let last = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        last = (last + text).slice(-4000)
        onText?.(text)
      })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(null)
      else reject(error)
    })
    child.on('close', (code) => {
      const errors = last.split(/[\r\n]+/).filter((line) => /^ERROR|No module named/.test(line))
      resolve({
        code,
        hasPip: !/No module named pip/.test(last),
        last: errors.at(-1)?.replace(/^ERROR: /, '') ?? `it ended with code ${code}`,
      })
    })
  })
}
