/**
 * The tiles of a level. Images lie where their photo lies. While an image holds no more than one photo (c ≤ d) it is a tile; a larger one is cut
 * into the photos it holds, each a tile that lies where its photo does: places that are parts of a pixel are rounded, so what lies edge to edge
 * stays so. Tiles are painted row by row, so that of those that overlap the lower right one is seen, as OpenSlide shows it.
 */

import type { Size } from '../../geometry/region.js'
import type { Places } from '../placement.js'
import type { ImageRecords } from './index-file.js'
import type { Photos } from './positions.js'
import type { LevelFacts, Slidedat } from './slidedat.js'

/** The photos of a slide. */
export interface Mosaic {
  readonly slidedat: Slidedat
  readonly photos: Photos
  /** Those that count, ascending. */
  readonly taken: Int32Array
}

/** A level as the index has it. */
export interface IndexedLevel {
  readonly facts: LevelFacts
  readonly size: Size
  readonly records: ImageRecords
}

export interface LevelTiles {
  readonly places: Places
  /** Which of the records' images a tile is of. */
  readonly image: Uint32Array
  /** Where a tile begins in its image; absent: each is a whole image. */
  readonly from?: { readonly x: Int32Array; readonly y: Int32Array }
  /** So many more would lie behind the right or the lower edge. */
  readonly beyond: number
}

/** Photos of which level 0 has an image: only they count on other levels, which have images of photos that were never taken. */
export function photographed(slidedat: Slidedat, records: ImageRecords, photos: Photos): Int32Array {
  const { images, divisions, levels } = slidedat
  const held = Math.max(1, levels[0]!.concat / divisions)
  const found = new Set<number>()
  for (const image of records.image) {
    const column = Math.floor((image % images.width) / divisions)
    const row = Math.floor(Math.floor(image / images.width) / divisions)
    for (let y = row; y < Math.min(row + held, photos.height); y++)
      for (let x = column; x < Math.min(column + held, photos.width); x++)
        if (photos.placeOf(y * photos.width + x) !== null) found.add(y * photos.width + x)
  }
  return Int32Array.from(found).sort()
}

export function tilesOf(mosaic: Mosaic, level: IndexedLevel): LevelTiles {
  const { facts, size } = level
  return inOrder((isCut(mosaic.slidedat, facts) ? cutImages : wholeImages)(mosaic, level), facts, size)
}

/** Photos in one image, along a side. */
const photosIn = ({ divisions }: Slidedat, { concat }: LevelFacts) => Math.max(1, concat / divisions)

/** Where photos lie edge to edge, images need not be cut, whatever they hold. */
export function isCut(slidedat: Slidedat, level: LevelFacts): boolean {
  const { overlap } = slidedat.levels[0]!
  const moved = slidedat.positions !== undefined || overlap.x !== 0 || overlap.y !== 0
  return moved && photosIn(slidedat, level) > 1
}

/** Left, top, right, bottom in the level and the corner in the image: maybe parts of pixels. */
interface Cut {
  readonly image: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly fromX: number
  readonly fromY: number
}

function* wholeImages({ slidedat, photos, taken }: Mosaic, { facts: level, records }: IndexedLevel): Generator<Cut> {
  const { images, divisions, levels } = slidedat
  const held = Math.max(1, level.concat / divisions)
  const across = Math.ceil(photos.width / held)
  const wanted = new Set<number>()
  for (const photo of taken)
    wanted.add(Math.floor(Math.floor(photo / photos.width) / held) * across + Math.floor((photo % photos.width) / held))
  const [base] = levels
  for (let i = 0; i < records.image.length; i++) {
    const x = records.image[i]! % images.width
    const y = Math.floor(records.image[i]! / images.width)
    const [column, row] = [Math.floor(x / divisions), Math.floor(y / divisions)]
    if (column >= photos.width || row >= photos.height) continue
    if (!wanted.has(Math.floor(row / held) * across + Math.floor(column / held))) continue
    const place = photos.placeOf(row * photos.width + column)
    if (place === null) continue
    yield {
      image: i,
      x: (place.x + base!.image.width * (x - column * divisions)) / level.concat,
      y: (place.y + base!.image.height * (y - row * divisions)) / level.concat,
      ...level.image,
      fromX: 0,
      fromY: 0,
    }
  }
}

function* cutImages({ slidedat, photos, taken }: Mosaic, { facts: level, records }: IndexedLevel): Generator<Cut> {
  const { images } = slidedat
  const held = photosIn(slidedat, level)
  const [width, height] = [level.image.width / held, level.image.height / held]
  const at = new Map<number, number>()
  for (const [i, image] of records.image.entries()) at.set(image, i)
  for (const photo of taken) {
    const [column, row] = [photo % photos.width, Math.floor(photo / photos.width)]
    const image = at.get(Math.floor(row / held) * level.concat * images.width + Math.floor(column / held) * level.concat)
    const place = photos.placeOf(photo)
    if (image === undefined || place === null) continue
    yield {
      image,
      x: place.x / level.concat,
      y: place.y / level.concat,
      width,
      height,
      fromX: (column % held) * width,
      fromY: (row % held) * height,
    }
  }
}

type Columns = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]

/** Those that are seen, on whole pixels. */
function inOrder(cuts: Iterable<Cut>, { image }: LevelFacts, size: Size): LevelTiles {
  const numbers: number[] = []
  const columns: number[][] = [[], [], [], [], [], []]
  let beyond = 0
  for (const cut of cuts) {
    const [x, y] = [Math.round(cut.x), Math.round(cut.y)]
    const [width, height] = [Math.round(cut.x + cut.width) - x, Math.round(cut.y + cut.height) - y]
    if (x >= size.width || y >= size.height) beyond++
    if (width < 1 || height < 1 || x >= size.width || y >= size.height || x + width <= 0 || y + height <= 0) continue
    numbers.push(cut.image)
    const from = [Math.min(Math.round(cut.fromX), image.width - width), Math.min(Math.round(cut.fromY), image.height - height)]
    for (const [i, value] of [x, y, width, height, ...from].entries()) columns[i]!.push(value)
  }
  const [x, y, width, height, fromX, fromY] = columns.map((column) => Int32Array.from(column)) as Columns
  const uncut = width.every((w) => w === image.width) && height.every((h) => h === image.height)
  return {
    places: { x, y, width: uncut ? image.width : width, height: uncut ? image.height : height },
    image: Uint32Array.from(numbers),
    ...(uncut ? {} : { from: { x: fromX, y: fromY } }),
    beyond,
  }
}
