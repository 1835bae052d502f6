/**
 * The files of ONNX Runtime's CUDA and TensorRT providers, which lie beside its library. They call into it by tables of C++: one of another
 * build would call wrong functions, so what can be known of a file is looked at before it is loaded.
 */

import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { readElf } from '../elf.js'
import { Lacking } from '../lacking.js'
import { laidIn } from './laid.js'
import type { OrtLibrary } from './library.js'

/** `shared` is what the runtime loads to reach the others. */
export const providerNames = ['shared', 'cuda', 'tensorrt'] as const

/** As the runtime asks for it. */
export const providerFile = (folder: string, name: (typeof providerNames)[number]): string =>
  path.join(folder, process.platform === 'win32' ? `onnxruntime_providers_${name}.dll` : `libonnxruntime_providers_${name}.so`)

export const installCure =
  process.arch === 'x64' && ['linux', 'win32'].includes(process.platform)
    ? 'tiastream devices install cuda'
    : 'a build of ONNX Runtime with CUDA for this machine, named by TIASTREAM_ONNXRUNTIME'

type Runtime = Pick<OrtLibrary, 'file' | 'version' | 'commit'>

/** The file of the CUDA provider. Throws Lacking: what is missing, of another architecture, or of another build. */
export async function mustFit(library: Runtime, device: 'cuda' | 'tensorrt'): Promise<string> {
  const folder = path.dirname(library.file)
  const wanted = providerNames.filter((name) => name !== 'tensorrt' || device === name).map((name) => providerFile(folder, name))
  const absent = wanted.filter((file) => !existsSync(file)).map((file) => path.basename(file))
  if (absent.length > 0) throw new Lacking(`${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not in ${folder}`, installCure)
  const laid = await laidIn(folder)
  if (laid !== null && library.commit !== null && !isSameCommit(laid.commit, library.commit))
    throw new Lacking(
      `the providers in ${folder} are of commit ${laid.commit}, the runtime is of ${library.commit}: they must be of one build`,
      installCure,
    )
  const cuda = providerFile(folder, 'cuda')
  for (const file of wanted.filter((one) => one !== cuda)) mustLoad(file)
  await mustBeOfBuild(cuda, library)
  return cuda
}

/** The loader would say less, and a file that was cut short ends the process. Throws Lacking. */
function mustLoad(file: string): void {
  if (process.platform !== 'linux') return
  const arch = archOf(file)
  if (arch !== process.arch) throw new Lacking(`${file} is for ${arch}, this is ${process.arch}`, installCure)
}

function archOf(file: string): string {
  try {
    return readElf(file).arch
  } catch (cause) {
    throw new Lacking((cause as Error).message, installCure, { cause })
  }
}

/** What a provider says of itself: its processor, and the version of the runtime that it was built with. Throws Lacking. */
export async function mustBeOfBuild(cuda: string, { version }: Runtime): Promise<void> {
  mustLoad(cuda)
  const versions = await versionsIn(cuda)
  if (versions.length > 0 && !versions.includes(version))
    throw new Lacking(`${cuda} is of version ${versions.join(' or ')}, the runtime is ${version}: they must be of one build`, installCure)
}

/** One may be cut shorter. */
export const isSameCommit = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

/** The bytes of a library as texts to search, each with the end of the one before, so that nothing of up to so many bytes is cut in two. */
export async function* textsOf(pieces: AsyncIterable<Buffer>, overlap: number): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const text = rest + piece.toString('latin1')
    yield text
    rest = text.slice(-overlap)
  }
}

/** Versions of ONNX Runtime that a library names, each a text for itself: `1.30.0`. */
async function versionsIn(place: string): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const text of textsOf(createReadStream(place, { highWaterMark: 2 ** 20 }), 16))
    for (const [, version] of text.matchAll(/\0(1\.\d{1,2}\.\d{1,2})(?=\0)/g)) found.add(version!)
  return [...found].sort()
}
