/** Plain pictures (PNG, JPEG, WebP): one level, one tile, decoded whole at the first read and kept. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import { decodePicture, mustBeOne, pictureFacts, sixteenBits } from '../../codecs/sharp.js'
import { CodecError } from '../../codecs/types.js'
import { isAddress } from '../../core/address.js'
import { SlideError } from '../../core/errors.js'
import type { ByteSource } from '../byte-source.js'
import type { OpenContext } from '../format.js'
import { pictureFrom } from '../picture-from.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { levelOf, type Tile, type TileStore } from '../store.js'

export async function open(source: ByteSource, context: OpenContext): Promise<Opened> {
  const { ref, limits, signal } = context
  const { uri } = source
  await refuseMrxs(context)
  const from = await pictureFrom(source, limits, signal)
  const facts = await pictureFacts(from).catch((cause: unknown) => {
    throw cause instanceof CodecError ? new SlideError('SLIDE_MALFORMED', `${uri}: ${cause.message}`, { cause }) : cause
  })
  const { width, height, format } = facts
  await mustBeOne(from, facts).catch((cause: unknown) => {
    throw cause instanceof CodecError ? new SlideError('SLIDE_UNSUPPORTED', `${uri}: ${cause.message}`, { cause }) : cause
  })
  if (width * height > limits.picturePixels) {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} is a picture of ${width} x ${height} pixels, more than ${limits.picturePixels}`, {
      hint: `convert it to a tiled TIFF: vips tiffsave ${uri} out.tif --tile --pyramid --compression jpeg`,
    })
  }
  const scale = scaleOf({}, ref)
  const wide = sixteenBits(facts)
  const warnings = [...scale.warnings, ...(wide === null ? [] : [wide])]
  const store = pictureStore(from, width, height)
  return {
    info: {
      id: ref.id,
      uri: ref.uri,
      kind: 'tile',
      vendor: format,
      width,
      height,
      levels: store.levels,
      ...scale,
      warnings,
      associated: [],
      compression: format,
    },
    store,
    source,
    pictures: {},
  }
}

/** An MRXS slide begins as the small JPEG that its file is, and only its name says more: one that lost its ending would be read as that. */
async function refuseMrxs({ ref, files }: OpenContext): Promise<void> {
  if (ref.kind !== 'slide' || isAddress(ref.uri)) return
  const folder = path.basename(ref.uri).replace(/\.[^.]*$/, '')
  const slidedat = files.sibling(`${folder}/Slidedat.ini`)
  // Beside the slide itself it is a picture of it that somebody made, and to rename it would end the slide.
  if (!existsSync(slidedat) || existsSync(files.sibling(`${folder}.mrxs`))) return
  throw new SlideError(
    'SLIDE_UNSUPPORTED',
    `${ref.uri} is a small picture of the MRXS slide whose data is in the folder ${folder} beside it`,
    {
      hint: `rename it to ${folder}.mrxs`,
    },
  )
}

function pictureStore(from: string | Uint8Array, width: number, height: number): TileStore {
  let decoded: Promise<Tile> | undefined
  const decode = async (): Promise<Tile> => {
    const picture = await decodePicture(from, 'drop', width * height)
    if (picture.width !== width || picture.height !== height || picture.channels !== 3) {
      throw new CodecError(
        `the picture is ${picture.width} x ${picture.height} x ${picture.channels}, its header says ${width} x ${height}`,
      )
    }
    return { ...picture, kept: true }
  }
  return {
    levels: [levelOf(width, height, { width, height })],
    extents: () => [],
    decode: () => {
      decoded ??= decode()
      return decoded
    },
  }
}
