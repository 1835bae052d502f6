/** Where the loader of Linux (glibc) finds a library by its name, by looking as it does: to say before, or afterwards, what is missing. */

import path from 'node:path'
import { type Elf, elfIn, readElf } from './elf.js'
import { ldCache } from './ld-cache.js'

export interface Asker {
  readonly file: string
  readonly elf: Elf
}

/** Where `name` lies that `asker` asks for; null where the loader finds none. */
export type Find = (name: string, asker: Asker) => string | null

const triples: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/** How Debian names the folders of libraries for this processor; undefined: unknown. */
export const triple = triples[process.arch]

/** `environment`: that of the process when it began. `more`: libraries that will have been loaded before, by name. */
export async function loaderFind(
  environment: Readonly<Record<string, string | undefined>>,
  more: ReadonlyMap<string, string> = new Map(),
): Promise<Find> {
  const listed = await ldCache()
  const given = (environment.LD_LIBRARY_PATH ?? '').split(/[:;]/).filter((one) => one !== '')
  const usual = [...(triple === undefined ? [] : [`/lib/${triple}`, `/usr/lib/${triple}`]), '/lib64', '/usr/lib64', '/lib', '/usr/lib']
  return (name, { file, elf }) => {
    // A name with a slash is a path.
    if (name.includes('/')) return fits(name) ? name : null
    const expanded = (folder: string) => folder.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => path.dirname(path.resolve(file)))
    const inside = (folder: string) => path.join(expanded(folder), name)
    const old = elf.runpath.length === 0 ? elf.rpath : []
    const places = [...[...old, ...given, ...elf.runpath].map(inside), ...(listed.get(name) ?? []), ...usual.map(inside)]
    return places.find(fits) ?? more.get(name) ?? null
  }
}

/** The loader passes over what is for another processor. */
const fits = (file: string): boolean => elfIn(file)?.arch === process.arch

export interface Absent {
  readonly name: string
  /** Who asks for it. */
  readonly by: string
}

/** A chain of libraries that goes on for longer is no honest one. */
const mostLibraries = 500

/** What is not found of all that a library asks for, and that these ask for in their turn. Throws, in a sentence, where the file itself is no library. */
export function absentOf(file: string, find: Find): readonly Absent[] {
  const seen = new Set<string>()
  const absent: Absent[] = []
  const waiting: Asker[] = [{ file, elf: readElf(file) }]
  for (let asker = waiting.shift(); asker !== undefined; asker = waiting.shift()) {
    for (const name of asker.elf.needed) {
      if (seen.has(name) || seen.size >= mostLibraries) continue
      seen.add(name)
      const found = find(name, asker)
      if (found === null) absent.push({ name, by: path.basename(asker.file) })
      else waiting.push({ file: found, elf: readElf(found) })
    }
  }
  return absent
}
