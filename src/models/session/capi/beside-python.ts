/**
 * CUDA's libraries as Python's packages bring them: in `nvidia/…/lib` beside the package of ONNX Runtime, where the system does not look. They are
 * loaded by their places, those that others ask for first; who asks for one by its name is then given it.
 */

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { type Koffi, keepLoaded } from '../../../core/native.js'
import { readElf } from '../elf.js'

/** What the provider asks for by name only once it needs it. */
const later = /^lib(?:cudnn|cufft|nvrtc)\.so\.\d+$/

/** Those that the system has are left to it. */
export function loadCudaOf(koffi: Koffi, library: string, provider: string): void {
  if (process.platform !== 'linux') return
  const files = nvidiaFiles(path.resolve(path.dirname(library), '../..'))
  if (files.size === 0) return
  const seen = new Set<string>()
  const visit = (name: string) => {
    const file = files.get(name)
    if (seen.has(name) || file === undefined) return
    seen.add(name)
    if (loads(koffi, name)) return
    for (const other of readElf(file).needed) visit(other)
    if (loads(koffi, file)) keepLoaded(koffi, file)
  }
  for (const name of [...readElf(provider).needed, ...[...files.keys()].filter((one) => later.test(one))]) visit(name)
}

/** By the names that libraries ask for: `libcublas.so.13`. */
function nvidiaFiles(site: string): ReadonlyMap<string, string> {
  const nvidia = path.join(site, 'nvidia')
  if (!existsSync(nvidia)) return new Map()
  const folders = readdirSync(nvidia).map((name) => path.join(nvidia, name, 'lib'))
  return new Map(
    folders.filter(existsSync).flatMap((folder) => readdirSync(folder).map((name) => [name, path.join(folder, name)] as const)),
  )
}

function loads(koffi: Koffi, what: string): boolean {
  try {
    koffi.load(what)
    return true
  } catch {
    return false
  }
}
