/**
 * What a module of the user is made of: its text and that of everything it imports, as one hash. Followed are relative imports, static and
 * dynamic, `require` and `new URL(…, import.meta.url)`, where their names are written out; of packages the names and versions of them and
 * of what they depend on, and the content of those that are linked from elsewhere. A name put together while the program runs is not seen,
 * nor is a file that the module opens by another way. Nothing is executed.
 */

import { createHash } from 'node:crypto'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { decoded } from '../../../core/address.js'
import { packageRoot } from '../../../core/package-root.js'

/** Where modules of tiastream lie. */
const own = path.join(packageRoot, 'dist', 'src') + path.sep

/** More is no module that shapes rows. */
const mostFiles = 10_000
const mostBytes = 2 ** 28

/** Behind `from`, `import`, `require`, `import.meta.resolve` and in `new URL`: a name in quotes; comments may stand between. */
const between = String.raw`\s*(?:\/\*[\s\S]*?\*\/\s*|\/\/[^\n]*\n\s*)*`
const namedBehind = (words: string) => new RegExp(`(?:${words})${between}\\(?${between}(["'\`])([^"'\`\\n]+)\\1`, 'g')
const words = String.raw`\b(?:from|import|require)|\bimport\.meta\.resolve|\brequire\.resolve|\bnew\s+URL`
/** `const load = createRequire(import.meta.url)`: another word for `require`. */
const otherRequire = (makes: string) => new RegExp(String.raw`([A-Za-z_$][\w$]*)\s*=\s*(?:[A-Za-z_$][\w$]*\.)?(?:${makes})\s*\(`, 'g')
const literally = (name: string) => name.replaceAll('$', String.raw`\$`)

/** The names of modules and files in a text. */
function namesIn(text: string): readonly string[] {
  const makes = ['createRequire', ...[...text.matchAll(/\bcreateRequire\s+as\s+([A-Za-z_$][\w$]*)/g)].map(([, name]) => literally(name!))]
  const own = [...text.matchAll(otherRequire(makes.join('|')))].map(
    ([, name]) => String.raw`(?<![\w$.])${literally(name!)}(?:\.resolve)?(?=\s*\()`,
  )
  return [...text.matchAll(namedBehind([words, ...own].join('|')))].map(([, , name]) => unescaped(name!))
}

/** As JavaScript reads what stands in quotes. */
const unescaped = (name: string): string =>
  name.replace(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi, (_, braced, four, two, other) =>
    other === undefined ? String.fromCodePoint(Number.parseInt(braced ?? four ?? two, 16)) : other,
  )

const endings = ['', '.js', '.mjs', '.cjs', '.json', '.node', '.ts', '.mts', '.cts', '/index.js', '/index.cjs', '/index.json']
const code = /\.([mc]?[jt]s|[jt]sx)$/i

/** One hash of all of it; where it lies is no part of it. Throws what reading `file` itself throws, and RangeError when it is too much. */
export async function hashOfModule(file: string): Promise<string> {
  const graph = new Graph()
  await graph.add(file)
  return graph.digest()
}

class Graph {
  readonly #hash = createHash('sha256')
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()
  readonly #packages = new Set<string>()
  #bytes = 0

  /** In the order in which they are named: the same wherever the folder lies. */
  async add(file: string): Promise<void> {
    const real = await realpath(file)
    if (this.#files.has(real)) return
    // Of tiastream itself the version says enough, by whichever way it is imported.
    if (real.startsWith(own)) return this.#package('tiastream', packageRoot)
    this.#files.add(real)
    const bytes = await readFile(real)
    this.#bytes += bytes.length
    if (this.#files.size > mostFiles || this.#bytes > mostBytes) {
      throw new RangeError(`it imports more than ${mostFiles} files or ${mostBytes} bytes`)
    }
    this.#hash.update(`${bytes.length} `).update(bytes)
    if (!code.test(real)) return
    for (const name of namesIn(bytes.toString('utf8'))) await this.#follow(name, real)
  }

  digest(): string {
    for (const name of [...this.#packages].sort()) this.#hash.update(`${name}\n`)
    return this.#hash.digest('hex')
  }

  async #follow(name: string, from: string): Promise<void> {
    if (/^(node|data|https?):/.test(name) || name.includes('${')) return
    const bare = name.startsWith('#') ? name : name.replace(/[?#].*$/, '')
    if (bare.startsWith('file:')) return this.#addFirst(fileURLToPath(bare))
    if (/^\.{0,2}\//.test(name) || name === '.' || name === '..') return this.#addFirst(path.resolve(path.dirname(from), bare))
    if (name.startsWith('#')) return this.#internal(name, from)
    // `new URL('weights.json', import.meta.url)` is a file beside; an import of that name is a package.
    const beside = path.resolve(path.dirname(from), bare)
    if (path.extname(bare) !== '' && (await isFile(beside))) return this.add(beside)
    return this.#package(packageOf(name), path.dirname(from))
  }

  async #addFirst(place: string): Promise<void> {
    // An import is an address, in which a blank is %20; a name for require is not, and may be that of a folder with a package.json.
    const ways = new Set([place, decoded(place)])
    let found = false
    for (const way of ways) {
      const main = (await packageAt(way))?.json.main
      if (typeof main === 'string') ways.add(path.resolve(way, main))
      for (const ending of endings) {
        if (!(await isFile(way + ending))) continue
        await this.add(way + ending)
        found = true
        break
      }
    }
    // Not there: when it is loaded, the module will say so; when it comes, the hash is another.
    if (!found) this.#hash.update('missing\n')
  }

  /** `#name` of the package the file belongs to: every file that it may stand for. */
  async #internal(name: string, from: string): Promise<void> {
    const found = await packageAbove(path.dirname(from))
    for (const [key, value] of Object.entries(asObject(found?.json.imports))) {
      const [start = '', end] = key.split('*')
      if (end === undefined ? key !== name : !(name.startsWith(start) && name.endsWith(end))) continue
      const star = end === undefined ? '' : name.slice(start.length, name.length - end.length)
      for (const target of textsIn(value)) {
        const place = target.replaceAll('*', () => star)
        await (place.startsWith('.') ? this.#addFirst(path.resolve(found!.folder, place)) : this.#package(packageOf(place), found!.folder))
      }
    }
  }

  /** Name and version, and those of what it depends on; the files of one that lies elsewhere and is linked here. */
  async #package(name: string, from: string): Promise<void> {
    const found = await findPackage(name, from)
    if (!found) return
    if (this.#folders.has(found.folder)) return
    if (this.#folders.size > mostFiles) throw new RangeError(`it imports more than ${mostFiles} packages`)
    this.#folders.add(found.folder)
    this.#packages.add(`${name}@${found.json.version}`)
    // The same where it is linked.
    if (found.folder === path.resolve(packageRoot)) return
    if (!found.folder.split(path.sep).includes('node_modules')) {
      for (const file of await codeBelow(found.folder)) await this.add(file)
    }
    const { dependencies, optionalDependencies, peerDependencies } = found.json
    const needed = [dependencies, optionalDependencies, peerDependencies].flatMap((all) => Object.keys(asObject(all)))
    for (const one of needed.sort()) await this.#package(one, found.folder)
  }
}

export interface Package {
  /** Links followed. */
  readonly folder: string
  readonly json: Readonly<Record<string, unknown>>
}

/** `@scope/name/part` is of the package `@scope/name`. */
export const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

export async function findPackage(name: string, from: string): Promise<Package | null> {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const installed = await packageAt(path.join(folder, 'node_modules', name))
    if (installed) return installed
    const own = await packageAt(folder)
    if (own?.json.name === name) return own
    if (path.dirname(folder) === folder) return null
  }
}

async function packageAbove(from: string): Promise<Package | null> {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = await packageAt(folder)
    if (found || path.dirname(folder) === folder) return found
  }
}

async function packageAt(folder: string): Promise<Package | null> {
  try {
    const json = asObject(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')))
    return { folder: await realpath(folder), json }
  } catch {
    return null
  }
}

async function codeBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) found.push(...(await codeBelow(place)))
    } else if (code.test(entry.name) || /\.(json|wasm|node)$/.test(entry.name)) found.push(place)
    if (found.length > mostFiles) throw new RangeError(`${folder} holds more than ${mostFiles} files of code`)
  }
  return found.sort()
}

export const isFile = (place: string): Promise<boolean> =>
  stat(place).then(
    (facts) => facts.isFile(),
    () => false,
  )

export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** All texts in a value of `imports`: whatever the condition. */
export const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Object.values(asObject(value)).flatMap(textsIn)
