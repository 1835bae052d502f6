/** Levels with a layout as a store of placed tiles. Tiles that are cut out of one stored tile come one after the other, so the last one is kept. */

import type { DecodeSpeed } from '../../core/slide.js'
import type { Limits } from '../limits.js'
import { paste } from '../paste.js'
import type { Tile, TileStore } from '../store.js'
import { type LevelLayout, layoutOf, type PlacedTile } from './layout.js'
import type { Page } from './page.js'
import { type PageTiles, type Placed, pageTiles } from './store.js'
import type { Alpha } from './tile-decoder.js'

type Memory = (bytes: number) => Uint8Array

export async function layoutStore(
  levels: readonly LevelLayout[],
  placed: ReadonlyMap<Page, Placed>,
  how: { readonly speed: DecodeSpeed; readonly alpha: Alpha },
  limits: Limits,
): Promise<TileStore> {
  const pages = new Map<Page, PageTiles>()
  for (const [page, one] of placed) pages.set(page, await pageTiles(one, how, limits))
  const layouts = levels.map(layoutOf)
  const cut = cutter(pages)
  return {
    levels: levels.map(({ width, height, factor, parts }) => {
      const { page, cuts } = parts[0]!
      const tile = { width: Math.ceil(page.tile.width / cuts), height: Math.ceil(page.tile.height / cuts) }
      return { width, height, tile, downsample: factor }
    }),
    prepare: async (level, signal) => {
      for (const page of new Set(levels[level]!.parts.map((part) => part.page))) await pages.get(page)!.prepare(signal)
    },
    placed: (level) => layouts[level]!,
    extents: (level, index) => {
      const { part, stored } = layouts[level]!.tileOf(index)
      return pages.get(part.page)!.extents(stored)
    },
    decode: (level, index, bytes, memory) => {
      const tile = layouts[level]!.tileOf(index)
      return tile.part.cuts === 1 ? pages.get(tile.part.page)!.decode(tile.stored, bytes, memory) : cut(tile, bytes, memory)
    },
  }
}

function cutter(pages: ReadonlyMap<Page, PageTiles>) {
  let kept: { readonly page: Page; readonly stored: number; readonly tile: Promise<Tile> } | undefined
  return async ({ part: { page }, stored, inside }: PlacedTile, bytes: readonly Uint8Array[], memory: Memory): Promise<Tile> => {
    if (kept?.page !== page || kept.stored !== stored) {
      // One that cannot be decoded is not tried again for each of its pieces.
      const tile = (async () => pages.get(page)!.decode(stored, bytes, (size) => new Uint8Array(size)))()
      kept = { page, stored, tile }
    }
    const { data, width, height } = await kept.tile
    const out = memory(inside.width * inside.height * 3)
    paste(data, width, { x: 0, y: 0, width, height }, inside, out)
    return { width: inside.width, height: inside.height, data: out }
  }
}
