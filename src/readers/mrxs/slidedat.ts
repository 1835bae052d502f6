/**
 * What Slidedat.ini says of a slide. The camera takes photos, each cut into d × d images (CameraImageDivisionsPerSide). Of each level an image holds
 * c × c images of full resolution, where c grows by IMAGE_CONCAT_FACTOR (an exponent of 2) from level to level.
 */

import { SlideError } from '../../core/errors.js'
import type { Size } from '../../geometry/region.js'
import type { Limits } from '../limits.js'
import { type Ini, must, realIn, textIn, wholeIn } from './ini.js'

export type ImageFormat = 'jpeg' | 'png' | 'bmp'

export interface LevelFacts {
  /** Of an image. */
  readonly image: Size
  readonly format: ImageFormat
  /** Images of full resolution that one holds, along a side: c. */
  readonly concat: number
  readonly overlap: { readonly x: number; readonly y: number }
  /** Of a pixel along an axis; undefined where it is not said. */
  readonly micrometres: (axis: 'X' | 'Y') => number | undefined
}

/** A picture beside the slide: its name, and which record it is. */
export interface PictureRecord {
  readonly name: string
  readonly record: number
  readonly format: ImageFormat
}

export interface Slidedat {
  readonly id: string
  /** Images of full resolution across and down. */
  readonly images: Size
  /** Images along a side of a photo: d. */
  readonly divisions: number
  readonly power?: number
  readonly fluorescence: boolean
  /** Of which the first is read. */
  readonly focalPlanes: number
  readonly indexFile: string
  readonly dataFiles: readonly string[]
  readonly levels: readonly LevelFacts[]
  /** Which record says where the photos lie. */
  readonly positions?: { readonly record: number; readonly zlib: boolean }
  /** It has a name for such a record, which its counts leave out. */
  readonly lostPositions?: string
  readonly pictures: readonly PictureRecord[]
}

const general = 'GENERAL'
const hierarchical = 'HIERARCHICAL'
const formats: Readonly<Record<string, ImageFormat>> = { JPEG: 'jpeg', PNG: 'png', BMP24: 'bmp' }
const pictures: readonly (readonly [name: string, value: string, key: string])[] = [
  ['label', 'ScanDataLayer_SlideBarcode', 'BARCODE_IMAGE_TYPE'],
  ['macro', 'ScanDataLayer_SlideThumbnail', 'THUMBNAIL_IMAGE_TYPE'],
  ['thumbnail', 'ScanDataLayer_SlidePreview', 'PREVIEW_IMAGE_TYPE'],
]

/** An image of level 31 would hold 2^31 images a side. */
const MOST_LEVELS = 31
const MOST_FILES = 1024
/** Kinds of records, and values of each: some dozens as a rule. */
const MOST_RECORDS = 65_536
/** Corners of tiles are kept in 32 bits. */
const LONGEST_SIDE = 2 ** 31 - 1

/** Throws a SlideError where it says too little, or nonsense. */
export function slidedatOf(ini: Ini, limits: Limits): Slidedat {
  const positive = (group: string, key: string, most = LONGEST_SIDE) => {
    const value = wholeIn(ini, group, key)
    return must(value !== undefined && value >= 1 && value <= most ? value : undefined, ini, group, key)
  }
  const images = { width: positive(general, 'IMAGENUMBER_X'), height: positive(general, 'IMAGENUMBER_Y') }
  const levels = levelsOf(ini, positive, limits)
  const power = Number(/^(\d+(?:\.\d+)?)x?$/i.exec(textIn(ini, general, 'OBJECTIVE_MAGNIFICATION') ?? '')?.[1] ?? 0)
  const positions = positionsOf(ini)
  const files = positive('DATAFILE', 'FILE_COUNT', MOST_FILES)
  return {
    id: must(textIn(ini, general, 'SLIDE_ID'), ini, general, 'SLIDE_ID'),
    images,
    divisions: wholeIn(ini, general, 'CameraImageDivisionsPerSide') === undefined ? 1 : positive(general, 'CameraImageDivisionsPerSide'),
    ...(power > 0 ? { power } : {}),
    fluorescence: /FLUORESCENCE/i.test(textIn(ini, general, 'SLIDE_TYPE') ?? ''),
    focalPlanes: focalPlanesIn(ini),
    indexFile: must(textIn(ini, hierarchical, 'INDEXFILE'), ini, hierarchical, 'INDEXFILE'),
    dataFiles: Array.from({ length: files }, (_, i) => must(textIn(ini, 'DATAFILE', `FILE_${i}`), ini, 'DATAFILE', `FILE_${i}`)),
    levels,
    ...(positions === undefined ? lostPositions(ini) : { positions }),
    pictures: pictures.flatMap(([name, value, key]) => pictureOf(ini, name, value, key) ?? []),
  }
}

/** Layers lie behind the zoom levels: filters, `Microscope focus level`, what is known of the scan. */
function focalPlanesIn(ini: Ini): number {
  const layer = [...(ini.groups.get(hierarchical) ?? [])].find(([key, value]) => /^HIER_\d+_NAME$/.test(key) && /focus/i.test(value))
  return (layer && wholeIn(ini, hierarchical, layer[0].replace('NAME', 'COUNT'))) ?? 1
}

function levelsOf(ini: Ini, positive: (group: string, key: string, most?: number) => number, limits: Limits): LevelFacts[] {
  const name = textIn(ini, hierarchical, 'HIER_0_NAME')
  if (name !== 'Slide zoom level')
    throw new SlideError('SLIDE_UNSUPPORTED', `${ini.uri}: its first layer is ${JSON.stringify(name ?? '')}, not the zoom levels`)
  const count = positive(hierarchical, 'HIER_0_COUNT', MOST_LEVELS)
  const levels: LevelFacts[] = []
  let exponent = 0
  for (let i = 0; i < count; i++) {
    const key = `HIER_0_VAL_${i}_SECTION`
    const group = must(textIn(ini, hierarchical, key), ini, hierarchical, key)
    const factor = wholeIn(ini, group, 'IMAGE_CONCAT_FACTOR')
    const least = i === 0 ? 0 : 1
    exponent += must(
      factor !== undefined && factor >= least && exponent + factor < 31 ? factor : undefined,
      ini,
      group,
      'IMAGE_CONCAT_FACTOR',
    )
    const said = must(textIn(ini, group, 'IMAGE_FORMAT'), ini, group, 'IMAGE_FORMAT')
    const format = Object.hasOwn(formats, said) ? formats[said] : undefined
    if (format === undefined)
      throw new SlideError(
        'SLIDE_UNSUPPORTED',
        `${ini.uri}: level ${i} has images of the format ${JSON.stringify(said)}, which is not read`,
        {
          hint: 'export it as JPEG, PNG or BMP24 from its viewer',
        },
      )
    const image = { width: positive(group, 'DIGITIZER_WIDTH'), height: positive(group, 'DIGITIZER_HEIGHT') }
    if (image.width * image.height > limits.tilePixels)
      throw new SlideError(
        'SLIDE_TOO_LARGE',
        `${ini.uri}: level ${i} has images of ${image.width} x ${image.height} pixels, more than ${limits.tilePixels}`,
      )
    levels.push({
      image,
      format,
      concat: 2 ** exponent,
      overlap: { x: overlapIn(ini, group, 'OVERLAP_X', image.width), y: overlapIn(ini, group, 'OVERLAP_Y', image.height) },
      micrometres: (axis) => realIn(ini, group, `MICROMETER_PER_PIXEL_${axis}`),
    })
  }
  return levels
}

/** Photos that overlap by more than an image would not get on. */
function overlapIn(ini: Ini, group: string, key: string, side: number): number {
  const value = realIn(ini, group, key)
  return must(value !== undefined && Math.abs(value) < side ? value : undefined, ini, group, key)
}

/** Records are numbered through all names, and the values of each. */
function recordsOf(ini: Ini): { readonly name: string; readonly value: string; readonly section: string; readonly record: number }[] {
  const records: ReturnType<typeof recordsOf> = []
  const names = wholeIn(ini, hierarchical, 'NONHIER_COUNT') ?? 0
  let record = 0
  for (let i = 0; i < names && record < MOST_RECORDS; i++) {
    const name = textIn(ini, hierarchical, `NONHIER_${i}_NAME`)
    const count = wholeIn(ini, hierarchical, `NONHIER_${i}_COUNT`)
    // Which number the next ones have, nobody can say.
    if (name === undefined || count === undefined || count < 1) break
    for (let j = 0; j < count && record < MOST_RECORDS; j++) {
      const value = textIn(ini, hierarchical, `NONHIER_${i}_VAL_${j}`) ?? ''
      records.push({ name, value, section: textIn(ini, hierarchical, `NONHIER_${i}_VAL_${j}_SECTION`) ?? '', record: record++ })
    }
  }
  return records
}

const [rawPositions, packedPositions] = ['VIMSLIDE_POSITION_BUFFER', 'StitchingIntensityLayer']

function positionsOf(ini: Ini): Slidedat['positions'] {
  const records = recordsOf(ini)
  const raw = records.find(({ name }) => name === rawPositions)
  if (raw !== undefined) return { record: raw.record, zlib: false }
  const packed = records.find(({ name }) => name === packedPositions)
  return packed === undefined ? undefined : { record: packed.record, zlib: true }
}

function lostPositions(ini: Ini): Pick<Slidedat, 'lostPositions'> {
  const said = [...(ini.groups.get(hierarchical) ?? [])].find(
    ([key, value]) => /^NONHIER_\d+_NAME$/.test(key) && (value === rawPositions || value === packedPositions),
  )
  return said === undefined ? {} : { lostPositions: said[1] }
}

function pictureOf(ini: Ini, name: string, value: string, key: string): PictureRecord | undefined {
  const found = recordsOf(ini).find((record) => record.name === 'Scan data layer' && record.value === value)
  const said = found && textIn(ini, found.section, key)
  const format = said !== undefined && Object.hasOwn(formats, said) ? formats[said] : undefined
  return found === undefined || format === undefined ? undefined : { name, record: found.record, format }
}
