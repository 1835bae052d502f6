/**
 * Groups and arrays of a Zarr store. Version 3 says all of one in `zarr.json`; version 2 has `.zattrs` for what a user says of it, and `.zarray`
 * for an array's shape. Documents are read once.
 */

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

/** Null where neither a group nor an array lies. Throws a SlideError. */
export async function nodeAt(path: string, context: OpenContext, documents: Documents, version?: 2 | 3): Promise<Node | null> {
  const read = (name: string) => documentAt(path === '' ? name : `${path}/${name}`, context, documents)
  if (version !== 2) {
    const all = await read('zarr.json')
    if (all !== null) {
      const attributes = objectOf(all.attributes)
      return {
        path,
        version: 3,
        attributes: { ...attributes, ...objectOf(attributes.ome) },
        ...(all.node_type === 'array' ? { array: all } : {}),
      }
    }
    if (version === 3) return null
  }
  const [attributes, group, array] = await Promise.all(['.zattrs', '.zgroup', '.zarray'].map(read))
  if (!attributes && !group && !array) return null
  return { path, version: 2, attributes: attributes ?? {}, ...(array ? { array } : {}) }
}

async function documentAt(path: string, { files, limits }: OpenContext, documents: Documents): Promise<Json | null> {
  const uri = files.inside(path)
  let bytes: Uint8Array
  try {
    bytes = await files.read(uri, limits.tagBytes)
  } catch (error) {
    if (error instanceof SlideError && error.code === 'SLIDE_MISSING') return null
    throw error
  }
  documents.set(path, bytes)
  try {
    return objectOf(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new SlideError('SLIDE_MALFORMED', `${uri} is no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
