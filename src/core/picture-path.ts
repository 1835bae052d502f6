/** Where the pictures of a set lie in it: the same path wherever the set lies, on a disk or on a server. */

import path from 'node:path'
import { isAddress, nameIn, schemeOf, withoutSecrets } from './address.js'

/** The folder that a file lies in, a path or an address without its secrets; the server or bucket itself lies in none. */
export function folderOf(uri: string): string {
  if (!isAddress(uri)) return path.dirname(uri)
  const bare = withoutSecrets(uri).replace(/\/+$/, '')
  const end = bare.lastIndexOf('/')
  return end > bare.indexOf('://') + 2 ? bare.slice(0, end) : bare
}

/** The deepest folder that all these lie below, folders themselves; null where they have none together. */
export function commonFolder(folders: Iterable<string>): string | null {
  let common: readonly string[] | null = null
  for (const folder of folders) {
    const parts = partsOf(folder)
    const known: readonly string[] = common ?? parts
    const same = known.findIndex((part, i) => part !== parts[i])
    common = same < 0 ? known : known.slice(0, same)
  }
  if (common === null || common.length === 0) return null
  return isAddress(common[0]!) ? joined(common) : path.normalize(joined(common))
}

/** Paths of pictures from a folder on, with `/`, as a disk would have them: `dark red/a.png` of `https://host/c/dark%20red/a.png?signature`. */
export function pathsFrom(folder: string): (uri: string) => string {
  const from = partsOf(folder)
  return (uri) => {
    const to = partsOf(uri)
    if (from[0] !== to[0]) return withoutSecrets(uri)
    let same = 0
    while (same < from.length && same < to.length - 1 && from[same] === to[same]) same++
    const names = schemeOf(uri) === 'http' ? to.slice(same).map(readable) : to.slice(same)
    return [...from.slice(same).map(() => '..'), ...names].join('/')
  }
}

/** And back: where it lies. */
export function pictureAt(folder: string, file: string): string {
  if (isAddress(file) || path.isAbsolute(file)) return file
  if (!isAddress(folder)) return path.resolve(folder, file)
  const [host = '', ...parts] = partsOf(folder)
  for (const name of file.split('/')) {
    if (name === '..') parts.pop()
    else parts.push(schemeOf(folder) === 'http' ? encodeURIComponent(name) : name)
  }
  return joined([host, ...parts])
}

/** The server or bucket, or the root of the disk, and then a name each. */
function partsOf(uri: string): string[] {
  if (!isAddress(uri)) return path.resolve(uri).replaceAll(path.sep, '/').replace(/\/$/, '').split('/')
  const [, host = '', rest = ''] = /^([^/]+\/\/[^/]*)\/?(.*?)\/*$/s.exec(withoutSecrets(uri)) ?? []
  return rest === '' ? [host] : [host, ...rest.split('/')]
}

const joined = (parts: readonly string[]): string => (parts.length === 1 && !isAddress(parts[0]!) ? `${parts[0]}/` : parts.join('/'))

/** A name of a web address; where it would be no name of a file it stays as it is written. */
function readable(name: string): string {
  const read = nameIn(`https://host/${name}`)
  return /[/\\\0]/.test(read) || read === '' || read === '.' || read === '..' ? name : read
}
