/** Pixels that OpenSlide decodes, as tile stores. It finds the bytes itself. */

import { columnsOf, levelOf, type TileStore } from '../store.js'
import type { OpenSlideHandle } from './handle.js'
import type { CountedLevel } from './levels.js'
import { argbOnWhite } from './pixels.js'

export function levelStore(handle: OpenSlideHandle, counted: readonly CountedLevel[]): TileStore {
  let argb = new Uint32Array(0)
  return {
    levels: counted.map(({ level }) => level),
    extents: () => [],
    decode: (which, index, _, memory) => {
      const { level, factor } = counted[which]!
      const columns = columnsOf(level)
      const [x, y] = [(index % columns) * level.tile.width, Math.floor(index / columns) * level.tile.height]
      const width = Math.min(level.tile.width, level.width - x)
      const height = Math.min(level.tile.height, level.height - y)
      if (argb.length < width * height) argb = new Uint32Array(width * height)
      handle.ask((own, slide) => own.read_region(slide, argb, Math.round(x * factor), Math.round(y * factor), which, width, height))
      const data = memory(width * height * 3)
      argbOnWhite(argb, data, width * height)
      return { width, height, data }
    },
  }
}

export function pictureStore(handle: OpenSlideHandle, name: string): TileStore {
  const [wide, tall] = [new BigInt64Array(1), new BigInt64Array(1)]
  handle.ask((own, slide) => own.get_associated_image_dimensions(slide, name, wide, tall))
  const size = { width: Number(wide[0]), height: Number(tall[0]) }
  return {
    levels: [levelOf(size.width, size.height, size)],
    extents: () => [],
    decode: () => {
      const count = size.width * size.height
      const argb = new Uint32Array(count)
      handle.ask((own, slide) => own.read_associated_image(slide, name, argb))
      const data = new Uint8Array(count * 3)
      argbOnWhite(argb, data, count)
      return { ...size, data }
    },
  }
}
