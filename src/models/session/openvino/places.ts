/**
 * Where OpenVINO lies: the folder that `TIASTREAM_OPENVINO` names and no other; else what `pip install openvino` has put into a Python that is
 * found, Intel's own folders, and those of the system. Files are looked at before one of them is loaded.
 */

import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Environment, packagesIn, pythonFolders } from '../../../core/host/python-folders.js'
import { readElf } from '../elf.js'
import { triple } from '../loader.js'
import { mustBeKnown, versionInName } from './version.js'

export interface Place {
  /** The C library, absolute. */
  readonly file: string
  readonly folder: string
}

interface Names {
  readonly library: RegExp
  readonly needed: readonly { readonly name: RegExp; readonly called: string; readonly for: string }[]
}

const plugin = process.arch === 'arm64' ? 'openvino_arm_cpu_plugin' : 'openvino_intel_cpu_plugin'

const pattern = (name: string): Names => ({
  library: new RegExp(`^(?:lib)?openvino_c\\.${name}$`),
  needed: [
    { name: /^(?:lib)?openvino\./, called: 'openvino', for: 'all others build on' },
    { name: new RegExp(`^(?:lib)?${plugin}\\.`), called: plugin, for: 'computes on the processor' },
    { name: /^(?:lib)?openvino_onnx_frontend\./, called: 'openvino_onnx_frontend', for: 'reads ONNX files' },
  ],
})

const names: Readonly<Record<string, Names>> = {
  linux: pattern('so(?:\\.\\d+)*'),
  darwin: pattern('(?:\\d+\\.)?dylib'),
  win32: pattern('dll'),
}

/** The first place that holds all of it. Throws an Error that says what was found instead, and what to do. */
export async function placeOfOpenVino(environment: Environment): Promise<Place> {
  const wanted = names[process.platform]
  if (wanted === undefined) throw new Error(`there is no OpenVINO for ${process.platform}`)
  const given = environment.TIASTREAM_OPENVINO
  if (given) {
    const found = await lookInto(await folderOf(given), wanted)
    if (typeof found === 'string') throw new Error(`TIASTREAM_OPENVINO=${given} ${found}`)
    return found
  }
  const odd: string[] = []
  for await (const folder of usualFolders(environment)) {
    const found = await lookInto(folder, wanted)
    if (typeof found !== 'string') return found
    if (found !== nothing && found !== absent) odd.push(`${folder} ${found}`)
  }
  throw new Error(odd[0] ?? 'OpenVINO is not found')
}

/** A file of the folder speaks for it; the folder of the Python package, or of a whole environment, for the one in it. */
async function folderOf(given: string): Promise<string> {
  const whole = path.resolve(given)
  const is = await stat(whole).catch(() => null)
  if (is?.isFile()) return path.dirname(whole)
  const inner = ['libs', 'openvino/libs', 'runtime/lib/intel64'].map((deeper) => path.join(whole, deeper))
  const packages = (await packagesIn(whole)).map((folder) => path.join(folder, 'openvino', 'libs'))
  for (const deeper of [...inner, ...packages]) if ((await stat(deeper).catch(() => null))?.isDirectory()) return deeper
  return whole
}

const nothing = 'holds no OpenVINO'
const absent = 'is not there'

/** The library in a folder, or what is wrong there. */
async function lookInto(folder: string, { library, needed }: Names): Promise<Place | string> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => error)
  if (files instanceof Error) return files.code === 'ENOENT' ? absent : `cannot be read (${files.code})`
  // The longest name has the version in it.
  const [name] = files.filter((file) => library.test(file)).sort((a, b) => b.length - a.length || (a < b ? 1 : -1))
  if (name === undefined) {
    const core = files.find((file) => /^(?:lib)?openvino\.(?:so|dll|dylib|\d)/.test(file))
    return core === undefined ? nothing : `holds ${core} without openvino_c, its library for C, which later packages have`
  }
  const file = path.join(folder, name)
  try {
    const version = versionInName(name)
    if (version !== null) mustBeKnown(version, file)
    mustLoad(file)
    const inside = await plugins(folder, files)
    for (const one of needed) {
      const found = inside.filter((each) => one.name.test(path.basename(each)))
      if (found.length === 0) return `has no ${one.called}, which ${one.for}`
      // Where a name has no number, nothing is known of the others.
      const same = found.find((each) => version === null || [null, version].includes(versionInName(each)))
      if (same === undefined) return `has ${path.basename(found[0]!)} beside ${name}: they are of two versions, and do not fit`
      mustLoad(same)
    }
  } catch (error) {
    return `is not used: ${error instanceof Error ? error.message : error}`
  }
  return { file, folder }
}

/** Packages of the system keep what is loaded later in a folder beside: `openvino-2025.2.0`. */
async function plugins(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const beside = files.filter((name) => /^openvino-\d/.test(name)).map((name) => path.join(folder, name))
  const namesIn = async (place: string) => (await readdir(place).catch(() => [])).map((name) => path.join(place, name))
  return [...files.map((name) => path.join(folder, name)), ...(await Promise.all(beside.map(namesIn))).flat()]
}

/** The loader would say less, and a file that was cut short ends the process. Throws an Error. */
function mustLoad(file: string): void {
  if (process.platform !== 'linux') return
  const { arch } = readElf(file)
  if (arch !== process.arch) throw new Error(`${file} is for ${arch}, and this Node.js is for ${process.arch}`)
}

async function* usualFolders(environment: Environment): AsyncGenerator<string> {
  for await (const folder of pythonFolders(environment)) yield path.join(folder, 'openvino', 'libs')
  const { INTEL_OPENVINO_DIR: intel } = environment
  for (const root of [...(intel ? [intel] : []), '/opt/intel/openvino']) yield path.join(root, 'runtime', 'lib', 'intel64')
  if (process.platform === 'linux') {
    yield* [...(triple === undefined ? [] : [`/usr/lib/${triple}`]), '/usr/local/lib', '/usr/lib64']
  }
  if (process.platform === 'darwin') yield* ['/opt/homebrew/lib', '/usr/local/lib']
}
