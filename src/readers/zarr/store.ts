/** The levels of an OME-Zarr as a tile store: a tile is as wide and as high as a chunk, and its colours come out of one chunk or of three. */

import { isAddress } from '../../core/address.js'
import type { Level } from '../../core/slide.js'
import type { OpenContext } from '../format.js'
import type { Factor } from '../level-factor.js'
import { columnsOf, type TileStore } from '../store.js'
import type { LevelArray } from './array.js'
import { type Chunk, chunksOf, type ReadChunk } from './chunks.js'
import type { AxisName } from './multiscale.js'
import type { Documents } from './node.js'

export interface ZarrLevels {
  readonly axes: readonly AxisName[]
  readonly arrays: readonly LevelArray[]
  readonly factors: readonly Factor[]
}

/** Of each colour: which chunk along the axis c, and which plane in it. */
interface Colour {
  readonly chunk: number
  readonly plane: number
}

/** Tiles that are on their way from the files, and what they may hold in all: as many as a server answers at once, and no more than 64 MiB. */
const MOST_AT_ONCE = 16
const HELD = 64 * 2 ** 20

export async function zarrStore({ axes, arrays, factors }: ZarrLevels, documents: Documents, context: OpenContext): Promise<TileStore> {
  const [x, y, c] = (['x', 'y', 'c'] as const).map((name) => axes.indexOf(name)) as [number, number, number]
  const levels = arrays.map(({ shape, chunk }, i): Level => {
    const [width, height] = [shape[x]!, shape[y]!]
    const tile = { width: Math.min(width, chunk[x]!), height: Math.min(height, chunk[y]!) }
    return { width, height, tile, downsample: factors[i]! }
  })
  const readers: Promise<ReadChunk>[] = []
  const strides: (readonly number[])[] = []
  const colours = arrays.map(({ chunk }) => [0, 1, 2].map((at): Colour => ({ chunk: Math.floor(at / chunk[c]!), plane: at % chunk[c]! })))
  return {
    levels,
    // Files of chunks are opened one by one; whether one is there is known when it is.
    extents: () => [],
    atOnce: (level) => Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(HELD / arrays[level]!.chunk.reduce((all, n) => all * n, 6)))),
    far: isAddress(context.ref.uri),
    /** The chunks of its colours, unpacked. */
    async fetch(level, index) {
      readers[level] ??= chunksOf(arrays[level]!, documents, context)
      const read = await readers[level]
      const columns = columnsOf(levels[level]!)
      const [column, row] = [index % columns, Math.floor(index / columns)]
      const chunks = await Promise.all(
        [...new Set(colours[level]!.map(({ chunk }) => chunk))].map((chunk) =>
          read(axes.map((name) => ({ x: column, y: row, c: chunk, t: 0, z: 0 })[name])),
        ),
      )
      // The same of all chunks of an array.
      strides[level] = chunks[0]!.stride
      return chunks.map(({ data }) => data)
    },
    decode(level, index, chunks, memory) {
      const { width, height, tile } = levels[level]!
      const columns = columnsOf(levels[level]!)
      const [column, row] = [index % columns, Math.floor(index / columns)]
      const stride = strides[level]!
      const out = memory(tile.width * tile.height * 3)
      const valid = { width: Math.min(tile.width, width - column * tile.width), height: Math.min(tile.height, height - row * tile.height) }
      for (const [colour, { chunk, plane }] of colours[level]!.entries()) {
        spread({ data: chunks[chunk]!, stride: [stride[x]!, stride[y]!] }, plane * stride[c]!, out.subarray(colour), tile.width * 3, valid)
      }
      return { width: tile.width, height: tile.height, data: out }
    },
  }
}

/** One colour of a tile: from a plane of a chunk, which begins at `from`, to every third byte of rows of `rowBytes`. */
function spread(
  { data, stride }: Chunk,
  from: number,
  out: Uint8Array,
  rowBytes: number,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const [across, down] = stride as [number, number]
  for (let y = 0; y < height; y++) {
    let at = from + y * down
    const start = y * rowBytes
    for (let x = 0, to = start; x < width; x++, to += 3, at += across) out[to] = data[at]!
  }
}
