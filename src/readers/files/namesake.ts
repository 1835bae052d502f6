/** Why a file of this machine that is named is not there, where its folder tells: a link that leads nowhere, or a name that is spelled otherwise. */

import { lstat, readdir, readlink } from 'node:fs/promises'
import path from 'node:path'

/**
 * What helps, in words; undefined where nothing is known. Copied between machines, `Müller.svs` may have its accent as a letter of its own (macOS), or
 * other capital letters (Windows does not tell them apart); git-annex and DataLad leave a link until the file is fetched.
 */
export async function namesakeHint(uri: string): Promise<string | undefined> {
  const target = await readlink(uri).catch(() => undefined)
  if (target !== undefined)
    return `it is a link to ${target}, where nothing lies: fetch or mount that (git annex get, datalad get), or link it anew`
  const missing = await firstMissing(path.dirname(uri))
  if (missing !== undefined) return `the folder ${missing} does not exist`
  const other = await namesakeOf(uri)
  return other && `${JSON.stringify(other)} lies there, which is spelled otherwise${how(path.basename(uri), other)}: name that`
}

/** What lies in that folder under a name that only looks alike. */
export async function namesakeOf(uri: string): Promise<string | undefined> {
  const [folder, name] = [path.dirname(uri), path.basename(uri)]
  const names = await readdir(folder).catch(() => [])
  return names.find((one) => one !== name && plain(one) === plain(name))
}

/** As it is read aloud: without case, spaces around it and quotes, its accents in one form. */
const plain = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^['"\s]+|['"\s]+$/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\.tiff$/, '.tif')

/** Names that look alike are told apart in words. */
function how(name: string, other: string): string {
  if (name.normalize('NFC') === other.normalize('NFC')) return ' (its accents are letters of their own: Unicode NFC and NFD)'
  return name.toLowerCase() === other.toLowerCase() ? ' (capital and small letters)' : ''
}

async function firstMissing(folder: string): Promise<string | undefined> {
  const parent = path.dirname(folder)
  const isThere = (at: string) =>
    lstat(at).then(
      () => true,
      () => false,
    )
  if (await isThere(folder)) return undefined
  return parent === folder || (await isThere(parent)) ? folder : firstMissing(parent)
}
