/**
 * Microscopy Bulk Simple Annotations of DICOM as polygons. A group is a class, of shapes of one type; the numbers of all their points follow each other.
 *
 *     POLYGON     LongPrimitivePointIndexList says with which number, from 1, each begins
 *     RECTANGLE   four corners
 *     ELLIPSE     both ends of the long axis, then both of the short one
 *
 * 2D: pixels of the picture that is referred to, from its upper left corner. 3D: mm, in the frame of reference of the slide.
 */

import { viewOf } from '../../core/bytes-of.js'
import type { SlideInfo } from '../../core/slide.js'
import { pointsOfEllipse } from '../../geometry/ellipse.js'
import { addPolygons, type Classes, type Drawn, emptyDrawing, namesAsked } from '../../geometry/polygons.js'
import type { DataSet } from '../dicom/elements.js'
import { tags } from '../dicom/tags.js'
import { along } from './segment-grid.js'

/** Their class. */
export const annotations = '1.2.840.10008.5.1.4.1.1.91.1'

type Point = readonly [number, number]
type ToSlide = (x: number, y: number) => Point

/** `little`: numbers are written with their lowest byte first. Throws RangeError with what is wrong. */
export function* drawAnnotations(set: DataSet, slide: SlideInfo, asked: Classes | undefined, little: boolean): Generator<number, Drawn> {
  const drawn = emptyDrawing(asked)
  const kind = set.text(tags.AnnotationCoordinateType)
  if (kind !== '2D' && kind !== '3D')
    throw new RangeError(`its coordinates are of the type ${kind ?? 'nobody says'}, which is none of 2D, 3D`)
  const toSlide = kind === '2D' ? fromPixels(set, slide) : fromReference(set, slide)
  drawn.isPlaced = kind === '3D' || slide.instances !== undefined
  for (const group of set.items(tags.AnnotationGroupSequence)) {
    const type = group.text(tags.GraphicType)
    const number = group.number(tags.AnnotationGroupNumber, 'US')
    const label = group.text(tags.AnnotationGroupLabel) ?? String(number ?? '')
    const names = namesAsked(asked)
    const name = names.includes(label) ? label : (names.find((one) => one === String(number)) ?? label)
    // In 3D they share their z, or have one each.
    const values = kind === '2D' || group.element(tags.CommonZCoordinateValue) !== undefined ? 2 : 3
    const points = pointsOf(group, values, toSlide, little)
    if (type === 'POINT' || type === 'POLYLINE') {
      drawn.flat += type === 'POINT' ? points.length : startsOf(group, little).length
      continue
    }
    for (const [from, to] of shapesOf(type, group, points.length, values, little)) {
      yield 64 * (to - from)
      const part = points.slice(from, to)
      addPolygons([[type === 'ELLIPSE' ? ellipseOf(part) : part]], name || undefined, drawn)
    }
  }
  return drawn
}

function fromPixels(set: DataSet, { instances }: SlideInfo): ToSlide {
  if (set.text(tags.PixelOriginInterpretation) === 'FRAME')
    throw new RangeError('its coordinates count from the corner of a frame (PixelOriginInterpretation), and not of the picture')
  const uid = set.first(tags.ReferencedImageSequence)?.text(tags.ReferencedSOPInstanceUID)
  const factor = uid === undefined ? undefined : instances?.[uid]
  if (factor === undefined && instances !== undefined)
    throw new RangeError(
      `its coordinates are pixels of the picture ${uid ?? 'that it does not name'}, which is none of the slide: name the folder of its series, where it is of another level`,
    )
  const { x: across, y: down } = factor ?? { x: 1, y: 1 }
  return (x, y) => [x * across, y * down]
}

function fromReference(set: DataSet, { reference }: SlideInfo): ToSlide {
  if (reference === undefined)
    throw new RangeError(
      'its coordinates are mm in a frame of reference, and the slide does not say where it lies in it (TotalPixelMatrixOriginSequence, ImageOrientationSlide and PixelSpacing of DICOM)',
    )
  const { origin, across, down, uid } = reference
  const its = set.text(tags.FrameOfReferenceUID)
  if (uid !== undefined && its !== undefined && uid !== its)
    throw new RangeError('its coordinates are of another frame of reference (0020,0052) than the slide: is it of another slide?')
  // The origin is the middle of the first pixel.
  return (x, y) => {
    const apart = { x: x - origin.x, y: y - origin.y }
    return [along(apart, across) + 0.5, along(apart, down) + 0.5]
  }
}

function pointsOf(group: DataSet, values: number, toSlide: ToSlide, little: boolean): Point[] {
  const [single, double] = [group.bytes(tags.PointCoordinatesData), group.bytes(tags.DoublePointCoordinatesData)]
  const bytes = double ?? single ?? new Uint8Array()
  const each = double === undefined ? 4 : 8
  const view = viewOf(bytes)
  const at = (i: number) => (each === 4 ? view.getFloat32(i * each, little) : view.getFloat64(i * each, little))
  return Array.from({ length: Math.floor(bytes.length / each / values) }, (_, i) => {
    const [x, y] = [at(i * values), at(i * values + 1)]
    if (!Number.isFinite(x) || !Number.isFinite(y)) throw new RangeError(`its point ${i + 1} is at ${x}, ${y}`)
    return toSlide(x, y)
  })
}

/** With which number each begins, from 1. */
function startsOf(group: DataSet, little: boolean): number[] {
  const bytes = group.bytes(tags.LongPrimitivePointIndexList) ?? new Uint8Array()
  const view = viewOf(bytes)
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getUint32(4 * i, little))
}

/** From which point to which each reaches. */
function* shapesOf(
  type: string | undefined,
  group: DataSet,
  count: number,
  values: number,
  little: boolean,
): Generator<readonly [number, number]> {
  if (type === 'RECTANGLE' || type === 'ELLIPSE') {
    if (count % 4 !== 0) throw new RangeError(`it has ${count} points in a group of the type ${type}, each of which has four`)
    for (let from = 0; from < count; from += 4) yield [from, from + 4]
    return
  }
  if (type !== 'POLYGON') throw new RangeError(`it has a group of the type ${type ?? 'nobody says'}, which is no shape that is known`)
  const starts = startsOf(group, little).map((start) => (start - 1) / values)
  if (starts.length === 0 && count > 0) throw new RangeError('it does not say with which point each of its polygons begins')
  for (const [i, from] of starts.entries()) {
    const to = starts[i + 1] ?? count
    if (!Number.isInteger(from) || from >= to || to > count)
      throw new RangeError(`its polygon ${i + 1} reaches from point ${from + 1} to ${to}, of ${count}`)
    yield [from, to]
  }
}

function ellipseOf(ends: readonly Point[]): readonly Point[] {
  const half = (from: number, axis: 0 | 1) => (ends[from + 1]![axis] - ends[from]![axis]) / 2
  return pointsOfEllipse({
    centre: [ends[0]![0] + half(0, 0), ends[0]![1] + half(0, 1)],
    long: [half(0, 0), half(0, 1)],
    short: [half(2, 0), half(2, 1)],
  })
}
