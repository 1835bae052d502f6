/**
 * Masks that other programs wrote (`test/golden/mask_files.py`): an L and the corner pixel of 61 × 47, whatever numbers stand for tissue. The
 * expectation is the drawing itself.
 */

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import test from 'ava'
import sharp from 'sharp'
import type { StageEvent } from '../../../src/core/events.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { maskFromFile } from '../../../src/stages/mask/files.js'
import { bytesOf } from '../../support/bitmaps.js'
import { memorySlide } from '../../support/memory-slide.js'
import { tempFolder } from '../../support/temp.js'

interface Golden {
  readonly tissue: number
  readonly files: readonly { readonly name: string; readonly writer: string; readonly file: string; readonly count?: number }[]
}

const golden = JSON.parse(readFileSync(path.join(packageRoot, 'test/golden/mask-files.json'), 'utf8')) as Golden
const size = { width: 61, height: 47 }
const slide = memorySlide({ width: 610, height: 470 })

const drawn = Uint8Array.from({ length: size.width * size.height }, (_, i) => {
  const [x, y] = [i % size.width, Math.floor(i / size.width)]
  const l = x >= 16 && x < 48 && y >= 12 && y < 36 && !(x >= 32 && y >= 24)
  return l || (x === 60 && y === 46) ? 1 : 0
})

/** What a person is to be told, besides. */
const warned: readonly (readonly [RegExp, RegExp])[] = [
  [/ground white/, /number 0 of its palette was taken for the ground/],
  [/black is number 1/, /black was taken for the ground/],
  [/array of booleans/, /what is True was taken for tissue/],
  [/three pages/, /3 of its pages are 61 x 47/],
  [/H, W, (3|70)\)|\(3,/, /channels: a pixel is tissue where any/],
  [/^jpeg$|JPEG tiles/, /nearly black/],
]

test('the drawing has the pixels that NumPy counted', (t) => {
  t.is(
    drawn.reduce((a, b) => a + b, 0),
    golden.tissue,
  )
  t.true(golden.files.length > 90)
})

for (const { name, writer, file, count } of golden.files) {
  test(`${name}, by ${writer}`, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mask-'))
    try {
      // No ending: what a file is, its bytes say.
      const at = path.join(folder, 'mask')
      await writeFile(at, inflateSync(Buffer.from(file, 'base64')))
      const told: StageEvent[] = []
      const mask = await maskFromFile(at, slide, { size, signal: new AbortController().signal, tell: (event) => told.push(event) })
      if (count === undefined) t.deepEqual({ width: mask.width, height: mask.height, data: bytesOf(mask) }, { ...size, data: drawn })
      else t.is(mask.pixels.total, count)
      const expected = name === 'npy (H, W, 1)' ? undefined : warned.find(([of]) => of.test(name))?.[1]
      t.is(told.length, expected === undefined ? 0 : 1, JSON.stringify(told))
      if (expected !== undefined) t.regex(JSON.stringify(told), expected)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

/** A PNG of grey levels, each row filtered as its number modulo 5 says: no writer is sure to use all five. */
function pngOf(values: Uint8Array, bytes: 1 | 2): Buffer {
  const run = size.width * bytes
  const rows: number[] = []
  for (let y = 0; y < size.height; y++) {
    rows.push(y % 5)
    for (let i = 0; i < run; i++) {
      const value = (x: number, row: number) => (x < 0 || row < 0 ? 0 : values[row * run + x]!)
      const [a, b, c] = [value(i - bytes, y), value(i, y - 1), value(i - bytes, y - 1)]
      const nearest = [a, b, c].reduce((best, one) => (Math.abs(a + b - c - one) < Math.abs(a + b - c - best) ? one : best))
      rows.push((value(i, y) - [0, a, b, (a + b) >> 1, nearest][y % 5]!) & 255)
    }
  }
  const chunk = (type: string, data: Uint8Array) => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    const body = Buffer.concat([Buffer.from(type), data])
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size.width, 0)
  head.writeUInt32BE(size.height, 4)
  head[8] = 8 * bytes
  const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(Uint8Array.from(rows))), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks])
}

test('rows of a PNG may be filtered in any of five ways', async (t) => {
  const folder = await tempFolder(t)
  for (const bytes of [1, 2] as const) {
    // Tissue is any grey but black, in 16 bits also one of which a byte is nothing.
    const values = Uint8Array.from({ length: drawn.length * bytes }, (_, i) => (drawn[Math.floor(i / bytes)] ? (i * 37) & 255 || 1 : 0))
    const png = pngOf(values, bytes)
    const { data } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
    if (bytes === 1) t.deepEqual(data, Buffer.from(values), 'as libpng reads it')
    const at = path.join(folder, `${bytes}`)
    await writeFile(at, png)
    const mask = await maskFromFile(at, slide, { size, signal: new AbortController().signal, tell: () => undefined })
    t.deepEqual(bytesOf(mask), drawn)
  }
})
