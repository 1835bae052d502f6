/**
 * 3DHISTECH MRXS (MIRAX). The camera's photos overlap, each at a place of its own; they are cut into images, and images of lower levels are made of
 * those of higher ones, whatever photo they are of.
 */

import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, Level, SlideInfo } from '../../core/slide.js'
import { intersection, type Region, type Size } from '../../geometry/region.js'
import type { ByteSource } from '../byte-source.js'
import { joinedSource } from '../files/joined.js'
import type { OpenContext } from '../format.js'
import type { Limits } from '../limits.js'
import { bothAxes, scaleOf } from '../scale.js'
import type { Opened } from '../slide.js'
import { type DataFiles, openDataFiles, readSlidedat, uriOf } from './files.js'
import { type ImageRecords, IndexFile, type Record } from './index-file.js'
import { pictureStore } from './picture.js'
import { type Photos, photosOf, recordedPhotos, regularPhotos } from './positions.js'
import type { ImageFormat, Slidedat } from './slidedat.js'
import { absentFile, type MrxsLevel, mrxsStore } from './store.js'
import { type IndexedLevel, type Mosaic, photographed, tilesOf } from './tiles.js'

/** Of a picture beside the slide, or the positions. */
const LONGEST_RECORD = 64 * 2 ** 20

export async function open(preview: ByteSource, context: OpenContext): Promise<Opened> {
  const { ref, limits } = context
  const { uri } = ref
  if (ref.kind !== 'slide')
    throw new SlideError('SLIDE_UNSUPPORTED', `${uri} is an MRXS slide, no plain picture`, { hint: 'list it under slides:' })
  // The file itself is a small picture of the slide.
  await preview.close()
  const warnings: string[] = []
  const slidedat = await readSlidedat(context)
  const index = await readIndex(slidedat, context)
  const levels = indexedLevels(slidedat, index, uri, limits, warnings)
  const positions = slidedat.positions && index.record(slidedat.positions.record)
  const pictures = picturesIn(slidedat, index, warnings)

  const used = new Set([...levels.flatMap(({ records }) => filesOf(records)), ...pictures.map(({ place }) => place.file)])
  if (positions !== undefined) used.add(positions.file)
  const names = slidedat.dataFiles
  const data = await openDataFiles(names, used, context)
  const { files } = data
  const absent = names.filter((_, i) => used.has(i) && files[i] === null)
  if (absent.length > 0) {
    const some = `${absent.slice(0, 3).join(', ')}${absent.length > 3 ? ` and ${absent.length - 3} more` : ''}`
    warnings.push(`${some} of ${names.length} data files ${absent.length === 1 ? 'is' : 'are'} not there: what lies in them cannot be read`)
  }
  const source = joinedSource(
    uri,
    files.map((file, i) => file ?? absentFile(uriOf(context, names[i]!), files.find((one) => one !== null)?.reading)),
  )
  const photos =
    positions === undefined
      ? regularPhotos(slidedat)
      : await recordedPhotos(slidedat, await bytesOf(positions, data, context, 'its positions'), uri)
  const made = madeLevels(levels, slidedat, photos, warnings)
  const storeOf = (speed: DecodeSpeed) => mrxsStore(made, { data, across: slidedat.images.width, speed, limits })
  const store = await storeOf('exact')
  const bounds = boundsOf(made[0]!)
  const mpp = bothAxes(slidedat.levels[0]!.micrometres, warnings)
  const scale = scaleOf(
    {
      ...(mpp === undefined ? {} : { mpp, mppSource: 'MRXS MICROMETER_PER_PIXEL' }),
      ...(slidedat.power === undefined ? {} : { power: slidedat.power, powerSource: 'MRXS OBJECTIVE_MAGNIFICATION' }),
    },
    ref,
    store.levels[0],
  )
  if (slidedat.lostPositions !== undefined)
    warnings.push(
      `its Slidedat.ini names where the photos lie (${slidedat.lostPositions}), and its counts of records leave that out: they lie by their overlap alone, some pixels from their place`,
    )
  if (slidedat.focalPlanes > 1) warnings.push(`it has ${slidedat.focalPlanes} focal planes: the first is read`)
  if (slidedat.fluorescence) warnings.push('it is fluorescence in the colours of its viewer: no model for stained tissue fits it')
  const info: SlideInfo = {
    id: ref.id,
    uri,
    kind: ref.kind,
    vendor: 'mirax',
    width: store.levels[0]!.width,
    height: store.levels[0]!.height,
    levels: store.levels,
    ...scale,
    ...(bounds === undefined ? {} : { bounds }),
    associated: pictures.map(({ name }) => name).sort(),
    warnings: [...warnings, ...scale.warnings],
    compression: made[0]!.facts.format,
  }
  const pictureOf = async ({ name, place, format }: Picture) =>
    pictureStore(await bytesOf(place, data, context, `its ${name}`), format, `${uri}: its ${name}`, limits)
  return {
    info,
    store,
    ...(made.some(({ facts }) => facts.format === 'jpeg') ? { faster: () => storeOf('fast') } : {}),
    source,
    pictures: Object.fromEntries(pictures.map((picture) => [picture.name, () => pictureOf(picture)])),
  }
}

async function readIndex({ id, indexFile, dataFiles }: Slidedat, context: OpenContext): Promise<IndexFile> {
  const uri = uriOf(context, indexFile)
  return new IndexFile(await context.files.read(uri, context.limits.tagBytes), uri, id, dataFiles.length)
}

/** Level 0 must be readable, a further one is left out with a warning. */
function indexedLevels(slidedat: Slidedat, index: IndexFile, uri: string, limits: Limits, warnings: string[]): IndexedLevel[] {
  const { images, divisions, levels } = slidedat
  const photos = photosOf(slidedat)
  if (photos.width * photos.height > limits.tiles)
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${photos.width} x ${photos.height} photos, more than ${limits.tiles}`)
  const whole = wholeSize(slidedat)
  const base = shrunk(whole, levels[0]!.concat)
  if (base.width > 2 ** 31 - 1 || base.height > 2 ** 31 - 1 || base.width * base.height > limits.imagePixels)
    throw new SlideError('SLIDE_TOO_LARGE', `${uri} says it has ${base.width} x ${base.height} pixels, more than ${limits.imagePixels}`)
  if (photos.width * divisions !== images.width || photos.height * divisions !== images.height)
    warnings.push(
      `its ${images.width} x ${images.height} images are no whole photos of ${divisions} x ${divisions}: the last ones are left out`,
    )
  const found: IndexedLevel[] = []
  for (const [i, facts] of levels.entries()) {
    try {
      const size = shrunk(whole, facts.concat)
      if (size.width < 1 || size.height < 1) throw new SlideError('SLIDE_MALFORMED', `${uri}: nothing is left of level ${i}`)
      if (facts.concat % divisions !== 0 && divisions % facts.concat !== 0)
        throw new SlideError(
          'SLIDE_UNSUPPORTED',
          `${uri}: an image of level ${i} is of ${facts.concat} x ${facts.concat} parts of photos of ${divisions} x ${divisions}`,
        )
      const records = index.images(i, images.width, images.height, facts.concat)
      if (records.twice > 0)
        warnings.push(
          `level ${i}: its index gives ${records.twice} of its images two places: the last one counts, and may be that of another`,
        )
      found.push({ facts, size, records })
    } catch (error) {
      if (i === 0 || !(error instanceof SlideError)) throw error
      warnings.push(`level ${i} is left out: ${error.message}`)
    }
  }
  return found
}

/** All images side by side, where a photo ends less the overlap. */
function wholeSize({ images, divisions, levels }: Slidedat): Size {
  const { image, overlap } = levels[0]!
  const side = (count: number, size: number, over: number) => {
    const joints = Math.floor((count - 1) / divisions)
    return (count - joints) * size + joints * Math.floor(size - over)
  }
  return { width: side(images.width, image.width, overlap.x), height: side(images.height, image.height, overlap.y) }
}

const shrunk = ({ width, height }: Size, concat: number): Size => ({
  width: Math.floor(width / concat),
  height: Math.floor(height / concat),
})

function madeLevels(found: readonly IndexedLevel[], slidedat: Slidedat, photos: Photos, warnings: string[]): MrxsLevel[] {
  const mosaic: Mosaic = { slidedat, photos, taken: photographed(slidedat, found[0]!.records, photos) }
  const first = found[0]!.facts.concat
  return wholeLevels(found, mosaic, warnings).map((indexed) => {
    const { facts, size, records } = indexed
    const factor = facts.concat / first
    const level: Level = { ...size, downsample: { x: factor, y: factor }, tile: facts.image }
    const tiles = tilesOf(mosaic, indexed)
    if (factor === 1 && tiles.beyond > 0)
      warnings.push(`${tiles.beyond} of its images lie beyond the size that its overlaps make, and are not read: are the overlaps right?`)
    if (factor === 1 && tiles.image.length === 0) warnings.push('nothing of it was photographed: it is white')
    return { level, facts, records, tiles }
  })
}

/** Levels that have an image wherever level 0 has one of a photo that was taken: what they lacked would be white. */
function wholeLevels(found: readonly IndexedLevel[], { slidedat, photos, taken }: Mosaic, warnings: string[]) {
  const { images, divisions } = slidedat
  const [base, ...smaller] = found as readonly [IndexedLevel, ...IndexedLevel[]]
  const seen = new Set(taken)
  const photoOf = (image: number) =>
    Math.floor(Math.floor(image / images.width) / divisions) * photos.width + Math.floor((image % images.width) / divisions)
  let wanted: Iterable<number> = base.records.image.filter((image) => seen.has(photoOf(image)))
  const whole = [base]
  for (const level of smaller) {
    const { concat } = level.facts
    const holders = new Set<number>()
    for (const image of wanted) {
      const [x, y] = [image % images.width, Math.floor(image / images.width)]
      holders.add((y - (y % concat)) * images.width + x - (x % concat))
    }
    wanted = holders
    const own = new Set(level.records.image)
    const lacking = [...holders].filter((image) => !own.has(image)).length
    if (lacking === 0) whole.push(level)
    else warnings.push(`the level of 1/${concat / base.facts.concat} is left out: ${lacking} of ${holders.size} images are not there`)
  }
  return whole
}

/** Around all tiles; nothing, where that is all of the level. */
function boundsOf({ level, tiles }: MrxsLevel): Region | undefined {
  const { x, y, width, height } = tiles.places
  const of = (size: typeof width, i: number) => (typeof size === 'number' ? size : size[i]!)
  let [left, top, right, bottom] = [level.width, level.height, 0, 0]
  for (let i = 0; i < x.length; i++) {
    left = Math.min(left, x[i]!)
    top = Math.min(top, y[i]!)
    right = Math.max(right, x[i]! + of(width, i))
    bottom = Math.max(bottom, y[i]! + of(height, i))
  }
  if (right <= left || bottom <= top) return undefined
  const all = { x: 0, y: 0, width: level.width, height: level.height }
  const inside = intersection({ x: left, y: top, width: right - left, height: bottom - top }, all)
  return inside.width === all.width && inside.height === all.height ? undefined : inside
}

interface Picture {
  readonly name: string
  readonly format: ImageFormat
  readonly place: Record
}

/** One that the index does not have is left out. */
function picturesIn({ pictures }: Slidedat, index: IndexFile, warnings: string[]): Picture[] {
  return pictures.flatMap(({ name, record, format }) => {
    try {
      return [{ name, format, place: index.record(record) }]
    } catch (error) {
      if (!(error instanceof SlideError)) throw error
      warnings.push(`its ${name} is left out: ${error.message}`)
      return []
    }
  })
}

const filesOf = ({ file }: ImageRecords): number[] => [...new Set(file)]

async function bytesOf(
  { file, offset, length }: Record,
  { files, names }: DataFiles,
  { ref, signal }: OpenContext,
  what: string,
): Promise<Uint8Array> {
  const source = files[file]
  if (source === undefined || source === null)
    throw new SlideError('SLIDE_MISSING', `${ref.uri}: ${what} lie in ${names[file]}, which is not there`, {
      hint: 'copy all files of the slide',
    })
  if (length > LONGEST_RECORD)
    throw new SlideError('SLIDE_TOO_LARGE', `${ref.uri}: ${what} has ${length} bytes, more than ${LONGEST_RECORD}`)
  return source.read(offset, length, signal)
}
