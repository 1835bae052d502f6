/** Slides with tables of millions of entries: what opening one holds at its peak is a small number of bytes an entry (docs/limits.md), whatever the tables say. */

import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import { el } from '../../fixtures/dicom-file.js'
import { perFrame, rle, slideFile, syntaxes } from '../../fixtures/dicom-slide.js'
import { mrxsOf } from '../../fixtures/mrxs-grid.js'
import { cutJpeg, ndpiOf } from '../../fixtures/ndpi.js'
import { long, short } from '../../fixtures/tiff.js'
import { directory, header, type Tag } from '../../src/codecs/tiff-writer/tags.js'
import { packageRoot } from '../../src/core/package-root.js'
import { sharedTest } from '../../test/shared-data.js'
import { tempFolder } from '../../test/support/temp.js'
import type { OpenHeld } from './open-child.js'

const child = path.join(packageRoot, 'dist/test-slow/memory/open-child.js')
const small = path.join(packageRoot, 'fixtures/slides/demo.tif')
const MiB = 2 ** 20
/** What a process moves by when nothing large is opened: the collector, code that is compiled. */
const noise = 64 * MiB

async function held(file: string): Promise<OpenHeld> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', child, small, file])
  return JSON.parse(stdout) as OpenHeld
}

function within(
  t: ExecutionContext,
  { peak, kept }: OpenHeld,
  entries: number,
  bytes: { readonly peak: number; readonly kept: number },
): void {
  t.log(
    `${Math.round(peak / MiB)} MiB at its peak, ${Math.round(kept / MiB)} kept: ${(peak / entries).toFixed(0)} and ${(kept / entries).toFixed(0)} bytes an entry`,
  )
  t.true(peak <= entries * bytes.peak + noise, `${peak} bytes at its peak`)
  t.true(kept <= entries * bytes.kept + noise, `${kept} bytes kept`)
}

const millions = 2048 * 2048

test.serial('a TIFF of 4 million tiles', async (t) => {
  const side = 2048 * 16
  const tile = deflateSync(new Uint8Array(16 * 16 * 3).fill(200))
  const table = (id: number, type: Tag['type'], value: number): Tag => ({ id, type, values: new Float64Array(millions).fill(value) })
  const tags = [
    long(256, side),
    long(257, side),
    short(258, 8, 8, 8),
    short(259, 8),
    short(262, 2),
    short(277, 3),
    long(322, 16),
    long(323, 16),
    table(324, 'long8', 16),
    table(325, 'long', tile.length),
  ]
  const at = (16 + tile.length + 7) & ~7
  const file = path.join(await tempFolder(t), 'large.tif')
  await writeFile(file, Buffer.concat([header(at, true), tile, Buffer.alloc(at - 16 - tile.length), directory(tags, at, 0, true)]))
  const found = await held(file)
  t.is(found.width, side)
  t.is(found.error, null)
  within(t, found, millions, { peak: 48, kept: 24 })
})

test.serial('an NDPI of 4 million restart intervals', async (t) => {
  const [width, height] = [2048 * 64, 2048 * 8]
  const one = await cutJpeg({ width: 64, height: 8, data: new Uint8Array(64 * 8 * 3).fill(200) }, 64)
  const [start] = one.starts as [number]
  const head = Buffer.from(one.jpeg.subarray(0, start))
  // The size stands behind the marker of the frame, which the last such bytes are: tables may hold them, too.
  const frame = head.lastIndexOf(Buffer.of(0xff, 0xc0)) + 5
  head.fill(0, frame, frame + 4)
  const interval = one.jpeg.subarray(start, one.jpeg.length - 2)
  const stride = interval.length + 2
  const jpeg = Buffer.alloc(start + millions * stride)
  head.copy(jpeg)
  const starts = new Array<number>(millions)
  for (let i = 0, to = start; i < millions; i++, to += stride) {
    starts[i] = to
    interval.copy(jpeg, to)
    jpeg[to + interval.length] = 0xff
    jpeg[to + interval.length + 1] = i === millions - 1 ? 0xd9 : 0xd0 + (i & 7)
  }
  const file = path.join(await tempFolder(t), 'large.ndpi')
  await writeFile(file, ndpiOf([{ width, height, data: jpeg, lens: 20, starts }]))
  const found = await held(file)
  t.deepEqual([found.width, found.height, found.error], [width, height, null])
  within(t, found, millions, { peak: 32, kept: 16 })
})

test.serial('an MRXS of 72,448 × 152,080 pixels, of which a tenth was photographed', async (t) => {
  const folder = await tempFolder(t)
  const [across, down] = [284, 596]
  const image = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#c8c8c8' } })
    .jpeg()
    .toBuffer()
  const isThere = (i: number) => i % across < 90 && Math.floor(i / across) < 190
  await mkdir(path.join(folder, 'large'))
  for (const [name, bytes] of mrxsOf('large', (i) => (isThere(i) ? image : null), { across, down, tile: 256, overlap: 0 }))
    await writeFile(path.join(folder, name), bytes)
  const found = await held(path.join(folder, 'large.mrxs'))
  t.is(found.error, null)
  t.true(found.width >= 72_448 && found.height >= 152_080)
  within(t, found, (across * down) / 4 + 90 * 190, { peak: 400, kept: 400 })
})

test.serial('a DICOM file whose groups say of 100,000 frames where each lies', async (t) => {
  const columns = 400
  const frames = 100_000
  const tile = 16
  const frame = rle(new Uint8Array(tile * tile * 3).fill(200), tile)
  const places = Array.from({ length: frames }, (_, i) => [(i % columns) * tile, Math.floor(i / columns) * tile] as const)
  const bytes = slideFile({
    uid: '1.2.3.4.1',
    syntax: syntaxes.rle,
    size: { width: columns * tile, height: (frames / columns) * tile },
    tile,
    pixels: { frames: new Array<Uint8Array>(frames).fill(frame), table: 'extended' },
    changes: { 2134801: el(0x0020_9311, 'CS', 'TILED_SPARSE'), 1375769136: perFrame(places) },
  })
  const file = path.join(await tempFolder(t), 'large.dcm')
  await writeFile(file, bytes)
  const groups = bytes.indexOf(Buffer.from('DICM')) + bytes.indexOf(Buffer.of(0xe0, 0x7f, 0x10, 0x00))
  t.true(groups > 5 * MiB, `${groups} bytes of groups`)
  const found = await held(file)
  t.is(found.error, null)
  within(t, found, frames, { peak: 1000, kept: 500 })
})

sharedTest('a real MRXS of 11 gigapixels', ['wsi/mirax/Mirax2-Fluorescence-2.mrxs'], async (t, file) => {
  const found = await held(file)
  t.deepEqual([found.width, found.height], [72_448, 152_080])
  within(t, found, 284 * 596, { peak: 400, kept: 400 })
})
