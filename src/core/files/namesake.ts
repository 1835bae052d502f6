/** Why a file of this machine that is named is not there, where its folder tells: a link that leads nowhere, or a name that is spelled otherwise. */

import { access, lstat, readdir, readlink } from 'node:fs/promises'
import path from 'node:path'
import { decoded } from '../address.js'
import { succeeds } from '../succeeds.js'

/**
 * What helps, in words; undefined where nothing is known. Copied between machines, `Müller.svs` may have its accent as a letter of its own (macOS), or
 * other capital letters (Windows does not tell them apart); git-annex and DataLad leave a link until the file is fetched.
 */
export async function namesakeHint(uri: string): Promise<string | undefined> {
  const target = await readlink(uri).catch(() => undefined)
  if (target !== undefined)
    return `it is a link to ${target}, where nothing lies: fetch or mount that (git annex get, datalad get), or link it anew`
  const slashed = uri.replaceAll('\\', '/')
  if (slashed !== uri && (await succeeds(access(slashed)))) return `there is ${slashed}: between folders stands / here`
  const missing = await firstMissing(path.dirname(uri))
  if (missing !== undefined) return `the folder ${missing} does not exist${spelled(missing, await namesakeOf(missing), ', and ')}`
  const other = await namesakeOf(uri)
  if (other !== undefined) return spelled(uri, other)
  // Lists of ids have no endings, and archives have one more.
  const longer = (await namesIn(uri)).filter((one) => one.startsWith(`${path.basename(uri)}.`))
  return longer.length === 0
    ? undefined
    : `${JSON.stringify(longer[0])} lies there${longer.length > 1 ? `, and ${longer.length - 1} more that begin so` : ''}: is it that?`
}

/** What lies in that folder under a name that only looks alike. */
export async function namesakeOf(uri: string): Promise<string | undefined> {
  const name = path.basename(uri)
  return (await namesIn(uri)).find((one) => one !== name && plain(one) === plain(name))
}

function spelled(uri: string, other: string | undefined, before = ''): string {
  if (other === undefined) return ''
  return `${before}${JSON.stringify(other)} lies there, which is spelled otherwise${how(path.basename(uri), other)}: name that`
}

const namesIn = (uri: string): Promise<string[]> => readdir(path.dirname(uri)).catch(() => [])

/** As it is read aloud: without case, spaces around it and quotes, its accents in one form, what stands for a letter (%20) as that. */
const plain = (name: string) =>
  decoded(name)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^['"\s]+|['"\s]+$/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\.tiff$/, '.tif')

/** Names that look alike are told apart in words. */
function how(name: string, other: string): string {
  if (name.normalize('NFC') === other.normalize('NFC')) return ' (its accents are letters of their own: Unicode NFC and NFD)'
  if (decoded(name) === other) return ' (%20 and its like are for addresses alone)'
  return name.toLowerCase() === other.toLowerCase() ? ' (capital and small letters)' : ''
}

async function firstMissing(folder: string): Promise<string | undefined> {
  const parent = path.dirname(folder)
  if (await succeeds(lstat(folder))) return undefined
  return parent === folder || (await succeeds(lstat(parent))) ? folder : firstMissing(parent)
}
