/**
 * Masks that other programs wrote (`test/golden/mask_files.py`): an L and the corner pixel of 61 × 47, whatever numbers stand for tissue. The
 * expectation is the drawing itself.
 */

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inflateSync } from 'node:zlib'
import test from 'ava'
import type { StageEvent } from '../../../src/core/events.js'
import { packageRoot } from '../../../src/core/package-root.js'
import { maskFromFile } from '../../../src/stages/mask/files.js'
import { bytesOf } from '../../support/bitmaps.js'
import { memorySlide } from '../../support/memory-slide.js'

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
