/** Ids of slides: unique in a run, and safe as file names on every system. */

import path from 'node:path'
import { PipelineError } from '../../core/errors.js'

/** `S1.ome.tiff` is `S1`: these endings belong together. */
const doubleEndings = /\.(ome|gs|qptiff)\.(tiff?|btf|tf[28])$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const unsafe = /[\u0000-\u001f\u007f/\\:*?"<>|]/g
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i
/** File systems take 255 bytes; the rest is for endings such as `.overlay.png.partial`. */
export const longestId = 180

/** The file name without its ending, made safe. */
export function idOf(uri: string): string {
  const name = path.posix.basename(uri.replaceAll('\\', '/'))
  // A DICOM series lies in a folder of such a name: nothing of it is an ending.
  if (/^\d+(\.\d+){3,}$/.test(name)) return safeId(name)
  const bare = doubleEndings.test(name) ? name.replace(doubleEndings, '') : path.parse(name).name
  return safeId(bare)
}

/** Letters of a name that are looked at: what is behind them would be cut all the same, letter by letter. */
const looked = 4096

/** What an id must be changed to, to be a file name everywhere; the id itself when nothing is wrong with it. */
export function safeId(id: string): string {
  let safe = id
    .slice(0, looked)
    .normalize('NFC')
    .replace(unsafe, '_')
    .replace(/^\.+/, '_')
    .replace(/[. ]+$/, '')
    .trimStart()
  // A letter of two halves goes whole: half of one is no text, and is another name when it is read again.
  while (Buffer.byteLength(safe) > longestId) safe = safe.replace(/.$/su, '')
  if (safe === '' || reserved.test(safe)) return `_${safe}`
  return safe
}

/** Tells apart names that differ only in case, too: not every file system does. */
export class Ids {
  readonly #owners = new Map<string, string>()

  /** An error naming both files when the id is already taken. */
  claim(id: string, uri: string): PipelineError | undefined {
    const key = id.toLowerCase()
    const owner = this.#owners.get(key)
    if (owner === undefined) {
      this.#owners.set(key, uri)
      return undefined
    }
    return new PipelineError('ID_CLASH', `'${id}' would be the id of both ${owner} and ${uri}`, {
      hint: 'name them in a list with an id column, or narrow the glob',
    })
  }
}
