/** The levels of an MRXS slide as a tile store. */

import { CodecError } from '../../codecs/types.js'
import { SlideError } from '../../core/errors.js'
import type { DecodeSpeed, Level } from '../../core/slide.js'
import { Lru } from '../../flow/lru.js'
import type { ByteSource, Extent } from '../byte-source.js'
import { placeIn } from '../files/joined.js'
import type { Limits } from '../limits.js'
import { paste } from '../paste.js'
import { placementOf, sideOf } from '../placement.js'
import type { Tile, TileStore } from '../store.js'
import type { DataFiles } from './files.js'
import type { ImageRecords } from './index-file.js'
import { type DecodeImage, imageDecoder } from './picture.js'
import type { LevelFacts } from './slidedat.js'
import type { LevelTiles } from './tiles.js'

export interface MrxsLevel {
  readonly level: Level
  readonly facts: LevelFacts
  readonly records: ImageRecords
  readonly tiles: LevelTiles
}

/** Of images that are cut into tiles, decoded and kept for the next tile. */
const KEPT_BYTES = 8 * 2 ** 20

interface HowToRead {
  readonly data: DataFiles
  /** Images of full resolution in a row, for their names. */
  readonly across: number
  readonly speed: DecodeSpeed
  readonly limits: Limits
}

export async function mrxsStore(levels: readonly MrxsLevel[], { data, across, speed, limits }: HowToRead): Promise<TileStore> {
  const { files, names } = data
  const decoders: DecodeImage[] = []
  for (const { facts } of levels) decoders.push(await imageDecoder(facts.format, facts.image, speed, limits))
  const kept = new Lru<string, Tile>(KEPT_BYTES)

  /** The bytes of an image, or what is wrong with them, in words. */
  const extentOf = (level: number, image: number): Extent | string => {
    const { records } = levels[level]!
    const [file, offset, length] = [records.file[image]!, records.offset[image]!, records.length[image]!]
    const source = files[file]
    if (source === undefined || source === null) return `it lies in ${names[file]}, which is not there`
    if (length > limits.tileBytes) return `it has ${length} bytes, more than ${limits.tileBytes}`
    if (offset + length > source.size) return `it lies at byte ${offset} of ${names[file]}, which has ${source.size}`
    return { offset: placeIn(file, offset), length }
  }

  const nameOf = (level: number, index: number) => {
    const { records, tiles } = levels[level]!
    const image = records.image[tiles.image[index]!]!
    return `the image (${image % across}, ${Math.floor(image / across)}) of level ${level}`
  }

  return {
    levels: levels.map(({ level }) => level),
    placed: (level) => placementOf(levels[level]!.tiles.places, levels[level]!.level),
    nameOf,
    extents: (level, index) => {
      const extent = extentOf(level, levels[level]!.tiles.image[index]!)
      return typeof extent === 'string' ? [] : [extent]
    },
    decode: (level, index, [bytes], memory) => {
      const { tiles } = levels[level]!
      const image = tiles.image[index]!
      if (bytes === undefined) {
        const wrong = extentOf(level, image)
        throw new CodecError(typeof wrong === 'string' ? wrong : 'it was not read')
      }
      if (tiles.from === undefined) return decoders[level]!(bytes, memory)
      const key = `${level} ${image}`
      const whole = kept.get(key) ?? decoders[level]!(bytes, (size) => new Uint8Array(size))
      const cut = (tile: Tile) => {
        kept.set(key, tile, tile.data.length)
        return cutOut(tile, tiles, index, memory)
      }
      return whole instanceof Promise ? whole.then(cut) : cut(whole)
    },
  }
}

function cutOut(whole: Tile, { places, from }: LevelTiles, index: number, memory: (bytes: number) => Uint8Array): Tile {
  const [width, height] = [sideOf(places.width, index), sideOf(places.height, index)]
  const data = memory(width * height * 3)
  const inside = { x: from!.x[index]!, y: from!.y[index]!, width, height }
  paste(whole.data, whole.width, { x: 0, y: 0, width: whole.width, height: whole.height }, inside, data)
  return { width, height, data }
}

/** A file that is not there, so that the others keep their places; read as they are. */
export function absentFile(uri: string, reading: ByteSource['reading']): ByteSource {
  return {
    uri,
    ...(reading && { reading }),
    size: 0,
    modified: 0,
    read: async () => {
      throw new SlideError('SLIDE_MISSING', `${uri} is not there`)
    },
    close: async () => undefined,
  }
}
