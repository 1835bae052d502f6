/**
 * A wheel of onnxruntime-gpu: a zip archive, of which the providers, their licence and the name of the build are wanted. What is taken has names
 * of ours, so no name in the archive says where anything is written.
 */

import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { ModelError, TiastreamError } from '../../core/errors.js'
import { onDisk } from '../../core/files/on-disk.js'
import { providerFile, providerNames, textsOf } from '../../models/session/capi/providers.js'
import { type Archive, openArchive } from '../convert/zip.js'

export interface Wheel {
  readonly name: string
  /** The commit that its own runtime says it was built from. */
  readonly commit: string
  /** Entries by the names that their files get. */
  readonly files: ReadonlyMap<string, string>
  /** Writes one into a folder; its sha256. */
  write(name: string, folder: string, signal?: AbortSignal): Promise<string>
  close(): void
}

const inside = 'onnxruntime/capi/'
/** Entries are found by their whole names: those of Linux and of Windows. */
const runtimeEntry = /^onnxruntime\/capi\/(?:libonnxruntime\.so(?:\.\d+)*|onnxruntime\.dll)$/
const licences: Readonly<Record<string, string>> = {
  'onnxruntime-providers.LICENSE': 'onnxruntime/LICENSE',
  'onnxruntime-providers.NOTICES.txt': 'onnxruntime/ThirdPartyNotices.txt',
}
/** Every name that a file of ours has. */
export const laidNames: readonly string[] = [...providerNames.map((one) => path.basename(providerFile('', one))), ...Object.keys(licences)]

/** The CUDA provider of 2026 has 260 MiB. */
const largest = 4 * 2 ** 30

export const refused = (message: string, cause?: unknown): ModelError =>
  new ModelError('PROVIDERS_REFUSED', message, {
    hint: 'take a wheel of onnxruntime-gpu for this system, of the version of the runtime: tiastream devices says which',
    ...(cause === undefined ? {} : { cause }),
  })

/** Throws ModelError PROVIDERS_REFUSED about a file that is no such wheel. */
export async function openWheel(file: string): Promise<Wheel> {
  const is = await stat(file).catch((cause: Error) => {
    throw refused(`${file} cannot be opened: ${cause.message}`, cause)
  })
  if (!is.isFile()) throw refused(`${file} is no file`)
  const archive = await openArchive(file).catch(asRefused)
  try {
    const files = entriesIn(archive, file)
    return {
      name: path.basename(file),
      commit: await commitIn(archive, file),
      files,
      write: (name, folder, signal) => write(archive, files.get(name)!, path.join(folder, name), signal).catch(asRefused),
      close: () => archive.close(),
    }
  } catch (error) {
    archive.close()
    throw error
  }
}

/** What an archive of weights is told about is here a wheel. */
function asRefused(error: unknown): never {
  throw error instanceof TiastreamError && error.code.startsWith('WEIGHTS_') ? refused(error.message, error.cause) : error
}

function entriesIn({ sizes }: Archive, file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const name of providerNames.map((one) => path.basename(providerFile('', one))))
    if (sizes.has(inside + name)) found.set(name, inside + name)
  const missing = ['shared', 'cuda'].map((one) => path.basename(providerFile('', one as 'cuda'))).filter((name) => !found.has(name))
  if (missing.length > 0)
    throw refused(`${file} holds no ${missing.join(' and no ')}: it is no wheel of onnxruntime-gpu for ${process.platform}`)
  for (const [name, entry] of Object.entries(licences)) if (sizes.has(entry)) found.set(name, entry)
  for (const entry of found.values())
    if (sizes.get(entry)! > largest) throw refused(`${file}: ${entry} would be ${sizes.get(entry)} bytes, more than ${largest}`)
  return found
}

/** Providers do not name their commit; the runtime that was built with them does. */
async function commitIn(archive: Archive, file: string): Promise<string> {
  const entry = [...archive.sizes.keys()].find((name) => runtimeEntry.test(name))
  if (entry === undefined) throw refused(`${file} holds no runtime, which would say what it was built from`)
  try {
    for await (const text of textsOf(archive.pieces(entry), 64)) {
      const commit = /git-commit-id=([0-9a-f]{7,40})(?![0-9a-f])./s.exec(text)?.[1]
      if (commit !== undefined) return commit
    }
  } catch (error) {
    asRefused(error)
  }
  throw refused(`${file} does not say of which commit it is`)
}

async function write(archive: Archive, entry: string, place: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const out = await open(place, 'wx', 0o644)
  try {
    for await (const piece of archive.pieces(entry)) {
      signal?.throwIfAborted()
      hash.update(piece)
      for (let at = 0; at < piece.length; ) at += (await out.write(piece, at)).bytesWritten
    }
    await onDisk(out)
  } finally {
    await out.close()
  }
  return hash.digest('hex')
}
