/**
 * A run over a slide of 100 times the area may hold 64 MiB more (bench/memory.ts), and its mask by Otsu keeps at most half of that. While it is made it takes
 * more, but then the lanes have not begun. Made alone in a process, since of a whole run other threads' memory would be counted with it: when
 * their collectors run is luck. When its own runs is luck, too, so the least of three processes counts (and one that holds no more is enough): what is
 * held is held in each.
 */

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { encodeTile } from '../../src/codecs/tiff-writer/encode.js'
import { writeTiles } from '../../src/codecs/tiff-writer/tiles.js'
import { packageRoot } from '../../src/core/package-root.js'
import { tempFolder } from '../../test/support/temp.js'
import type { MaskHeld } from './mask-child.js'

const child = path.join(packageRoot, 'dist/test-slow/memory/mask-child.js')
const MiB = 2 ** 20
const tile = { width: 256, height: 256 }

/** Tissue in islands of 8 × 8 tiles of whatever level; each tile is stored once. */
async function slideOf(file: string, side: number): Promise<string> {
  const picture = { width: side, height: side, samples: { kind: 'rgb' }, compression: 'jpeg', tile, mpp: { x: 0.5, y: 0.5 } } as const
  const grain = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => 120 + (((i * 7919) >> 5) % 80))
  const tissue = await encodeTile(grain, tile, 'jpeg', 80)
  const glass = await encodeTile(new Uint8Array(grain.length).fill(243), tile, 'jpeg', 80)
  await writeTiles(file, picture, (level, column, row) => ((((column << level) >> 3) + ((row << level) >> 3)) % 2 === 0 ? tissue : glass))
  return file
}

// Only there does the system count a peak anew.
const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip

onLinux('100 times the area: at most 32 MiB more are held by a mask by Otsu, and a byte a pixel beside while it is made', async (t) => {
  const folder = await tempFolder(t)
  const small = await slideOf(path.join(folder, 'small.tif'), 10_000)
  const large = await slideOf(path.join(folder, 'large.tif'), 100_000)
  let [peak, kept, pixels, share] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  // The grey values; tiles and rows in hand, the slide's own tables.
  const [mostAtPeak, mostKept] = [6250 ** 2 + 36 * MiB, 32 * MiB]
  for (let i = 0; i < 3 && (peak > mostAtPeak || kept > mostKept); i++) {
    const held = JSON.parse((await promisify(execFile)(process.execPath, [child, small, large])).stdout) as MaskHeld
    ;[peak, kept, pixels, share] = [Math.min(peak, held.peak), Math.min(kept, held.kept), held.pixels, held.share]
  }
  t.log(`${Math.round(peak / MiB)} MiB at its peak, ${Math.round(kept / MiB)} kept`)
  // 8 µm, as TIAToolbox: of 0.5 µm every 16th pixel a side.
  t.is(pixels, 6250 ** 2)
  t.true(share > 0.4 && share < 0.6, `${share} is tissue`)
  t.true(peak <= mostAtPeak, `${peak} bytes at its peak`)
  t.true(kept <= mostKept, `${kept} bytes kept`)
})
