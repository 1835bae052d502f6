/** Chunks by zarrita: found, unpacked, and those that are not there filled with what the array says of them. */

import * as zarr from 'zarrita'
import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import { isMissing } from '../files/files.js'
import type { OpenContext } from '../format.js'
import { isOfTheSource, SourceFailed } from '../source-failed.js'
import type { LevelArray } from './array.js'
import { boundCodecs } from './codecs.js'
import { type Documents, isAbsent } from './node.js'

export interface Chunk {
  readonly data: Uint8Array
  /** From one number to the next along each axis. */
  readonly stride: readonly number[]
}

/** The chunk at a place among the chunks. Throws a CodecError or a SlideError. */
export type ReadChunk = (place: readonly number[]) => Promise<Chunk>

boundCodecs()

/** `documents`: what was read of the store already. */
export async function chunksOf(array: LevelArray, documents: Documents, context: OpenContext): Promise<ReadChunk> {
  const location = new zarr.Location(storeOf(documents, array, context), `/${array.path}`)
  const opened = array.version === 3 ? await zarr.open.v3(location, { kind: 'array' }) : await zarr.open.v2(location, { kind: 'array' })
  const size = array.chunk.reduce((all, n) => all * n, 1)
  return async (place) => {
    const { data, stride } = await asOurs(opened.getChunk([...place]))
    if (!(data instanceof Uint8Array) || data.length !== size)
      throw new CodecError(`its chunk ${place.join(', ')} has ${(data as { length: number }).length} bytes, where ${size} are needed`)
    return { data, stride }
  }
}

/** What zarrita throws is about the bytes, unless a file could not be read. */
async function asOurs<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      // Not the chunk is at fault, and no other one can be had.
      if (isOfTheSource(at) || (at instanceof SlideError && at.code === 'SLIDE_FORBIDDEN')) throw new SourceFailed(at)
      if (at instanceof SlideError || at instanceof CodecError) throw at
    }
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new CodecError(why instanceof Error ? why.message : String(why), { cause: error })
  }
}

/** The store as zarrita asks for it: keys begin with `/`, and what is not there is undefined. */
function storeOf(documents: Documents, { tableFirst }: LevelArray, { files, limits }: OpenContext): zarr.Store {
  const ifThere = async (key: string, work: () => Promise<Uint8Array>) => {
    try {
      return await work()
    } catch (error) {
      const isDocument = /\/(?:zarr\.json|\.z\w+)$/.test(key)
      if (isDocument ? isAbsent(error, files.inside(key.slice(1))) : isMissing(error)) return undefined
      throw error
    }
  }
  return {
    get: (key) => ifThere(key, async () => documents.get(key.slice(1)) ?? files.read(files.inside(key.slice(1)), limits.tileBytes)),
    getRange: (key, range) =>
      ifThere(key, async () => {
        const uri = files.inside(key.slice(1))
        const length = 'suffixLength' in range ? range.suffixLength : range.length
        if (!(length <= limits.tileBytes))
          throw new SlideError('SLIDE_TOO_LARGE', `${uri} is said to have a chunk of ${length} bytes, more than ${limits.tileBytes}`)
        if (!('suffixLength' in range)) return files.readPart(uri, range.offset, length)
        // The table of a shard (zarrita looks for it at the end) is looked at as numbers of 8 bytes, which must not lie just anywhere.
        return new Uint8Array(await files.readPart(uri, tableFirst ? 0 : -length, length))
      }),
  }
}
