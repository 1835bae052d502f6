/**
 * Groups and arrays of a Zarr store. Version 3 says all of one in `zarr.json`; version 2 has `.zattrs` for what a user says of it, and `.zarray`
 * for an array's shape. Documents are read once.
 */

import { isAddress } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import type { OpenContext } from '../format.js'
import { type Json, objectOf } from './json.js'

export interface Node {
  /** Below the folder of the slide; empty: the folder itself. */
  readonly path: string
  readonly version: 2 | 3
  /** What NGFF says: in version 3 it stands below `ome`. */
  readonly attributes: Json
  /** Of an array: what it is. */
  readonly array?: Json
}

/** The documents that were read, by their path in the store: who the slide is follows from them. */
export type Documents = Map<string, Uint8Array>

/**
 * Null where neither a group nor an array lies. Throws a SlideError. A bucket whose objects all may read, and nobody list, says 403 of what is not
 * there: only where nothing at all may be read is it refused.
 */
export async function nodeAt(path: string, context: OpenContext, documents: Documents, version?: 2 | 3): Promise<Node | null> {
  const refused: SlideError[] = []
  const node = await nodeIn(version, (name) => documentAt(path === '' ? name : `${path}/${name}`, context, documents, refused))
  if (node === null && refused.length > 0) throw refused[0]
  return node && { path, ...node }
}

async function nodeIn(version: 2 | 3 | undefined, read: (name: string) => Promise<Json | null>): Promise<Omit<Node, 'path'> | null> {
  if (version !== 2) {
    const all = await read('zarr.json')
    if (all !== null) {
      const attributes = objectOf(all.attributes)
      return {
        version: 3,
        attributes: { ...attributes, ...objectOf(attributes.ome) },
        ...(all.node_type === 'array' ? { array: all } : {}),
      }
    }
    if (version === 3) return null
  }
  const [attributes, group, array] = await Promise.all(['.zattrs', '.zgroup', '.zarray'].map(read))
  if (!attributes && !group && !array) return null
  return { version: 2, attributes: attributes ?? {}, ...(array ? { array } : {}) }
}

async function documentAt(path: string, { files, limits }: OpenContext, documents: Documents, refused: SlideError[]): Promise<Json | null> {
  const uri = files.inside(path)
  let bytes: Uint8Array
  try {
    bytes = await files.read(uri, limits.tagBytes)
  } catch (error) {
    if (!isAbsent(error, uri)) throw error
    if (error.code === 'SLIDE_FORBIDDEN') refused.push(error)
    return null
  }
  documents.set(path, bytes)
  try {
    return objectOf(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new SlideError('SLIDE_MALFORMED', `${uri} is no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** Whether a document is not there, or a server says so by refusing it. Of a chunk a refusal is none: it may be that who asks no longer may. */
export const isAbsent = (error: unknown, uri: string): error is SlideError =>
  error instanceof SlideError && (error.code === 'SLIDE_MISSING' || (error.code === 'SLIDE_FORBIDDEN' && isAddress(uri)))
