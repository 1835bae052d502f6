/** What a file that was named by itself is a part of: other programs open all of its series then, and here its folder is to be named. */

import { isAddress } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { Lru } from '../../flow/lru.js'
import { isDicom, type OpenContext } from '../format.js'
import type { Instance } from './instance.js'

/** Files beside it that are looked at. */
const MOST = 4096
const AT_ONCE = 8
/** The series is said here, before pictures of colours and places of frames. */
const HEAD = 16 * 1024
/** The UIDs in each, by its path: a folder of many slides is read once, not for each of them. A file that is written anew is told of as it was. */
const seen = new Lru<string, readonly string[]>(16 * 2 ** 20)

/** A sentence where files of the same series lie beside it. On servers nobody looks. */
export async function othersOf({ uri, series }: Instance, context: OpenContext): Promise<readonly string[]> {
  if (context.again || !/^\d+(\.\d+){2,}$/.test(series) || isAddress(context.ref.uri)) return []
  const folder = context.files.sibling('.')
  const listed = (await unlessUnreadable(context.files.list(folder))) ?? []
  const looked = listed.filter((one) => !one.isFolder && one.uri !== context.files.sibling(nameOf(uri))).slice(0, MOST)
  const others: string[] = []
  for (let at = 0; at < looked.length; at += AT_ONCE) {
    const some = looked.slice(at, at + AT_ONCE)
    const said = await Promise.all(some.map((one) => seen.get(one.uri) ?? unlessUnreadable(uidsIn(one.uri, context))))
    others.push(...some.filter((_, i) => said[i]?.includes(series)).map(({ name }) => name))
  }
  if (others.length === 0) return []
  const which = others.length === 1 ? `${others[0]} is` : `${others[0]} and ${others.length - 1} more are`
  return [`it is read alone, as one level: ${which} of its series, too; name the folder, ${folder}, for the whole slide`]
}

const nameOf = (uri: string) => uri.split(/[/\\]/).at(-1)!

/** Whole ones: UIDs of pictures begin with that of their series, at times. */
const uids = /(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])/g

async function uidsIn(uri: string, { files, signal }: OpenContext): Promise<readonly string[]> {
  const source = await files.open(uri)
  try {
    const head = await source.read(0, Math.min(HEAD, source.size), signal)
    const found = isDicom(head) ? (Buffer.from(head).toString('latin1').match(uids) ?? []) : []
    // Copied: a piece of a text keeps all of it.
    const said = found.map((uid) => Buffer.from(uid).toString())
    seen.set(uri, said, 64 * (1 + said.length))
    return said
  } finally {
    await source.close()
  }
}

const unlessUnreadable = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof SlideError) return undefined
    throw error
  })
