/** Who a slide of several files is: their names and sizes, the ends of each, and blocks spread over them by their sizes. */

import { createHash } from 'node:crypto'
import { SlideError } from '../core/errors.js'
import type { SlideIdentity } from '../core/slide.js'
import type { SlideFiles } from './files/of-slide.js'
import type { OpenContext } from './format.js'
import { AT_ONCE, BETWEEN, BLOCK, spread } from './identity.js'

/** Of more files than this, less of each is read: 4 KiB at each end, and as much between. */
const FEW = 32
const SMALL = 4 * 1024

interface Part {
  readonly name: string
  readonly uri: string
  /** −1: it is not there, and counts as that. */
  readonly size: number
  readonly modified: number
  /** Of a file on a server: in that state it is as the server says. */
  readonly version?: string
}

/**
 * In the order of the names, wherever they lie; the slide's own name counts as little as that of a slide of one file. Reads 1 MiB and
 * 128 KiB of each file; of more than 32 files 12 KiB of each.
 */
export async function identityOfFiles({ ref, files, signal }: OpenContext, uris: readonly string[]): Promise<SlideIdentity> {
  const parts = (await inTurns([...new Set(uris)], (uri) => factsOf(uri, ref.uri, files))).sort((a, b) => (a.name < b.name ? -1 : 1))
  const bytes = parts.reduce((sum, { size }) => sum + Math.max(0, size), 0)
  const block = parts.length > FEW ? SMALL : BLOCK
  const head = createHash('sha256')
  const blocks = createHash('sha256')
  const samples = await inTurns(parts, (part) => samplesOf(part, block, parts.length > FEW ? 1 : shareOf(part.size, bytes), files, signal))
  for (const [i, { name, size }] of parts.entries()) {
    head.update(`${JSON.stringify(name)} ${size} ${samples[i]!.ends}\n`)
    blocks.update(`${samples[i]!.between}\n`)
  }
  const modified = parts.reduce((newest, part) => Math.max(newest, part.modified), 0)
  return { bytes, modified, head: head.digest('hex'), blocks: blocks.digest('hex') }
}

const shareOf = (size: number, all: number) => Math.ceil((BETWEEN * Math.max(0, size)) / Math.max(1, all))

async function factsOf(uri: string, slide: string, files: SlideFiles): Promise<Part> {
  const name = uri === slide ? '' : (uri.split(/[/\\]/).at(-1) ?? '')
  try {
    const source = await files.open(uri)
    await source.close()
    const { size, modified, version } = source
    return { name, uri, size, modified, ...(version === undefined ? {} : { version }) }
  } catch (error) {
    if (error instanceof SlideError && error.code === 'SLIDE_MISSING') return { name, uri, size: -1, modified: 0 }
    throw error
  }
}

/** Hashes of a file's ends, and of what lies between. */
async function samplesOf({ uri, size, version }: Part, block: number, between: number, files: SlideFiles, signal?: AbortSignal) {
  const ends = createHash('sha256')
  const middle = createHash('sha256')
  if (version !== undefined && size > 0) return { ends: ends.update(version).digest('hex'), between: '' }
  if (size > 0) {
    const source = await files.open(uri)
    try {
      const first = Math.min(block, size)
      const last = Math.max(first, size - block)
      ends.update(await source.read(0, first, signal)).update(await source.read(last, size - last, signal))
      for (const { offset, length } of spread(first, last, block, between)) middle.update(await source.read(offset, length, signal))
    } finally {
      await source.close()
    }
  }
  return { ends: ends.digest('hex'), between: middle.digest('hex') }
}

/** Some at once: the wait is for the disk. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE) done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))))
  return done
}
