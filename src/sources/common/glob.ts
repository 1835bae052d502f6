/**
 * Files by pattern: tinyglobby's doorway. Relative patterns start at `folder`; the answer is absolute and sorted by code unit, so it is the
 * same on every machine. Hidden files and folders (a leading dot) are left out unless the pattern names the dot. Symbolic links are
 * followed, files and folders; a file reached twice through links to folders (a loop) is taken once, by its shortest path.
 */

import { realpath } from 'node:fs/promises'
import path from 'node:path'

export async function filesOf(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby')
  const found = await glob([...patterns], { cwd: folder, absolute: true, followSymbolicLinks: true, expandDirectories: false })
  const shortestFirst = found.map((file) => path.resolve(file)).sort((a, b) => a.length - b.length || compare(a, b))
  const realFolders = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const file of shortestFirst) {
    const parent = path.dirname(file)
    let real = realFolders.get(parent)
    if (real === undefined) {
      real = await realpath(parent)
      realFolders.set(parent, real)
    }
    const key = path.join(real, path.basename(file))
    if (!taken.has(key)) taken.set(key, file)
  }
  return [...taken.values()].sort(compare)
}

/** The order of everything a source yields: by code unit, not by the language of the machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The folder a pattern starts in: everything before its first part with a wildcard. */
export function baseOf(pattern: string, folder: string): string {
  const parts = pattern.split('/')
  const wild = parts.findIndex((part) => /[*?{}[\]()!]/.test(part))
  return path.resolve(folder, parts.slice(0, wild === -1 ? -1 : wild).join('/') || '.')
}
