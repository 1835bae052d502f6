/** Whether patterns will find a file that is not there yet: a result that a next run would take for a slide. */

import path from 'node:path'
import { isAddress } from '../../core/address.js'
import { anyCase, anywhere, withoutSlash } from './glob.js'

/** As on a disk: what begins with a dot is named or left out. */
const matching = { dot: false, posix: true }

/** For absolute paths of files. Patterns are relative to `folder`; those on servers, and those of folders, find none of them. */
export async function finderOf(patterns: readonly string[], folder: string): Promise<(file: string) => boolean> {
  const { default: picomatch } = await import('picomatch')
  const isMeant = (pattern: string) => picomatch(anyCase(path.isAbsolute(pattern) ? pattern : fromHere(pattern, folder)), matching)
  const here = patterns.filter((pattern) => !isAddress(pattern.replace(/^!/, '')))
  const less = here.filter((pattern) => pattern.startsWith('!')).map((pattern) => isMeant(withoutSlash(pattern.slice(1))))
  const more = here.filter((pattern) => !/^!|\/$/.test(pattern)).map(isMeant)
  const asWritten = (file: string) => file.split(path.sep).join('/')
  const isTaken = await anywhere(here)
  return (file) => more.some((is) => is(asWritten(file))) && !less.some((is) => is(asWritten(file))) && !isTaken(file)
}

/** The letters of a folder's name are no pattern. */
function fromHere(pattern: string, folder: string): string {
  const [, ups = '', rest = pattern] = /^((?:\.\.?\/)*)(.*)$/s.exec(pattern)!
  const base = path
    .resolve(folder, ups === '' ? '.' : ups)
    .split(path.sep)
    .join('/')
  return `${base.replace(/[\\*?{}[\]()!+@|]/g, '\\$&').replace(/\/$/, '')}/${rest}`
}
