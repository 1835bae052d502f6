/**
 * ONNX Runtime's CUDA and TensorRT providers, laid beside the runtime that is used: npm's package has none for CUDA 13, that of Python has. They
 * call into the runtime by tables of C++, so both must be of one commit.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ModelError, SinkError, TiastreamError } from '../../core/errors.js'
import { onDisk } from '../../core/files/on-disk.js'
import { isFullDisk } from '../../core/owners.js'
import { type Laid, laidIn, recordName } from '../../models/session/capi/laid.js'
import { type OrtLibrary, ortLibrary } from '../../models/session/capi/library.js'
import { installCure, isSameCommit, mustBeOfBuild, providerFile, providerNames } from '../../models/session/capi/providers.js'
import { Lacking } from '../../models/session/lacking.js'
import { downloadWheel } from './pip.js'
import { openWheel, refused, type Wheel } from './wheel.js'

export type Runtime = Pick<OrtLibrary, 'file' | 'version' | 'commit'>

export interface InstallOptions {
  /** A wheel that is here; else pip fetches one. */
  readonly wheel?: string
  /** Replace files that were not laid by us, or lay again what is there. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  readonly onStep?: (what: string) => void
  readonly onText?: (text: string) => void
}

/** The runtime that cards are reached through. Throws ModelError RUNTIME_MISSING. */
export async function runtimeHere(): Promise<Runtime> {
  try {
    const { file, version, commit } = await ortLibrary()
    return { file, version, commit }
  } catch (cause) {
    if (cause instanceof TiastreamError) throw cause
    throw new ModelError('RUNTIME_MISSING', `ONNX Runtime's library cannot be called: ${(cause as Error).message}`, {
      hint: 'tiastream doctor says what works',
      cause,
    })
  }
}

/** What was laid; null where the very same was there already. Throws ModelError PROVIDERS_REFUSED, PROVIDERS_MISSING, or a SinkError. */
export async function installProviders(runtime: Runtime, options: InstallOptions = {}): Promise<Laid | null> {
  const { wheel, force = false, signal, onStep } = options
  const { version, commit } = runtime
  const folder = path.dirname(runtime.file)
  if (!installCure.startsWith('tiastream')) throw refused(`there are no wheels with CUDA for ${process.platform} ${process.arch}`)
  if (commit === null) throw refused(`${runtime.file} does not say of which commit it is, so no provider is known to fit`)
  if (!force && (await mayLay(folder, commit)) === 'same') return null
  const fetched = wheel === undefined ? await mkdtemp(path.join(tmpdir(), 'tiastream-wheel-')) : null
  try {
    if (fetched) onStep?.(`pip fetches onnxruntime-gpu ${version}, about 250 MB, from the index that it is configured for`)
    const file = fetched ? await downloadWheel(version, fetched, options) : wheel!
    const opened = await openWheel(file)
    try {
      if (!isSameCommit(opened.commit, commit))
        throw refused(
          `${opened.name} is of commit ${opened.commit}, the runtime (${runtime.file}) is of ${commit}: they must be of one build`,
        )
      onStep?.(`laying it beside the runtime, in ${folder}`)
      return await lay(opened, runtime, commit, signal)
    } finally {
      opened.close()
    }
  } finally {
    if (fetched) await rm(fetched, { recursive: true, force: true })
  }
}

/** What was laid is whole and of this commit: nothing to do. Throws where files of others would be replaced. */
async function mayLay(folder: string, commit: string): Promise<'same' | 'free'> {
  const laid = await laidIn(folder)
  const there = await filesIn(folder)
  const foreign = there.filter((name) => laid?.sha256[name] === undefined)
  if (foreign.length > 0)
    throw new ModelError(
      'PROVIDERS_REFUSED',
      `${foreign.join(', ')} in ${folder} ${foreign.length > 1 ? 'were' : 'was'} not laid by this command`,
      {
        hint: '--force replaces them',
      },
    )
  if (laid === null || !isSameCommit(laid.commit, commit)) return 'free'
  const changed = await changedIn(folder, laid)
  return changed.length === 0 ? 'same' : 'free'
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const names = new Set(await readdir(folder).catch(() => []))
  return providerNames.map((name) => path.basename(providerFile('', name))).filter((name) => names.has(name))
}

/** Files that are gone, or hold something else than was laid. */
export async function changedIn(folder: string, { sha256 }: Laid): Promise<readonly string[]> {
  const changed: string[] = []
  for (const [name, hash] of Object.entries(sha256)) if ((await hashOf(path.join(folder, path.basename(name)))) !== hash) changed.push(name)
  return changed
}

async function hashOf(file: string): Promise<string | null> {
  if (!(await stat(file).catch(() => null))?.isFile()) return null
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

const aside = '.onnxruntime-providers-'
/** What a killed command left. */
const old = 60 * 60_000

/** Written aside and looked at, then renamed; the record comes last, so what is half laid is none of ours, or of the commit that it says. */
async function lay(wheel: Wheel, runtime: Runtime, commit: string, signal?: AbortSignal): Promise<Laid> {
  const folder = path.dirname(runtime.file)
  const fresh = await mkdtemp(path.join(folder, aside)).catch((cause) => told(cause, folder))
  try {
    const sha256: Record<string, string> = {}
    for (const name of wheel.files.keys()) sha256[name] = await wheel.write(name, fresh, signal)
    await mustBeOfBuild(providerFile(fresh, 'cuda'), runtime)
    const laid: Laid = { version: runtime.version, commit, from: wheel.name, sha256 }
    await writeFile(path.join(fresh, recordName), `${JSON.stringify(laid, null, 2)}\n`, { flush: true })
    signal?.throwIfAborted()
    // The runtime looks for that of CUDA, which needs the shared one.
    const last = path.basename(providerFile('', 'cuda'))
    for (const name of [...[...wheel.files.keys()].filter((one) => one !== last), last, recordName])
      await rename(path.join(fresh, name), path.join(folder, name))
    await sync(folder)
    return laid
  } catch (error) {
    return told(error, folder, `${fresh}${path.sep}`, wheel.name)
  } finally {
    await rm(fresh, { recursive: true, force: true })
    await sweep(folder)
  }
}

/** A folder that keeps its names over a power cut, where the system does that. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null)
  if (handle) await onDisk(handle).catch(() => undefined)
  await handle?.close()
}

async function sweep(folder: string): Promise<void> {
  for (const name of (await readdir(folder).catch(() => [])).filter((one) => one.startsWith(aside))) {
    const place = path.join(folder, name)
    const made = await stat(place).catch(() => null)
    if (made && Date.now() - made.mtimeMs > old) await rm(place, { recursive: true, force: true })
  }
}

export function told(error: unknown, folder: string, fresh = '', wheel = ''): never {
  if (error instanceof Lacking) throw refused(`${wheel}: ${error.message.replaceAll(fresh, '')}`, error)
  if (isFullDisk(error))
    throw new SinkError('DISK_FULL', `${folder} has no room for the providers`, { hint: 'make room: they take about 300 MB', cause: error })
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM')
    throw new SinkError('OUTPUT_DENIED', `${folder} cannot be written to (${code})`, {
      hint: 'run the command as who installed tiastream, or name another runtime with TIASTREAM_ONNXRUNTIME',
      cause: error,
    })
  throw error
}
