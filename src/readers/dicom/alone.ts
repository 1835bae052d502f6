/** What a file that was named by itself is a part of: other programs open all of its series then, and here its folder is to be named. */

import { isAddress } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import { isDicom, type OpenContext } from '../format.js'
import type { Instance } from './instance.js'

/** Files beside it that are looked at: in a folder of many slides that is done for each of them. */
const MOST = 64
const AT_ONCE = 8
/** The series is said here, before pictures of colours and places of frames. */
const HEAD = 16 * 1024

/** A sentence where files of the same series lie beside it. On servers nobody looks. */
export async function othersOf({ uri, series }: Instance, context: OpenContext): Promise<readonly string[]> {
  if (context.again || !/^[\d.]+$/.test(series) || isAddress(context.ref.uri)) return []
  const folder = context.files.sibling('.')
  const listed = (await unlessUnreadable(context.files.list(folder))) ?? []
  const looked = listed.filter((one) => !one.isFolder && one.uri !== context.files.sibling(nameOf(uri))).slice(0, MOST)
  const others: string[] = []
  for (let at = 0; at < looked.length; at += AT_ONCE) {
    const some = looked.slice(at, at + AT_ONCE)
    const same = await Promise.all(some.map((one) => unlessUnreadable(isOf(series, one.uri, context))))
    others.push(...some.filter((_, i) => same[i]).map(({ name }) => name))
  }
  if (others.length === 0) return []
  const which = others.length === 1 ? `${others[0]} is` : `${others[0]} and ${others.length - 1} more are`
  return [`it is read alone, as one level: ${which} of its series, too; name the folder, ${folder}, for the whole slide`]
}

const nameOf = (uri: string) => uri.split(/[/\\]/).at(-1)!

async function isOf(series: string, uri: string, { files, signal }: OpenContext): Promise<boolean> {
  const source = await files.open(uri)
  try {
    const head = await source.read(0, Math.min(HEAD, source.size), signal)
    // UIDs of pictures begin with that of their series, at times.
    const whole = new RegExp(`(?<![\\d.])${series.replaceAll('.', '\\.')}(?![\\d.])`)
    return isDicom(head) && whole.test(Buffer.from(head).toString('latin1'))
  } finally {
    await source.close()
  }
}

const unlessUnreadable = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof SlideError) return undefined
    throw error
  })
