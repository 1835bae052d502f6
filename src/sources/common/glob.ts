/**
 * Files by pattern: tinyglobby's doorway. Relative patterns start at `folder`; the answer is absolute and sorted by code unit, so it is the
 * same on every machine. Endings match in upper and lower case. Hidden files and folders (a leading dot) are left out unless the pattern names the dot. Symbolic links are
 * followed, files and folders; a file reached twice through links to folders (a loop) is taken once, by its shortest path. A pattern that ends with
 * `/` finds folders, which a slide may be.
 */

import { type Dirent, readdir } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { Looked } from './looked.js'

/** `closed` is given the folders that may not be looked into, with the reason (EACCES): what lies in them is among no files. */
export async function filesOf(patterns: readonly string[], folder: string, closed?: Map<string, string>): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby')
  const looked = new Looked()
  const options = { cwd: folder, absolute: true, followSymbolicLinks: true, expandDirectories: false, fs: looked.fs }
  const less = patterns.filter((pattern) => pattern.startsWith('!'))
  const files = patterns.filter((pattern) => !less.includes(pattern) && !pattern.endsWith('/'))
  const folders = patterns.filter((pattern) => !less.includes(pattern) && pattern.endsWith('/'))
  const found = files.length === 0 ? [] : await glob([...files, ...less].map(anyCase), options)
  const folderNames = [...folders, ...less].map((pattern) => nameFrom(folder, withoutSlash(pattern)))
  if (folders.length > 0) found.push(...(await glob(folderNames, { ...options, onlyDirectories: true })))
  for (const [place, code] of looked.closed()) closed?.set(place, code)
  const isTaken = await anywhere(less)
  const shortestFirst = found
    .map((file) => path.resolve(file))
    .filter((file) => !isTaken(file))
    .sort((a, b) => a.length - b.length || compare(a, b))
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

// `!**/x.svs` takes away every x.svs, also where another pattern looks in another folder or on a server.
export async function anywhere(patterns: readonly string[]): Promise<(file: string) => boolean> {
  const wide = patterns.filter((pattern) => pattern.startsWith('!**/'))
  if (wide.length === 0) return () => false
  const { default: picomatch } = await import('picomatch')
  const areTaken = wide.map((pattern) => picomatch(anyCase(withoutSlash(pattern.slice(1))), { dot: true, posix: true }))
  return (file) => areTaken.some((is) => is(file.split(path.sep).join('/')))
}

/** What tinyglobby takes: to it the folder where it begins has no name but this one. */
const nameFrom = (folder: string, pattern: string): string =>
  pattern !== '' && path.resolve(folder, pattern) === path.resolve(folder) ? '.' : pattern

/** `a/` is `a`, and stays a folder by what else is asked of it. */
export const withoutSlash = (pattern: string): string => pattern.replace(/\/+$/, '')

/** Links that the patterns name and that lead to nothing (a disk that is not mounted): they are among no files. */
export async function deadLinksOf(patterns: readonly string[], folder: string, found: readonly string[]): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby')
  const fs = { readdir: readLinksAsFiles as typeof readdir }
  const named = await glob(
    patterns.map((pattern) => anyCase(nameFrom(folder, pattern))),
    { cwd: folder, absolute: true, followSymbolicLinks: false, expandDirectories: false, fs },
  )
  const known = new Set(found)
  const dead: string[] = []
  for (const file of named.map((one) => path.resolve(one)).sort(compare)) {
    if (known.has(file)) continue
    const there = await stat(file).catch((error: NodeJS.ErrnoException) => error)
    if ('code' in there && (there.code === 'ENOENT' || there.code === 'ELOOP')) dead.push(file)
  }
  return dead
}

/** What a folder holds, each link in it as a file: tinyglobby would follow it, or leave it out. */
function readLinksAsFiles(folder: string, options: { withFileTypes: true }, done: (error: Error | null, entries?: Dirent[]) => void): void {
  readdir(folder, options, (error, entries) => {
    if (error) return done(error)
    for (const entry of entries) {
      if (entry.isSymbolicLink()) Object.assign(entry, { isFile: () => true, isSymbolicLink: () => false })
    }
    done(null, entries)
  })
}

/** `*.{svs,tif}` also for `A.TIF`: the letters behind the first dot of a name with wildcards stand for both cases. */
export function anyCase(pattern: string): string {
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
