/**
 * CUDA's libraries as Python's packages bring them, in `nvidia/…/lib` and `tensorrt_libs`, where the system does not look: beside the package of
 * ONNX Runtime, else in a Python that is found. They are loaded by their places, those that others ask for first; who asks for one by its name
 * is then given it.
 */

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { type Koffi, keepLoaded } from '../../../core/host/native.js'
import { type Environment, pythonFolders } from '../../../core/host/python-folders.js'
import { elfIn } from '../elf.js'

/** What the provider asks for by name only once it needs it. */
const later = /^lib(?:cudnn|cufft|nvrtc)\.so\.\d+$/

/** Those that the system has are left to it. */
export async function loadCudaOf(koffi: Koffi, library: string, provider: string): Promise<void> {
  if (process.platform !== 'linux') return
  const elf = elfIn(provider)
  const files = elf === null ? new Map<string, string>() : await nvidiaFiles(library, process.env)
  if (elf === null || files.size === 0) return
  const seen = new Set<string>()
  const visit = (name: string) => {
    const file = files.get(name)
    if (seen.has(name) || file === undefined) return
    seen.add(name)
    if (loads(koffi, name)) return
    for (const other of elfIn(file)?.needed ?? []) visit(other)
    if (loads(koffi, file)) keepLoaded(koffi, file)
  }
  for (const name of [...elf.needed, ...[...files.keys()].filter((one) => later.test(one))]) visit(name)
}

/** By the names that libraries ask for: `libcublas.so.13`. Of two with one name, the one beside `library` counts, then that of the first Python. */
export async function nvidiaFiles(library: string, environment: Environment): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const addAll = async (site: string) => {
    const brands = await namesIn(path.join(site, 'nvidia'))
    for (const folder of [...brands.map((name) => path.join(site, 'nvidia', name, 'lib')), path.join(site, 'tensorrt_libs')])
      for (const name of await namesIn(folder)) if (!found.has(name) && name.includes('.so')) found.set(name, path.join(folder, name))
  }
  await addAll(path.resolve(path.dirname(library), '../..'))
  for await (const site of pythonFolders(environment)) await addAll(site)
  return found
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => [])

function loads(koffi: Koffi, what: string): boolean {
  try {
    koffi.load(what)
    return true
  } catch {
    return false
  }
}
