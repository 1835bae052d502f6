/** Who a slide of several files is: their names and sizes, the ends of each, and blocks spread over them by their sizes. */

import { createHash } from 'node:crypto'
import { nameIn } from '../core/address.js'
import type { SlideIdentity } from '../core/slide.js'
import { ahead } from '../flow/ahead.js'
import type { ByteSource } from './byte-source.js'
import { openIfThere } from './files/files.js'
import type { OpenContext } from './format.js'
import { AT_ONCE, BETWEEN, BLOCK, extentsOf, type Facts, factsOf, hashOf, newest, readOnce, versionOf } from './identity.js'

/** Of more files than this, less of each is read: 4 KiB at each end, and as much between. */
const FEW = 32
const SMALL = 4 * 1024

interface Part {
  readonly name: string
  /** Null: it is not there, and counts as that. */
  readonly facts: Facts | null
  /** Hashes of its ends, and of what lies between. */
  readonly ends: string
  readonly between: string
}

/**
 * In the order of the names, wherever they lie; the slide's own name counts as little as that of a slide of one file. Reads 1 MiB and
 * 128 KiB of each file; of more than 32 files 12 KiB of each. `before`: who it was when it was last looked at; with all files in the same state at
 * their server it is that.
 */
export async function identityOfFiles(context: OpenContext, uris: readonly string[], before?: SlideIdentity): Promise<SlideIdentity> {
  if (before?.version !== undefined) {
    const facts = await factsOfFiles(context, uris)
    if (versionOf(facts) === before.version) return { ...before, modified: newest(facts) }
  }
  const parts = await partsOf(context, [...new Set(uris)])
  const head = createHash('sha256')
  const blocks = createHash('sha256')
  for (const { name, facts, ends, between } of parts.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    head.update(`${JSON.stringify(name)} ${facts?.size ?? -1} ${ends}\n`)
    blocks.update(`${between}\n`)
  }
  const all = parts.map(({ facts }) => facts)
  const version = versionOf(all)
  const nameless = createHash('sha256')
  for (const one of parts.map(({ facts, ends, between }) => `${facts?.size ?? -1} ${ends} ${between}\n`).sort()) nameless.update(one)
  const hashes = { head: head.digest('hex'), blocks: blocks.digest('hex'), nameless: nameless.digest('hex') }
  return { bytes: bytesOf(all), modified: newest(all), ...(version === undefined ? {} : { version }), ...hashes }
}

/** What each is, without reading it; null is not there. */
export async function factsOfFiles(context: OpenContext, uris: readonly string[]): Promise<readonly (Facts | null)[]> {
  return collected([...new Set(uris)], (uri) => during(context, uri, async (source) => source && factsOf(source)))
}

export const bytesOf = (files: readonly (Pick<Facts, 'size'> | null)[]): number => files.reduce((sum, file) => sum + (file?.size ?? 0), 0)

async function partsOf(context: OpenContext, uris: readonly string[]): Promise<readonly Part[]> {
  const { ref, signal } = context
  const nameOf = (uri: string) => (uri === ref.uri ? '' : nameIn(uri))
  if (uris.length > FEW) return collected(uris, (uri) => during(context, uri, (source) => partOf(nameOf(uri), source, SMALL, 1, signal)))
  // How much is read of each follows from the sizes of all: they stay open until then, and are closed with the slide whatever happens.
  const sources = await Promise.all(uris.map((uri) => openIfThere(uri, context.files)))
  const bytes = Math.max(1, bytesOf(sources))
  const shareOf = ({ size }: ByteSource) => Math.ceil((BETWEEN * size) / bytes)
  const parts = await Promise.all(
    sources.map((source, i) => partOf(nameOf(uris[i]!), source, BLOCK, source === null ? 0 : shareOf(source), signal)),
  )
  await Promise.all(sources.map((source) => source?.close()))
  return parts
}

async function partOf(name: string, source: ByteSource | null, block: number, count: number, signal?: AbortSignal): Promise<Part> {
  if (source === null) return { name, facts: null, ends: hashOf([]), between: hashOf([]) }
  const [ends, between] = extentsOf(source.size, block, count)
  const readAll = (extents: typeof ends) => Promise.all(extents.map((extent) => readOnce(source, extent, signal)))
  const [outer, inner] = await Promise.all([readAll(ends), readAll(between)])
  return { name, facts: factsOf(source), ends: hashOf(outer), between: hashOf(inner) }
}

async function during<T>(context: OpenContext, uri: string, look: (source: ByteSource | null) => Promise<T>): Promise<T> {
  const source = await openIfThere(uri, context.files)
  try {
    return await look(source)
  } finally {
    await source?.close()
  }
}

async function collected<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const found: R[] = []
  for await (const one of ahead(all, AT_ONCE, work)) found.push(one)
  return found
}
