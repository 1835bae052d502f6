/**
 * A set of ready-cut patches as one slide: a column, picture i in rows i × H to (i + 1) × H. Every picture must have the size of the first
 * one that can be read; another size is that picture's error. One picture is decoded at a time; none is kept but by the cache.
 */

import { decodePicture, type PictureFacts, pictureFacts } from '../../codecs/sharp.js'
import { CodecError } from '../../codecs/types.js'
import { SlideError, TiastreamError } from '../../core/errors.js'
import { openFile } from '../byte-source.js'
import type { OpenContext } from '../format.js'
import type { Limits } from '../limits.js'
import { formats } from '../registry.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { levelOf, type Tile, type TileStore } from '../store.js'

export async function open({ ref, limits, signal }: OpenContext): Promise<Opened> {
  const uris = (ref.images ?? []).map(({ uri }) => uri)
  if (uris.length === 0) throw new SlideError('SLIDE_NO_PICTURE', `${ref.uri} is a set without pictures`)
  const first = await firstReadable(ref.uri, uris, limits, signal)
  const store = setStore(uris, first, limits)
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
      associated: [],
      compression: first.format,
    },
    store,
    source: null,
    pictures: {},
  }
}

async function firstReadable(name: string, uris: readonly string[], limits: Limits, signal?: AbortSignal): Promise<PictureFacts> {
  let failure: unknown
  for (const uri of uris) {
    signal?.throwIfAborted()
    try {
      await checkFormat(uri)
      const facts = await factsOf(uri)
      if (facts.width * facts.height <= limits.picturePixels) return facts
      throw new SlideError('SLIDE_TOO_LARGE', `${uri} is ${facts.width} x ${facts.height} pixels, more than ${limits.picturePixels}`)
    } catch (error) {
      if (!(error instanceof TiastreamError)) throw error
      failure ??= error
    }
  }
  const why = failure instanceof Error ? failure.message : String(failure)
  throw new SlideError('SLIDE_UNREADABLE', `none of the ${uris.length} pictures of ${name} can be read: ${why}`, { cause: failure })
}

function setStore(uris: readonly string[], { width, height }: PictureFacts, limits: Limits): TileStore {
  const tile = { width, height }
  const decode = async (uri: string): Promise<Tile> => {
    await checkFormat(uri)
    const wrong = (facts: { width: number; height: number }) =>
      new SlideError(
        'PATCH_SIZE',
        `${uri} is ${facts.width} x ${facts.height} pixels, the first picture of its set is ${width} x ${height}`,
        {
          hint: 'put pictures of another size into a set of their own',
        },
      )
    try {
      // A larger picture is not decoded at all.
      const picture = await decodePicture(uri, 'drop', Math.min(limits.picturePixels, width * height))
      if (picture.width !== width || picture.height !== height || picture.channels !== 3) throw wrong(picture)
      return picture
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      const facts = await factsOf(uri)
      if (facts.width !== width || facts.height !== height) throw wrong(facts)
      throw new SlideError('TILE_UNDECODABLE', `${uri} cannot be decoded: ${error.message}`, { cause: error })
    }
  }
  return {
    levels: [levelOf(width, height * uris.length, tile)],
    extents: () => [],
    decode: (_, index) => decode(uris[index]!),
  }
}

async function factsOf(uri: string): Promise<PictureFacts> {
  try {
    return await pictureFacts(uri)
  } catch (cause) {
    throw cause instanceof CodecError ? new SlideError('TILE_UNDECODABLE', `${uri}: ${cause.message}`, { cause }) : cause
  }
}

/** The decoder would take many more formats; a set is PNG, JPEG, TIFF or WebP. Missing and forbidden files are found here, too. */
async function checkFormat(uri: string): Promise<void> {
  const source = await openFile(uri)
  try {
    const head = await source.read(0, Math.min(16, source.size))
    if (!formats.some((format) => format.is(head))) {
      throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is no PNG, JPEG, TIFF or WebP picture`)
    }
  } finally {
    await source.close()
  }
}
