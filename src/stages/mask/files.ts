/** Masks drawn by others: pictures, NumPy arrays, outlines. Of any size; they are stretched over the slide. */

import type { Tell } from '../../core/events.js'
import { haloCorner, qupathCorner } from '../../core/qupath-corner.js'
import type { Slide, SlideInfo } from '../../core/slide.js'
import { everyTurn, inTurns } from '../../flow/turn.js'
import { BitBlocks } from '../../geometry/bit-blocks.js'
import { Mask } from '../../geometry/coverage.js'
import { drawFine } from '../../geometry/draw-polygons.js'
import { type Classes, type Drawn, drawing, extentOf, shifted } from '../../geometry/polygons.js'
import { fitsProportions, turned } from '../../geometry/proportions.js'
import type { Region, Size } from '../../geometry/region.js'
import type { Scale } from '../../geometry/resolution.js'
import { threeDigits } from '../../geometry/round.js'
import type { ByteSource } from '../../readers/byte-source.js'
import type { Outlines } from '../../readers/mask/dicom.js'
import { checkSize } from '../../readers/mask/mask-picture.js'
import { type MaskPicture, openMaskPicture } from '../../readers/mask/open.js'
import { drawingOfXml } from '../../readers/mask/xml-polygons.js'
import { decoded } from '../../readers/tiff/xml.js'
import { namedFile, readSlideFile, type SlideFile } from '../slide-file.js'
import { beyond, polygonDoubts } from './polygon-doubts.js'

/** Share of a mask from which on it is told. */
const almostAll = 0.99

/** Of the edge of a mask, in hundredths, from which on it is told. */
const mostOfEdge = 75

/** Of a text of polygons. */
const mostTextBytes = 2 ** 28

export interface MaskFor {
  /** That of the overview: polygons are drawn at it or finer, and shown at it. */
  readonly size: Size
  /** Those that are tissue; absent: all. */
  readonly classes?: Classes | undefined
  readonly signal: AbortSignal
  readonly tell: Tell
}

const maskFile: SlideFile = {
  stage: 'mask',
  missing: { code: 'MASK_MISSING', why: 'is not there' },
  unreadable: { code: 'MASK_UNREADABLE' },
  hint: 'a mask is a PNG, TIFF or JPEG picture, a .npy array of rows and columns, GeoJSON polygons in baseline pixels, or XML of ASAP, ImageScope, HALO or NDP.view, or a segmentation or annotations in DICOM',
}

/** Throws SlideError. */
export function maskFromFile(file: string, slide: Slide, { size, classes, signal, tell }: MaskFor): Promise<Mask> {
  const named = namedFile('mask', file, slide)
  const warn = (what: string) => tell({ type: 'warning', code: 'MASK_ODD', message: `${named}: ${what}` })
  return readSlideFile({ file, slide, named, kind: maskFile, signal }, async (source) => {
    const found = await openMaskPicture(source, slide.info, signal, classes)
    if (found !== null && 'rows' in found) return fromPicture(found, slide.info, warn, signal)
    const outlines = found ?? (await outlinesOf(source, slide.info, classes, signal))
    return fromPolygons(outlines, slide.info, { size, classes, signal, warn })
  })
}

async function fromPicture(picture: MaskPicture, info: SlideInfo, warn: (what: string) => void, signal: AbortSignal): Promise<Mask> {
  const upright = picture.turned ? turned(picture) : picture
  const fits = fitsProportions(upright, info) || (info.mpp !== undefined && fitsProportions(upright, inMicrometres(info, info.mpp)))
  const sizes = `${upright.width} x ${upright.height} pixels for a slide of ${info.width} x ${info.height}`
  if (!fits && fitsProportions(turned(upright), info)) throw new RangeError(`it has ${sizes}: rows and columns are exchanged`)
  const place = fits || picture.turned ? null : placeOf(upright, info)
  const pixels = new BitBlocks(place ?? picture)
  const turn = everyTurn()
  pixels.pushEmpty(place?.y ?? 0)
  for await (const rows of picture.rows(signal)) {
    if (typeof rows === 'number') pixels.pushEmpty(rows)
    else pixels.push(place === null ? rows : widened(rows, picture.width, place))
    await turn(typeof rows === 'number' ? rows * 64 : rows.length)
    signal.throwIfAborted()
  }
  if (place !== null) pixels.pushEmpty(pixels.height - pixels.rows)
  for (const message of picture.warnings) warn(message)
  if (place !== null) warn(`it has ${sizes}, and the proportions of what was scanned of it: it is laid there`)
  else if (!fits) warn(`it has ${sizes}, which has other proportions; it is stretched over the slide`)
  const edge = edgeOf(pixels)
  // A tile is cut out of tissue: it touches the edge wherever it likes.
  if (edge >= (info.kind === 'slide' ? mostOfEdge : 100) && pixels.total < pixels.width * pixels.height * almostAll) {
    const none = Math.round((1 - pixels.total / (pixels.width * pixels.height)) * 100)
    warn(
      `${edge === 100 ? 'all' : `${edge} %`} of its edge is tissue, and ${none} % inside are not: if its tissue is 0, say so with classes: 0`,
    )
  }
  const mask = new Mask(picture.turned ? await inTurns(pixels.transposed(), signal) : pixels, info)
  if (mask.share === 1) warn('none of its pixels is 0: all of the slide is tissue')
  // A picture of the slide, with lines or a few black pixels in it, is a mask of almost everything.
  else if (mask.share > almostAll) warn('almost none of its pixels is 0: almost all of the slide is tissue; is it a picture of it?')
  return mask
}

/** Pixels that are no squares: a picture made at a size in µm has the proportions of the glass. */
const inMicrometres = ({ width, height }: Size, mpp: Scale): Size => ({ width: width * mpp.x, height: height * mpp.y })

/** Pictures of what was scanned alone, as QuPath and Bio-Formats show such slides: where they lie in one of the whole, to a pixel of it. */
function placeOf({ width, height }: Size, { width: across, height: down, bounds }: SlideInfo): Region | null {
  if (bounds === undefined || !fitsProportions({ width, height }, bounds)) return null
  const [x, y] = [Math.round((bounds.x * width) / bounds.width), Math.round((bounds.y * height) / bounds.height)]
  const whole = { width: Math.round((across * width) / bounds.width), height: Math.round((down * height) / bounds.height) }
  const place = { x, y, width: Math.max(whole.width, x + width), height: Math.max(whole.height, y + height) }
  checkSize(place)
  return place
}

/** Rows of a picture as those of a wider one. */
function widened(rows: Uint8Array, width: number, place: Region): Uint8Array {
  const count = rows.length / width
  const out = new Uint8Array(count * place.width)
  for (let y = 0; y < count; y++) out.set(rows.subarray(y * width, (y + 1) * width), y * place.width + place.x)
  return out
}

/** How many hundredths of its edge are set, its corners among them: 0 where one of those is not. Much is in a mask in which tissue is 0; no slide is cut so close. */
function edgeOf(pixels: BitBlocks): number {
  const { width, height } = pixels
  const set = (left: number, top: number, right: number, bottom: number) => pixels.count(left, top, right, bottom)
  const corners = [set(0, 0, 1, 1), set(width - 1, 0, width, 1), set(0, height - 1, 1, height), set(width - 1, height - 1, width, height)]
  if (corners.includes(0)) return 0
  const sides = set(0, 0, width, 1) + set(0, height - 1, width, height) + set(0, 0, 1, height) + set(width - 1, 0, width, height)
  return Math.floor((100 * sides) / (2 * (width + height)))
}

async function outlinesOf(source: ByteSource, info: SlideInfo, classes: Classes | undefined, signal: AbortSignal): Promise<Outlines> {
  if (source.size > mostTextBytes) throw new RangeError(`${source.size} bytes are too many for polygons`)
  const text = decoded(await source.read(0, source.size, signal))
  return /^\s*</.test(text) ? drawingOfXml(text, classes, info.glass) : drawing(text, classes)
}

interface Drawing extends Pick<MaskFor, 'size' | 'classes' | 'signal'> {
  readonly warn: (what: string) => void
}

async function fromPolygons(outlines: Outlines, info: SlideInfo, { size, classes, signal, warn }: Drawing): Promise<Mask> {
  const drawn = fromCorner(await inTurns(outlines, signal), info, warn)
  const { doubt, told } = polygonDoubts(drawn, info, classes)
  for (const sentence of told) warn(sentence)
  const { pixels, vanished } = await inTurns(drawFine(drawn.polygons, info, size, drawn), signal)
  if (doubt === null && vanished > 0) {
    const pixel = `${threeDigits(info.width / pixels.width)} x ${threeDigits(info.height / pixels.height)}`
    warn(
      `${vanished} of ${drawn.polygons.length} polygons hold no centre of a pixel of the mask, which is ${pixel} baseline pixels, and are not there`,
    )
  }
  const mask = new Mask(pixels, info, size)
  if (mask.share > almostAll) warn('its polygons cover almost all of the slide: is one of them an outline of the whole picture?')
  return mask
}

/**
 * QuPath's polygons of a slide of which it shows only what was scanned count from the corner of that, and so do tiles of the sink `qupath`, which may reach
 * beyond it; and so do HALO's of an MRXS. Those that fit better where they stand count from the slide's own corner: QuPath was told not to crop, or another program wrote in its words.
 */
function fromCorner(drawn: Drawn, info: SlideInfo, warn: (what: string) => void): Drawn {
  const corner = drawn.isQupath ? qupathCorner(info) : drawn.isHalo ? haloCorner(info) : null
  const extent = extentOf(drawn.polygons)
  if (corner === null || extent === null) return drawn
  const { width, height } = info.bounds!
  const fromThere = beyond(extent, { x: 0, y: 0, width, height }) <= beyond(extent, info.bounds!)
  if (!drawn.isOwn && !fromThere) return drawn
  warn(
    `its polygons are ${drawn.isQupath ? 'QuPath' : 'HALO'}'s, which shows what was scanned alone: they are moved by ${corner.x}, ${corner.y} baseline pixels, to where that lies`,
  )
  return { ...drawn, polygons: shifted(drawn.polygons, corner), cut: shifted(drawn.cut, corner) }
}
