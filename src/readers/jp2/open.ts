/** JPEG 2000 pictures (JP2, or a bare codestream): one level. Tiles are read one by one where they can be cut apart, else it is decoded whole. */

import { greyToRgb, ycbcrToRgb } from '../../codecs/colour.js'
import { MOST_TILES, readJpeg2000Header } from '../../codecs/jpeg2000-header.js'
import { cutOf } from '../../codecs/jpeg2000-tiles.js'
import { loadJpeg2000 } from '../../codecs/load.js'
import { CodecError, UnsupportedData } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { SlideKind } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import type { ByteSource, Extent } from '../byte-source.js'
import type { OpenContext } from '../format.js'
import type { Limits } from '../limits.js'
import { scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { levelOf, type TileStore } from '../store.js'
import { refuseBomb } from '../tiff/store.js'
import { boxesOf, coloursOf, resolutionOf } from './boxes.js'
import { mainHeaderOf, tilePartsOf } from './tile-parts.js'

/** The decoder holds twenty bytes of each pixel, 320 MiB, and does not give them back. */
const MOST_AT_ONCE = 2 ** 24

const hint = 'convert it to TIFF, for example with: vips tiffsave in.jp2 out.tif --tile --pyramid --compression jpeg'

export async function open(source: ByteSource, { ref, limits, signal }: OpenContext): Promise<Opened> {
  const { uri } = source
  const { codestream, header } = await boxesOf(source, signal)
  const main = await mainHeaderOf(source, codestream, signal)
  const { size, cut, ycc } = describe(main, header, uri, ref.kind, limits)
  const parts = cut === null ? [[codestream]] : await tilePartsOf(source, codestream, main.length, cut.columns * cut.rows, limits, signal)
  const store = await storeOf(size, cut, parts, ycc, limits)
  const mpp = resolutionOf(header)
  const scale = scaleOf(mpp === undefined ? {} : { mpp, mppSource: 'JP2 capture resolution' }, ref, size)
  return {
    info: {
      id: ref.id,
      uri: ref.uri,
      kind: ref.kind,
      vendor: 'jp2',
      ...size,
      levels: store.levels,
      ...scale,
      associated: [],
      compression: 'jpeg2000',
    },
    store,
    source,
    pictures: {},
  }
}

/** What the headers say, checked against what we read and what we hold. */
function describe(main: Uint8Array, header: Uint8Array, uri: string, kind: SlideKind, limits: Limits) {
  const { size, channels, tiles, cut, ...colours } = asSlide(uri, () => {
    const { width, height, steps, tiles } = readJpeg2000Header(main, { maxWidth: 2 ** 32, maxHeight: 2 ** 32 })
    return {
      tiles,
      size: { width, height },
      channels: steps.length,
      cut: cutOf(main),
      ...coloursOf(header),
    }
  })
  const tooLarge = (what: string, { width, height }: Size, most: number) => {
    if (width * height > most) {
      throw new SlideError('SLIDE_TOO_LARGE', `${uri} is a JPEG 2000 picture of ${what}${width} x ${height} pixels, more than ${most}`, {
        hint,
      })
    }
  }
  tooLarge('', size, limits.imagePixels)
  tooLarge('pieces of ', cut?.tile ?? size, Math.min(MOST_AT_ONCE, limits.tilePixels))
  if (cut === null && !(tiles <= MOST_TILES)) {
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} has ${tiles} tiles that cannot be cut apart, more than ${MOST_TILES}`, { hint })
  }
  if (channels === 4) throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has 4 channels, where RGB has 3`, { hint })
  if (channels === 1 && kind === 'slide') {
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} has one grey channel, where a slide in colour (8-bit RGB) is needed`)
  }
  return { size, cut, ycc: colours.ycc ?? false }
}

async function storeOf(
  size: Size,
  cut: ReturnType<typeof cutOf>,
  parts: readonly (readonly Extent[])[],
  ycc: boolean,
  limits: Limits,
): Promise<TileStore> {
  const decode = await loadJpeg2000()
  const tile = cut?.tile ?? size
  const bounds = { maxWidth: tile.width, maxHeight: tile.height }
  return {
    levels: [levelOf(size.width, size.height, tile)],
    extents: (_level, index) => parts[index]!,
    decode: (_level, index, bytes, memory) => {
      const packed = bytes.reduce((sum, part) => sum + part.length, 0)
      refuseBomb(packed, tile.width * tile.height * 3, limits)
      const { width, height, channels, data, ...said } = decode(cut === null ? bytes[0]! : cut.one(index, bytes), bounds)
      const count = width * height
      const out = memory(count * 3)
      if (channels === 1) greyToRgb(data, out, count)
      else if (said.ycc ?? ycc) ycbcrToRgb(data, out, count)
      else out.set(data)
      return { width, height, data: out }
    },
  }
}

/** What a codec says of the file, as an error of the slide. */
function asSlide<T>(uri: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    const unsupported = cause instanceof UnsupportedData
    throw new SlideError(unsupported ? 'SLIDE_UNSUPPORTED' : 'SLIDE_MALFORMED', `${uri}: ${cause.message}`, {
      ...(unsupported ? { hint } : {}),
      cause,
    })
  }
}
