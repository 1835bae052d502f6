/** Where the module of a plugin lies: a file, relative to the pipeline, or a package as Node would find it from there. */

import path from 'node:path'
import { homeFolder } from '../../../core/host/user.js'
import { asObject, findPackage, isFile, packageOf, textsIn } from './graph.js'

/** An absolute path, or one sentence that reads on from what was named and says why there is none. */
export type Found = { readonly file: string } | { readonly missing: string }

export async function findModule(name: string, folder: string): Promise<Found> {
  const file = path.resolve(folder, name.replace(/^~(?=\/)/, homeFolder))
  if (/^(\.{1,2}\/|\/|~\/|[a-z]:[\\/])/i.test(name)) {
    return (await isFile(file)) ? { file } : { missing: `is ${file}, which is not there` }
  }
  const wanted = packageOf(name)
  const found = await findPackage(wanted, folder)
  if (!found) {
    const beside = (await isFile(file)) ? `: the file is written ./${name}` : `: npm install ${wanted}, or name a file, ./${wanted}.mjs`
    return { missing: `names a package '${wanted}' that is not installed in ${folder} or above it${beside}` }
  }
  const { exports, main } = found.json
  const part = `.${name.slice(wanted.length)}`
  const targets = exports === undefined ? [part === '.' ? (main ?? 'index.js') : part] : targetsOf(exports, part)
  for (const target of targets) {
    const place = path.resolve(found.folder, String(target))
    for (const way of [place, `${place}.js`, path.join(place, 'index.js')]) if (await isFile(way)) return { file: way }
  }
  return { missing: `is a package in ${found.folder}, which has no module '${part}'` }
}

/** What an import of a part of a package may mean, as its `exports` say; patterns with a star are not followed. */
function targetsOf(exports: unknown, part: string): readonly string[] {
  const table = asObject(exports)
  const isTable = Object.keys(table).some((key) => key.startsWith('.'))
  return chosen(isTable ? table[part] : part === '.' ? exports : undefined)
}

/** The conditions under which Node imports, in the order in which the package names them. */
function chosen(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(chosen)
  if (typeof value !== 'object' || value === null) return textsIn(value)
  const [, target] = Object.entries(value).find(([name]) => ['node', 'import', 'module-sync', 'default'].includes(name)) ?? []
  return chosen(target)
}
