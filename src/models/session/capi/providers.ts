/**
 * The files of ONNX Runtime's CUDA and TensorRT providers, which lie beside its library. They call into it by tables of C++: one of another
 * build would call wrong functions, so what can be known of a file is looked at before it is loaded.
 */

import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readElf } from '../elf.js'
import type { OrtLibrary } from './library.js'

const file: Readonly<Record<string, (name: string) => string>> = {
  linux: (name) => `libonnxruntime_providers_${name}.so`,
  win32: (name) => `onnxruntime_providers_${name}.dll`,
}

/** Beside them, where a command of ours laid them: what they are. */
const record = 'onnxruntime-providers.json'

/** The file of the CUDA provider. Throws in one sentence what is missing, of another architecture, or of another build. */
export async function mustFit(library: Pick<OrtLibrary, 'file' | 'version' | 'commit'>, device: 'cuda' | 'tensorrt'): Promise<string> {
  const folder = path.dirname(library.file)
  const names = ['shared', 'cuda', ...(device === 'tensorrt' ? ['tensorrt'] : [])].map((name) => file[process.platform]?.(name))
  const absent = names.filter((name) => name === undefined || !existsSync(path.join(folder, name)))
  if (absent.length > 0) throw new Error(`${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not in ${folder}`)
  const laid = await laidBy(path.join(folder, record))
  if (laid?.commit && library.commit && !isSameCommit(laid.commit, library.commit))
    throw new Error(
      `the providers in ${folder} are of commit ${laid.commit}, the runtime is of ${library.commit}: they must be of one build`,
    )
  const cuda = path.join(folder, names[1]!)
  const arch = process.platform === 'linux' ? archOf(cuda) : process.arch
  if (arch !== null && arch !== process.arch) throw new Error(`${cuda} is for ${arch}, this is ${process.arch}`)
  const versions = await versionsIn(cuda)
  if (versions.length > 0 && !versions.includes(library.version))
    throw new Error(`${cuda} is of version ${versions.join(' or ')}, the runtime is ${library.version}: they must be of one build`)
  return cuda
}

/** What is no library is refused, in its words, by who loads it. */
function archOf(file: string): string | null {
  try {
    return readElf(file).arch
  } catch {
    return null
  }
}

async function laidBy(place: string): Promise<{ readonly commit?: string } | null> {
  try {
    return JSON.parse(await readFile(place, 'utf8')) as { readonly commit?: string }
  } catch {
    return null
  }
}

/** One may be cut shorter. */
const isSameCommit = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

/** Bytes that two pieces share, so that no version is cut in two. */
const overlap = 16

/** Versions of ONNX Runtime that a library names, each a text for itself: `1.30.0`. */
export async function versionsIn(place: string): Promise<readonly string[]> {
  const found = new Set<string>()
  let rest = ''
  for await (const piece of createReadStream(place, { highWaterMark: 2 ** 20 })) {
    const text = rest + (piece as Buffer).toString('latin1')
    for (const [, version] of text.matchAll(/\0(1\.\d{1,2}\.\d{1,2})(?=\0)/g)) found.add(version!)
    rest = text.slice(-overlap)
  }
  return [...found].sort()
}
