/**
 * The peers, in Python: an environment of their own (`bench/.venv`), and processes that stay and answer one line of JSON to each.
 * What does not install is left out of the tables and named.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { benchFolder, environment } from './folders.js'
import { prose } from './table.js'

const readers = [
  'numpy',
  'pillow',
  'openslide-python',
  'openslide-bin',
  'pyvips',
  'pyvips-binary',
  'tifffile',
  'imagecodecs',
  'zarr',
  'tiffslide',
]

/** The Python of the environment; makes it, with the readers, at the first call. Null where there is no Python. */
export function peerPython(): string | null {
  const python = path.join(environment, 'bin/python')
  if (existsSync(python)) return python
  try {
    prose('making bench/.venv and installing the peers, once …')
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' })
    install(python, readers)
  } catch (error) {
    prose(`the Python peers cannot be had: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    return null
  }
  for (const one of ['fastslide']) tryInstall(python, [one])
  return python
}

const install = (python: string, packages: readonly string[]) =>
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
    stdio: ['ignore', 'inherit', 'ignore'],
    timeout: 900_000,
  })

export function tryInstall(python: string, packages: readonly string[]): boolean {
  try {
    install(python, packages)
    return true
  } catch {
    prose(`${packages.join(' ')} could not be installed`)
    return false
  }
}

export function canImport(python: string, module: string): boolean {
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore', timeout: 300_000, cwd: path.join(benchFolder, 'peers') })
    return true
  } catch {
    return false
  }
}

/**
 * A Python that has torch and torchvision: the environment's (TIAToolbox brings them), or the system's own packages
 * (Debian: python3-torch, python3-torchvision, python3-openslide). Null when neither has.
 */
export function torchPython(): string | null {
  const own = path.join(environment, 'bin/python')
  if (existsSync(own) && canImport(own, 'torch, torchvision, openslide')) return own
  return canImport('/usr/bin/python3', 'torch, torchvision, openslide') ? '/usr/bin/python3' : null
}

export class PeerError extends Error {}

/** A Python process that runs `bench/peers/<script>.py` and answers in turn. */
export class Peer {
  readonly #child: ChildProcess
  readonly #lines: Interface
  #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | null = null
  #ended: Error | null = null

  constructor(python: string, script: string, environmentOf: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(python, [path.join(benchFolder, 'peers', `${script}.py`)], {
      stdio: ['pipe', 'pipe', process.env.BENCH_VERBOSE ? 'inherit' : 'ignore'],
      env: { ...process.env, ...environmentOf },
    })
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#lines.on('line', (line) => {
      if (!line.startsWith('{')) return
      const answer = JSON.parse(line) as { error?: string }
      const waiting = this.#waiting
      this.#waiting = null
      if (answer.error !== undefined) waiting?.reject(new PeerError(answer.error))
      else waiting?.resolve(answer)
    })
    this.#child.on('exit', (code) => {
      this.#ended = new PeerError(`${script}.py ended with ${code}`)
      this.#waiting?.reject(this.#ended)
    })
    open.add(this)
  }

  ask<T>(question: unknown): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve: resolve as (value: unknown) => void, reject }
      this.#child.stdin!.write(`${JSON.stringify(question)}\n`)
    })
  }

  async stop(): Promise<void> {
    open.delete(this)
    if (this.#ended) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(force)
  }
}

const open = new Set<Peer>()

export async function stopPeers(): Promise<void> {
  for (const peer of [...open]) await peer.stop()
}
