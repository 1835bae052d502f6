/**
 * Generated slides: JPEG tiles cut from the demo slide, laid out by a fixed hash, each stored once however often it appears. So a slide of
 * any size costs a few megabytes of disk, and reads and decodes like one that is full.
 */

import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hash } from '../../fixtures/demo/noise.js'
import { encodeTile } from '../../src/codecs/tiff-writer/encode.js'
import { writeTiles } from '../../src/codecs/tiff-writer/tiles.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { SlideRef } from '../../src/core/slide.js'
import { openSlide } from '../../src/readers/open.js'
import { dataPath, sharedData } from './folders.js'

const tile = { width: 256, height: 256 }
const quality = 80
/** Islands of tissue are squares of so many baseline pixels, so that whole tiles are tissue or glass down to level 3. */
const island = 2048
const variants = 64

export const refOf = (uri: string, id = path.parse(uri).name): SlideRef => ({ kind: 'slide', id, uri, carried: {} })

interface Tiles {
  readonly pixels: readonly Uint8Array[]
  readonly streams: readonly Uint8Array[]
  readonly glassPixels: Uint8Array
  readonly glass: Uint8Array
}

let made: Promise<Tiles> | undefined

/** 64 tiles of tissue and one of glass, as pixels and as JPEG streams. */
export function tissueTiles(): Promise<Tiles> {
  made ??= makeTiles()
  return made
}

async function makeTiles(): Promise<Tiles> {
  const slide = await openSlide(refOf(path.join(packageRoot, 'fixtures/slides/demo.tif')))
  const pixels: Uint8Array[] = []
  // Places are drawn until enough are tissue: darker than glass on average.
  for (let i = 0; pixels.length < variants; i++) {
    const region = { x: hash(i, 0, 1) * 6800, y: hash(i, 1, 1) * 4800, ...tile }
    const out = new Uint8Array(tile.width * tile.height * 3)
    await slide.read([{ region, ...tile, level: 0 }], [out])
    if (out.reduce((a, b) => a + b, 0) / out.length < 200) pixels.push(out)
  }
  await slide.close()
  const glassPixels = new Uint8Array(tile.width * tile.height * 3).fill(243)
  const encode = (bytes: Uint8Array) => encodeTile(bytes, tile, 'jpeg', quality)
  return { pixels, streams: await Promise.all(pixels.map(encode)), glassPixels, glass: await encode(glassPixels) }
}

export interface Wanted {
  readonly side: number
  readonly mpp: number
  /** Share of the islands that is tissue, 0 to 1. */
  readonly tissue: number
}

/** Makes the slide once, and answers where it lies. */
export async function generatedSlide({ side, mpp, tissue }: Wanted): Promise<string> {
  const file = dataPath('slides', `made-${side}-${mpp}-${Math.round(tissue * 100)}.tif`)
  if (existsSync(file)) return file
  const { streams, pixels, glass, glassPixels } = await tissueTiles()
  const isTissue = (bx: number, by: number) => hash(Math.floor(bx / island), Math.floor(by / island), 7) < tissue
  const variantOf = (level: number, column: number, row: number) => Math.floor(hash(column, row, 100 + level) * variants)
  const picture = { width: side, height: side, samples: { kind: 'rgb' }, compression: 'jpeg', tile, mpp: { x: mpp, y: mpp } } as const
  await writeTiles(`${file}.partial`, picture, async (level, column, row) => {
    const scale = 2 ** level
    const variant = variantOf(level, column, row)
    if (tile.width * scale <= island) return isTissue(column * 256 * scale, row * 256 * scale) ? streams[variant]! : glass
    // Islands are smaller than the tile here: put together, island by island.
    const out = glassPixels.slice()
    const step = island / scale
    for (let y = 0; y < 256; y += step) {
      for (let x = 0; x < 256; x += step) {
        if (!isTissue((column * 256 + x) * scale, (row * 256 + y) * scale)) continue
        for (let line = 0; line < Math.max(1, step); line++) {
          const from = ((y + line) * 256 + x) * 3
          out.set(pixels[variant]!.subarray(from, from + Math.max(1, step) * 3), from)
        }
      }
    }
    return encodeTile(out, tile, 'jpeg', quality)
  })
  await rename(`${file}.partial`, file)
  return file
}

/** The same slide under many names, for benchmarks of many slides. */
export async function copies(file: string, count: number, folder: string): Promise<string[]> {
  const bytes = await readFile(file)
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const copy = path.join(folder, `slide-${String(i).padStart(3, '0')}.tif`)
      await writeFile(copy, bytes)
      return copy
    }),
  )
}

/** A real slide that reads and races share. */
export const realSlide = { path: path.join(sharedData, 'wsi/aperio/CMU-1-Small-Region.svs'), width: 2220, height: 2967, mpp: 0.499 }
