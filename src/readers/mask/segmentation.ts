/** A segmentation in DICOM as the rows of a mask: frames of one row of tiles after the other. */

import { unpackBareDeflate } from '../../codecs/deflate.js'
import { loadJpeg2000, loadJpegLs } from '../../codecs/load.js'
import { unpackRle } from '../../codecs/rle.js'
import type { SlideInfo } from '../../core/slide.js'
import type { Classes } from '../../geometry/polygons.js'
import type { Region } from '../../geometry/region.js'
import { coalesce, type Extent } from '../byte-source.js'
import { frameExtents, unpacked } from '../dicom/frames.js'
import type { Segmentation } from '../dicom/segmentation.js'
import { defaultLimits } from '../limits.js'
import { checkSize, type MaskPicture } from './mask-picture.js'
import { type Grid, gridOver, isOfAnotherSize } from './segment-grid.js'
import { type Chosen, chosenSegments } from './segments.js'

/** Pixels of a row of tiles, one byte each. */
const mostStrip = 2 ** 28

/** Throws SlideError, RangeError or CodecError with what is wrong. */
export async function openSegmentation(
  found: Segmentation,
  slide: Pick<SlideInfo, 'width' | 'height' | 'mpp' | 'reference'>,
  classes: Classes | undefined,
  signal?: AbortSignal,
): Promise<MaskPicture> {
  const { size, frame, reference, segments } = found
  const grid = gridOver(slide, size, reference)
  checkSize(grid)
  if (grid.width * frame.height > mostStrip)
    throw new RangeError(`a row of its frames has ${grid.width} x ${frame.height} pixels: write it in smaller frames`)
  const chosen = chosenSegments(segments, classes)
  const warnings = [...chosen.warnings]
  const [own, its] = [slide.reference?.uid, reference?.uid]
  if (own !== undefined && its !== undefined && own !== its)
    warnings.push('it is of another frame of reference (0020,0052) than the slide: is it of another slide?')
  const shown = isOfAnotherSize(slide, size, reference)
  if (shown !== undefined)
    warnings.push(
      `by its PixelSpacing it shows ${shown}: it is stretched over the slide, which does not say where it lies (give it as DICOM where the segmentation is of a part)`,
    )
  const { x, y, width, height } = grid.at
  if (x >= grid.width || y >= grid.height || x + width <= 0 || y + height <= 0)
    warnings.push('it lies wholly outside the slide, by its origin (0048,0008): nothing is tissue')
  const frames = await framesOf(found, warnings, signal)
  return { width: grid.width, height: grid.height, warnings, rows: (asked) => rowsOf(found, grid, chosen, frames, asked) }
}

/** The bytes of frames, and what they say. */
interface Frames {
  readonly extent: (frame: number) => Extent
  /** A byte a pixel: whether it is of the segments that are wanted, and of those that are taken away. */
  readonly decode: (frame: number, bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array
}

async function framesOf(of: Segmentation, warnings: string[], signal?: AbortSignal): Promise<Frames> {
  const { source, place, pixels, frame, frames, bits, syntax } = of
  const area = frame.width * frame.height
  const checked = (data: Uint8Array) => {
    if (data.length < Math.ceil((area * bits) / 8)) throw new RangeError(`a frame of it has ${data.length} bytes, and ${area} pixels`)
    return data
  }
  if (!syntax.encapsulated) {
    const needed = Math.ceil((area * frames * bits) / 8)
    if (pixels.length < needed) throw new RangeError(`it has ${pixels.length} bytes of pixels, its ${frames} frames need ${needed}`)
    const first = (index: number) => Math.floor((index * area * bits) / 8)
    const extent = (index: number) => {
      const offset = first(index)
      return { offset: place.base + pixels.at + offset, length: Math.ceil(((index + 1) * area * bits) / 8) - offset }
    }
    return { extent, decode: (index, bytes) => (bits === 1 ? bitsOf(bytes, (index * area) % 8, area) : checked(bytes)) }
  }
  const extent = await frameExtents(of, { source, limits: defaultLimits, warnings, signal })
  const decodePicture = await decoderOf(of)
  const decode = (bytes: Uint8Array) => checked(decodePicture(unpacked(bytes, 'all')))
  // In an item of its own, a frame begins with the first bit of a byte.
  return { extent, decode: (_, bytes) => (bits === 1 ? bitsOf(decode(bytes), 0, area) : decode(bytes)) }
}

/** The lowest bit of a byte is the first. */
function bitsOf(bytes: Uint8Array, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let i = 0, bit = from; i < count; i++, bit++) out[i] = (bytes[bit >> 3]! >> (bit & 7)) & 1
  return out
}

async function decoderOf({ syntax, frame, bits }: Segmentation): Promise<(bytes: Uint8Array) => Uint8Array> {
  const area = frame.width * frame.height
  if (syntax.codec === 'none') return (bytes) => bytes
  if (syntax.codec === 'deflate') return (bytes) => unpackBareDeflate(bytes, Math.ceil((area * bits) / 8))
  if (syntax.codec === 'rle') {
    return (bytes) => {
      const [high, low] = unpackRle(bytes, area, bits / 8)
      return low === undefined ? high! : Uint8Array.from({ length: 2 * area }, (_, i) => (i % 2 === 0 ? low : high!)[i >> 1]!)
    }
  }
  const decode = syntax.codec === 'jpeg-ls' ? await loadJpegLs() : await loadJpeg2000()
  return (bytes) => {
    const { width, height, channels, data } = decode(bytes, { maxWidth: frame.width, maxHeight: frame.height, components: 1 })
    if (width !== frame.width || height !== frame.height || channels !== 1)
      throw new RangeError(`a frame of it is a picture of ${width} x ${height} pixels in ${channels} channels`)
    return data
  }
}

async function* rowsOf(
  of: Segmentation,
  grid: Grid,
  chosen: Chosen,
  frames: Frames,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array | number> {
  const { frame, source } = of
  const strip = new Uint8Array(grid.width * frame.height)
  let done = 0
  for (const [index, inside] of stripsOf(of, chosen).entries()) {
    const top = grid.at.y + index * frame.height
    const [from, to] = [Math.max(0, top), Math.min(grid.height, top + frame.height)]
    if (inside.length === 0 || to <= from) continue
    if (from > done) yield from - done
    strip.fill(0)
    // What is taken away comes last.
    for (const cut of [false, true]) {
      const extents = inside.filter((one) => paints(one, of, chosen, cut)).map((one) => ({ ...frames.extent(one), one }))
      for (const { offset, length, parts } of coalesce(extents)) {
        const bytes = await source.read(offset, length, signal)
        for (const part of parts) {
          const own = bytes.subarray(part.offset - offset, part.offset - offset + part.length)
          const { x, y, segment } = of.placeOf(part.one)
          // Of a segment that is in order, most frames have nothing.
          if (segment !== undefined && own.every((byte) => byte === 0)) continue
          const data = await frames.decode(part.one, own)
          const place = {
            x: x + grid.at.x,
            y: y - index * frame.height,
            width: Math.min(frame.width, of.size.width - x),
            height: frame.height,
          }
          paint(strip, grid.width, place, frame.width, setOf(of, chosen, cut, data), cut ? 0 : 1)
        }
      }
    }
    done = to
    yield strip.subarray((from - top) * grid.width, (to - top) * grid.width)
  }
  if (done < grid.height) yield grid.height - done
}

/** What of a frame lies in the strip, which is as high. */
function paint(strip: Uint8Array, width: number, place: Region, stride: number, isSet: (i: number) => boolean, value: number): void {
  const { x: left, y: above } = place
  const [first, last] = [Math.max(0, -left), Math.min(place.width, width - left)]
  for (let y = Math.max(0, -above); y < Math.min(place.height, place.height - above); y++) {
    const [row, to] = [y * stride, (y + above) * width + left]
    for (let x = first; x < last; x++) if (isSet(row + x)) strip[to + x] = value
  }
}

/** The frames that reach into each row of tiles; one that lies between two is in both. */
function stripsOf(of: Segmentation, chosen: Chosen): readonly (readonly number[])[] {
  const { frame, frames, size } = of
  const strips = Array.from({ length: Math.ceil(size.height / frame.height) }, (): number[] => [])
  for (let i = 0; i < frames; i++) {
    const { y } = of.placeOf(i)
    if (![false, true].some((cut) => paints(i, of, chosen, cut))) continue
    const first = Math.floor(y / frame.height)
    for (let at = first; at * frame.height < y + frame.height; at++) strips[at]?.push(i)
  }
  return strips
}

function paints(index: number, of: Segmentation, { isWanted, isCut }: Chosen, cut: boolean): boolean {
  const { segment } = of.placeOf(index)
  if (segment === undefined) return !cut
  return cut ? isCut(segment) : isWanted(segment)
}

/** Whether a pixel of a frame is to be set, or taken away. */
function setOf({ kind, bits, most }: Segmentation, { isWanted, isCut }: Chosen, cut: boolean, data: Uint8Array): (i: number) => boolean {
  if (kind === 'BINARY') return (i) => data[i] === 1
  if (kind === 'FRACTIONAL') return (i) => data[i]! * 2 >= most
  const known = new Map<number, boolean>()
  const isTissue = (number: number) => {
    let is = known.get(number)
    if (is === undefined) {
      is = cut ? isCut(number) : isWanted(number) && !isCut(number)
      known.set(number, is)
    }
    return is
  }
  return bits === 16 ? (i) => isTissue(data[2 * i]! + 256 * data[2 * i + 1]!) : (i) => isTissue(data[i]!)
}
