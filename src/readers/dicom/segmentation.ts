/**
 * A segmentation of a whole slide: which segments it has, and which frame shows which of them, and where.
 *
 *     BINARY       a frame is of one segment, a bit a pixel, without a gap between frames
 *     FRACTIONAL   a frame is of one segment, a byte a pixel: so much of MaximumFractionalValue
 *     LABELMAP     a frame is of all segments, and a pixel the number of one; 0 is none
 */

import type { Reference } from '../../core/slide.js'
import type { Size } from '../../geometry/region.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import type { Attributes } from './attributes.js'
import type { Element } from './elements.js'
import type { SlideHeader } from './header.js'
import { concatenationOf, unsupported } from './instance.js'
import type { Place } from './place.js'
import { referenceOf } from './reference.js'
import { refuseUnread, type Syntax } from './syntax.js'
import { tags } from './tags.js'

/** The classes of segmentations, and of label maps. */
export const segmentations = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7']

export interface Segmentation {
  readonly source: ByteSource
  readonly place: Place
  readonly syntax: Syntax
  readonly pixels: Element
  readonly kind: SegmentationKind
  /** Of the whole picture, and of a frame. */
  readonly size: Size
  readonly frame: Size
  readonly frames: number
  readonly bits: number
  /** Of a fraction, what is all. */
  readonly most: number
  /** Their names by their numbers. */
  readonly segments: ReadonlyMap<number, string>
  readonly placeOf: (frame: number) => FramePlace
  readonly reference: Reference | undefined
}

type SegmentationKind = 'BINARY' | 'FRACTIONAL' | 'LABELMAP'

interface FramePlace {
  readonly x: number
  readonly y: number
  /** The number of its segment; of a label map none. */
  readonly segment: number | undefined
}

/** `limits`: of what it says it has. Throws SlideError, and RangeError with what is wrong. */
export function segmentationIn({ set, syntax, pixels }: SlideHeader, source: ByteSource, place: Place, limits: Limits): Segmentation {
  const { uri } = place
  refuseUnread(syntax, uri)
  const kind = set.text(tags.SegmentationType)
  if (kind !== 'BINARY' && kind !== 'FRACTIONAL' && kind !== 'LABELMAP')
    throw new RangeError(`it is a DICOM segmentation of the type ${kind ?? 'nobody says'}, which is none of BINARY, FRACTIONAL, LABELMAP`)
  if (pixels === undefined) throw new RangeError('it is a DICOM segmentation without pixels')
  const size = { width: set.number(tags.TotalPixelMatrixColumns, 'UL') ?? 0, height: set.number(tags.TotalPixelMatrixRows, 'UL') ?? 0 }
  const frame = { width: set.number(tags.Columns, 'US') ?? 0, height: set.number(tags.Rows, 'US') ?? 0 }
  if (size.width < 1 || size.height < 1) throw new RangeError('it is a DICOM segmentation of no whole slide: it has no total pixel matrix')
  if (frame.width < 1 || frame.height < 1 || frame.width * frame.height > limits.tilePixels)
    throw new RangeError(`it has frames of ${frame.width} x ${frame.height} pixels`)
  if ((concatenationOf(set, uri)?.total ?? 1) > 1) throw new RangeError('it is a part of a DICOM concatenation: write it in one file')
  const bits = set.number(tags.BitsAllocated, 'US') ?? 8
  mustBeRead(kind, bits, syntax, uri)
  const frames = set.number(tags.NumberOfFrames, 'IS') ?? 1
  if (!Number.isInteger(frames) || frames < 1 || frames > limits.tiles) throw new RangeError(`it says it has ${frames} frames`)
  const segments = new Map<number, string>()
  for (const item of set.items(tags.SegmentSequence)) {
    const number = item.number(tags.SegmentNumber, 'US')
    if (number !== undefined) segments.set(number, item.text(tags.SegmentLabel) ?? '')
  }
  return {
    source,
    place,
    syntax,
    pixels,
    kind,
    size,
    frame,
    frames,
    bits,
    most: set.number(tags.MaximumFractionalValue, 'US') ?? 255,
    segments,
    placeOf: placesIn(set, { kind, size, frame, frames, segments }),
    reference: referenceOf(set, size),
  }
}

function mustBeRead(kind: SegmentationKind, bits: number, { encapsulated, codec, bigEndian }: Syntax, uri: string): void {
  const wanted = kind === 'BINARY' ? [1] : kind === 'LABELMAP' ? [8, 16] : [8]
  if (!wanted.includes(bits)) throw new RangeError(`it is a DICOM segmentation (${kind}) with ${bits} bits a pixel`)
  const isRead = encapsulated
    ? ['none', 'deflate'].includes(codec) || (bits > 1 && codec === 'rle') || (bits === 8 && ['jpeg-ls', 'jpeg2000'].includes(codec))
    : !bigEndian
  if (isRead) return
  const how = encapsulated ? codec : 'big endian'
  throw unsupported(uri, `has ${bits} bits a pixel in ${how}`, 'write it plain, for example with: gdcmconv --raw in.dcm out.dcm')
}

type Described = Pick<Segmentation, 'kind' | 'size' | 'frame' | 'frames' | 'segments'>

/** In order of segments, planes and rows, or each as it says itself. */
function placesIn(set: Attributes, of: Described): Segmentation['placeOf'] {
  const { kind, size, frame, frames, segments } = of
  const organization = set.text(tags.DimensionOrganizationType)
  const saysPlace = set.first(tags.PerFrameFunctionalGroupsSequence)?.first(tags.PlanePositionSlideSequence) !== undefined
  if (saysPlace && organization !== 'TILED_FULL') return placesSaid(set, of)
  const columns = Math.ceil(size.width / frame.width)
  const tiles = columns * Math.ceil(size.height / frame.height)
  const numbers = kind === 'LABELMAP' ? [undefined] : [...segments.keys()]
  // Several planes of focus are laid over each other.
  const each = frames / numbers.length
  if (each < tiles || each % tiles !== 0)
    throw new RangeError(
      `it has ${frames} frames for ${tiles} tiles of ${kind === 'LABELMAP' ? 'a label map' : `${segments.size} segments`}`,
    )
  return (index) => {
    const tile = index % tiles
    return { x: (tile % columns) * frame.width, y: Math.floor(tile / columns) * frame.height, segment: numbers[Math.floor(index / each)] }
  }
}

function placesSaid(set: Attributes, { kind, frames }: Described): Segmentation['placeOf'] {
  const places: FramePlace[] = []
  const shared = segmentIn(set.first(tags.SharedFunctionalGroupsSequence))
  for (const group of set.items(tags.PerFrameFunctionalGroupsSequence)) {
    const position = group.first(tags.PlanePositionSlideSequence)
    const column = position?.number(tags.ColumnPositionInTotalImagePixelMatrix, 'SL')
    const row = position?.number(tags.RowPositionInTotalImagePixelMatrix, 'SL')
    const segment = kind === 'LABELMAP' ? undefined : (segmentIn(group) ?? shared)
    const number = places.length + 1
    if (column === undefined || row === undefined) throw new RangeError(`it does not say where its frame ${number} lies`)
    if (kind !== 'LABELMAP' && segment === undefined) throw new RangeError(`it does not say of which segment its frame ${number} is`)
    places.push({ x: column - 1, y: row - 1, segment })
  }
  if (places.length !== frames) throw new RangeError(`it says the places of ${places.length} frames, and has ${frames}`)
  return (index) => places[index]!
}

const segmentIn = (groups: Attributes | undefined): number | undefined =>
  groups?.first(tags.SegmentIdentificationSequence)?.number(tags.ReferencedSegmentNumber, 'US')
