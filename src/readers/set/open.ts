/**
 * A set of ready-cut patches as one slide: a column, picture i in rows i × H to (i + 1) × H. Every picture is brought to the size that is asked
 * for; where none is, it must have the size of the first one that can be read, and another size is that picture's error. One picture is decoded at
 * a time; none is kept but by the cache.
 */

import { CodecError } from '../../codecs/types.js'
import { type RemoteOptions, withoutSecrets } from '../../core/address.js'
import { SlideError, TiastreamError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import { resize } from '../../geometry/resample.js'
import type { OpenContext } from '../format.js'
import type { Limits } from '../limits.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { isOfTheSource, SourceFailed } from '../source-failed.js'
import { levelOf, type Tile, type TileStore } from '../store.js'
import { decodeOf, factsOf, type SetPictureFacts } from './picture.js'

export async function open({ ref, limits, signal }: OpenContext): Promise<Opened> {
  const uris = (ref.images ?? []).map(({ uri }) => uri)
  if (uris.length === 0) throw new SlideError('SLIDE_NO_PICTURE', `${ref.uri} is a set without pictures`)
  const first = await firstReadable(ref.uri, uris, ref.remote, limits, signal)
  const store = ref.resize === undefined ? setStore(uris, ref.remote, first, limits) : resizedStore(uris, ref.remote, ref.resize, limits)
  const { width, height } = store.levels[0]!
  const scale = scaleOf({}, ref)
  return {
    info: {
      id: ref.id,
      uri: ref.uri,
      kind: 'set',
      vendor: 'set',
      width,
      height,
      levels: store.levels,
      ...scale,
      warnings: [...scale.warnings, ...(first.odd === null ? [] : [`${first.uri}: ${first.odd}`])],
      associated: [],
      compression: first.format,
    },
    store,
    source: null,
    pictures: {},
  }
}

async function firstReadable(
  name: string,
  uris: readonly string[],
  remote: RemoteOptions | undefined,
  limits: Limits,
  signal?: AbortSignal,
): Promise<SetPictureFacts & { readonly uri: string }> {
  let failure: unknown
  for (const uri of uris) {
    signal?.throwIfAborted()
    try {
      const facts = await factsOf(uri, remote)
      if (facts.width * facts.height <= limits.picturePixels) return { ...facts, uri: withoutSecrets(uri) }
      throw new SlideError(
        'SLIDE_TOO_LARGE',
        `${withoutSecrets(uri)} is ${facts.width} x ${facts.height} pixels, more than ${limits.picturePixels}`,
      )
    } catch (error) {
      if (!(error instanceof TiastreamError) || isOfTheSource(error)) throw error
      failure ??= error
    }
  }
  const why = failure instanceof Error ? failure.message : String(failure)
  throw new SlideError(
    'SLIDE_UNREADABLE',
    `${uris.length === 1 ? 'the one picture' : `none of the ${uris.length} pictures`} of ${name} can${uris.length === 1 ? 'not' : ''} be read: ${why}`,
    { cause: failure },
  )
}

function setStore(uris: readonly string[], remote: RemoteOptions | undefined, { width, height }: Size, limits: Limits): TileStore {
  const tile = { width, height }
  const decode = async (uri: string): Promise<Tile> => {
    const wrong = (facts: { width: number; height: number }) =>
      new SlideError(
        'PATCH_SIZE',
        `${withoutSecrets(uri)} is ${facts.width} x ${facts.height} pixels, the first picture of its set is ${width} x ${height}`,
        {
          hint: 'patches: { resize: 224 px } brings all pictures to one size; or put those of another size into a set of their own',
        },
      )
    try {
      // A larger picture is not decoded at all.
      const picture = await decodeOf(uri, Math.min(limits.picturePixels, width * height), remote)
      if (picture.width !== width || picture.height !== height || picture.channels !== 3) throw wrong(picture)
      return picture
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      const facts = await factsOf(uri, remote)
      if (facts.width !== width || facts.height !== height) throw wrong(facts)
      throw undecodable(uri, error)
    }
  }
  return columnOf(uris, tile, decode)
}

/** Shrunk by area; cubic as soon as one side is enlarged: what a read of a slide does. */
function resizedStore(uris: readonly string[], remote: RemoteOptions | undefined, { width, height }: Size, limits: Limits): TileStore {
  const tile = { width, height }
  return columnOf(uris, tile, async (uri) => {
    const picture = await decodeOf(uri, limits.picturePixels, remote).catch((cause: unknown) => {
      throw cause instanceof CodecError ? undecodable(uri, cause) : cause
    })
    const data = new Uint8Array(width * height * 3)
    resize(picture.data, picture, data, tile, width > picture.width || height > picture.height ? 'cubic' : 'area')
    return { width, height, data }
  })
}

const undecodable = (uri: string, cause: CodecError) =>
  new SlideError('TILE_UNDECODABLE', `${withoutSecrets(uri)} cannot be decoded: ${cause.message}`, { cause })

function columnOf(uris: readonly string[], tile: Size, decode: (uri: string) => Promise<Tile>): TileStore {
  return {
    levels: [levelOf(tile.width, tile.height * uris.length, tile)],
    extents: () => [],
    decode: (_, index) =>
      decode(uris[index]!).catch((error: unknown) => {
        throw isOfTheSource(error) ? new SourceFailed(error) : error
      }),
  }
}
