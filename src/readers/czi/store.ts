/** The levels of a CZI as a tile store. */

import { CodecError } from '../../codecs/types.js'
import type { DecodeSpeed } from '../../core/slide.js'
import type { ByteSource } from '../byte-source.js'
import type { Limits } from '../limits.js'
import { placementOf } from '../placement.js'
import { readForTile } from '../source-failed.js'
import type { TileStore } from '../store.js'
import { blockDecoder, dataIn } from './decode.js'
import type { SubBlock } from './directory.js'
import type { CziLevel } from './levels.js'
import type { CziPlace } from './segments.js'

/** What lies before the data of a sub-block: its head, and metadata of some kB as a rule. */
const HEAD = 16 * 1024
/** Data that does not shrink grows by this part at most. */
const GROWTH = 1.1

/**
 * `starts`: where segments begin, ascending: a sub-block ends before the next one. How long it is its own head says: as much is read as it can be, and
 * the rest only where that was too little.
 */
export async function cziStore(
  levels: readonly CziLevel[],
  { source, base }: CziPlace,
  starts: Float64Array,
  speed: DecodeSpeed,
  limits: Limits,
): Promise<TileStore> {
  const decode = await blockDecoder(new Set(levels.flatMap(({ blocks }) => blocks.map(({ compression }) => compression))), speed, limits)
  const nameOf = (level: number, index: number) => {
    const { x, y } = levels[level]!.blocks[index]!
    return `the sub-block at ${x}, ${y} of level ${level}`
  }
  return {
    levels: levels.map(({ level }) => level),
    placed: (level) => placementOf(levels[level]!.places, levels[level]!.level),
    nameOf,
    extents: (level, index) => {
      const block = levels[level]!.blocks[index]!
      const offset = base + block.place
      const length = Math.min(endOf(block.place, starts, source.size - base) - block.place, Math.ceil(bytesOf(block) * GROWTH) + HEAD)
      return length > 0 ? [{ offset, length }] : []
    },
    decode: (level, index, [bytes], memory) => {
      const block = levels[level]!.blocks[index]!
      if (bytes === undefined) throw new CodecError(`it should lie at byte ${block.place}, where the file has ended`)
      const data = dataOf(bytes, block, source, base, limits)
      return data instanceof Promise ? data.then((all) => decode(all, block, memory)) : decode(data, block, memory)
    },
  }
}

const bytesOf = ({ width, height }: SubBlock) => width * height * 3

function endOf(place: number, starts: Float64Array, size: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= place) low = middle + 1
    else high = middle
  }
  return Math.min(starts[low] ?? size, size)
}

function dataOf(bytes: Uint8Array, block: SubBlock, source: ByteSource, base: number, limits: Limits): Uint8Array | Promise<Uint8Array> {
  const { offset, length } = dataIn(bytes)
  if (length > limits.tileBytes) throw new CodecError(`it has ${length} bytes of data, more than ${limits.tileBytes}`)
  if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length)
  if (base + block.place + offset + length > source.size) throw new CodecError(`its ${length} bytes of data end after the file`)
  return readForTile(source, base + block.place + offset, length)
}

/** A label or an overview: the one sub-block of a CZI within. */
export async function blockStore(block: SubBlock, { source, base }: CziPlace, limits: Limits): Promise<TileStore> {
  const { width, height } = block
  const level: CziLevel = {
    level: { width, height, tile: { width, height }, downsample: { x: 1, y: 1 } },
    blocks: [block],
    places: { x: Int32Array.of(0), y: Int32Array.of(0), width, height },
  }
  return cziStore([level], { source, base }, new Float64Array(0), 'exact', limits)
}
