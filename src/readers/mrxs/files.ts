/** The files of an MRXS slide: `x.mrxs`, which is a small picture, and the folder `x` beside it. */

import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { isAddress, nameIn } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { namesakeOf } from '../../core/files/namesake.js'
import { succeeds } from '../../core/succeeds.js'
import type { ByteSource } from '../byte-source.js'
import { isMissing, type Listed, openIfThere } from '../files/files.js'
import type { OpenContext } from '../format.js'
import { readIni } from './ini.js'
import { type Slidedat, slidedatOf } from './slidedat.js'

const LONGEST_INI = 2 ** 20
/** Files that are opened at once: the wait is for the disk. */
const AT_ONCE = 8

/** The path of a file of the slide, beside it. */
const inFolder = (uri: string, name: string) => `${nameIn(uri).replace(/\.mrxs$/i, '')}/${name}`
export const uriOf = ({ ref, files }: OpenContext, name: string): string => files.sibling(inFolder(ref.uri, name))

/** Throws SLIDE_MISSING when the folder is not there. */
export async function readSlidedat(context: OpenContext): Promise<Slidedat> {
  const { ref, files, limits } = context
  const uri = uriOf(context, 'Slidedat.ini')
  try {
    return slidedatOf(readIni(await files.read(uri, LONGEST_INI), uri), limits)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new SlideError('SLIDE_MISSING', `${uri}, where the MRXS slide ${ref.uri} has its data, does not exist`, {
      hint:
        (isAddress(ref.uri) ? undefined : await elsewhere(ref.uri)) ??
        'an MRXS slide is a file and the folder of the same name beside it: copy both',
      cause,
    })
  }
}

/** Folders that are looked into for the data of a slide that was renamed. */
const MOST_FOLDERS = 64

/** Where the data lies all the same, on this machine: behind a link to the file alone (as workflows stage it), or beside it under another name. */
async function elsewhere(uri: string): Promise<string | undefined> {
  const folderOf = (file: string) => file.replace(/\.mrxs$/i, '')
  const holdsData = (folder: string) => succeeds(stat(path.join(folder, 'Slidedat.ini')))
  const real = await realpath(uri).catch(() => path.resolve(uri))
  if (real !== path.resolve(uri) && (await holdsData(folderOf(real))))
    return `it is a link: name ${real}, or link the folder beside that, too`
  if (await holdsData(path.dirname(uri)))
    return `Slidedat.ini lies beside it: it belongs with its data into the folder ${path.basename(folderOf(uri))} beside it`
  const other = (await namesakeOf(path.join(folderOf(uri), 'Slidedat.ini'))) ?? (await namesakeOf(folderOf(uri)))
  if (other !== undefined) return `${JSON.stringify(other)} lies there, which is spelled otherwise: rename it`
  const beside = (await readdir(path.dirname(uri), { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .slice(0, MOST_FOLDERS)
  for (const { name } of beside)
    if (await holdsData(path.join(path.dirname(uri), name)))
      return `the folder ${JSON.stringify(name)} beside it holds the data of an MRXS slide: if it is of this one, give both the same name`
  return undefined
}

/** For who the slide is; of a slide that says nothing that makes sense the file alone. */
export async function partsOf(_place: ByteSource | readonly Listed[], context: OpenContext): Promise<readonly string[]> {
  const { uri } = context.ref
  const { indexFile, dataFiles } = await readSlidedat(context)
  return [uri, ...['Slidedat.ini', indexFile, ...dataFiles].map((name) => uriOf(context, name))]
}

/** The data files of a slide, by their numbers. */
export interface DataFiles {
  readonly names: readonly string[]
  /** Null: it is not there, or not used. */
  readonly files: readonly (ByteSource | null)[]
}

export async function openDataFiles(names: readonly string[], used: ReadonlySet<number>, context: OpenContext): Promise<DataFiles> {
  const opened: (ByteSource | null)[] = []
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE)
    opened.push(...(await Promise.all(some.map((name, i) => (used.has(at + i) ? openIfThere(uriOf(context, name), context.files) : null)))))
  }
  return { names, files: opened }
}
