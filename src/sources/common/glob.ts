/**
 * Files by pattern: tinyglobby's doorway. Relative patterns start at `folder`; the answer is absolute and sorted by code unit, so it is the
 * same on every machine. Endings match in upper and lower case. Hidden files and folders (a leading dot) are left out unless the pattern names the dot. Symbolic links are
 * followed, files and folders; a file reached twice through links to folders (a loop) is taken once, by its shortest path.
 */

import { realpath } from 'node:fs/promises'
import path from 'node:path'

export async function filesOf(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby')
  const found = await glob(patterns.map(anyCase), { cwd: folder, absolute: true, followSymbolicLinks: true, expandDirectories: false })
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

/** `*.{svs,tif}` also for `A.TIF`: the letters behind the first dot of a name with wildcards stand for both cases. */
function anyCase(pattern: string): string {
  const [, folders = '', name = ''] = /^(.*\/)?([^/]*)$/s.exec(pattern)!
  const dot = name.indexOf('.')
  if (dot < 0 || !isPattern(name)) return pattern
  const ending = name.slice(dot).replace(/\\.|\[[^\]]*\]|[a-z]/gis, (part) => {
    if (part.startsWith('\\')) return part
    // A set of characters, `[st]`, gets those of the other case too; a named one, `[[:alpha:]]`, has both.
    if (part.startsWith('[')) return part.includes(':') ? part : `${part.slice(0, -1)}${otherCase(part.slice(1, -1).replace(/^[!^]/, ''))}]`
    return `[${part.toLowerCase()}${part.toUpperCase()}]`
  })
  return folders + name.slice(0, dot) + ending
}

const otherCase = (text: string) => text.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))

/** True for a text with wildcards. */
export const isPattern = (text: string): boolean => /[*?{}[\]()!]/.test(text)

/** The order of everything a source yields: by code unit, not by the language of the machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The folder a pattern starts in: everything before its first part with a wildcard. */
export function baseOf(pattern: string, folder: string): string {
  const parts = pattern.split('/')
  const wild = parts.findIndex(isPattern)
  return path.resolve(folder, parts.slice(0, wild === -1 ? -1 : wild).join('/') || '.')
}
