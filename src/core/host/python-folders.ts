/** Where packages of Python lie: libraries that `pip install` brings are found there, and nothing of Python is run. */

import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { homeFolder } from './user.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where the packages of a Python lie: of the environments that are active, of those in the path, and the user's own. */
export async function* pythonFolders(environment: Environment): AsyncGenerator<string> {
  const roots = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter((root) => root !== undefined)
  for (const folder of (environment.PATH ?? '').split(path.delimiter)) {
    if (folder === '' || !path.isAbsolute(folder)) continue
    for (const name of ['python3', 'python', 'python.exe']) {
      const python = path.join(folder, name)
      if ((await stat(python).catch(() => null)) === null) continue
      // In an environment python is a link that leads out of it.
      roots.push(process.platform === 'win32' ? folder : path.dirname(folder))
      const real = path.dirname(path.dirname(await realpath(python).catch(() => python)))
      roots.push(real)
    }
  }
  roots.push(path.join(homeFolder(), '.local'), '/usr/local')
  const seen = new Set<string>()
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    yield* await packagesIn(root)
  }
}

/** The newest Python first. */
export async function packagesIn(root: string): Promise<readonly string[]> {
  if (process.platform === 'win32') return [path.join(root, 'Lib', 'site-packages')]
  const lib = path.join(root, 'lib')
  const pythons = (await readdir(lib).catch(() => [])).filter((name) => /^python3(?:\.\d+)?$/.test(name))
  const version = (name: string) => Number(name.split('.')[1] ?? 0)
  pythons.sort((a, b) => version(b) - version(a))
  return pythons.flatMap((one) => ['site-packages', 'dist-packages'].map((kind) => path.join(lib, one, kind)))
}
