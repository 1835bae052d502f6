/**
 * Slides of 100,000 × 100,000 pixels in a small file, on which everything takes long and nothing has to be waited for: SIGTERM is obeyed within
 * five seconds whatever is going on, and cleanly. So the heartbeat of the lock beats, too: it is a timer of the same loop.
 */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import { long, short } from '../../fixtures/tiff.js'
import { directory, directoryBytes, header, type Tag } from '../../src/codecs/tiff-writer/tags.js'
import { tempFolder } from '../../test/support/temp.js'
import { runCli, writePipeline } from './harness.js'

const side = 100_000
const tiles = Math.ceil(side / 256) ** 2

/** One tile for all places, or (of 0 bytes) none. */
function slideOf(tile: Uint8Array): Buffer {
  const first = 8 + Math.ceil(tile.length / 8) * 8
  const tags: Tag[] = [
    long(256, side),
    long(257, side),
    short(258, 8, 8, 8),
    short(259, 8),
    short(262, 2),
    short(277, 3),
    short(284, 1),
    long(322, 256),
    long(323, 256),
    { id: 324, type: 'long', values: Array<number>(tiles).fill(tile.length === 0 ? 0 : 8) },
    { id: 325, type: 'long', values: Array<number>(tiles).fill(tile.length) },
  ]
  const parts = [header(first, false), tile, new Uint8Array(first - 8 - tile.length), directory(tags, first, 0, false)]
  if (directoryBytes(tags, false) !== parts[3]!.length) throw new Error('a directory of another length')
  return Buffer.concat(parts)
}

const flat = deflateSync(new Uint8Array(256 * 256 * 3).fill(200))

interface Case {
  readonly title: string
  readonly tile: Uint8Array
  readonly mask: string
  readonly sinks: string
  readonly grid?: string
}

const cases: readonly Case[] = [
  { title: 'the overview of a flat slide', tile: flat, mask: '{ method: otsu }', sinks: '[csv]' },
  { title: 'the mask of a flat slide', tile: flat, mask: '{ method: morphological, at: 0.05 baseline }', sinks: '[csv]' },
  { title: 'white patches', tile: new Uint8Array(0), mask: '{ method: none }', sinks: '[csv]', grid: '{ size: 56 px, at: baseline }' },
  {
    title: 'patches of which each is the whole slide',
    tile: new Uint8Array(0),
    mask: '{ method: none }',
    sinks: '[csv]',
    grid: '{ size: 56 px, at: 0.001 baseline }',
  },
  {
    title: 'the thumbnail and the overlay of a flat slide',
    tile: flat,
    mask: '{ method: none }',
    sinks: '[{ thumbnail: {} }, { overlay: { at: 0.01 baseline } }]',
    grid: '{ size: 56 px, stride: 50000 px, at: baseline }',
  },
  {
    title: 'the map of a slide without tissue',
    tile: new Uint8Array(0),
    mask: '{ method: otsu }',
    sinks: '[{ map: { at: baseline } }]',
    grid: '{ size: 56 px, at: baseline }',
  },
]

for (const { title, tile, mask, sinks, grid = '{ size: 56 px, stride: 5600 px, at: baseline }' } of cases) {
  test.serial(`${title}: SIGTERM is obeyed`, async (t) => {
    const folder = await tempFolder(t)
    await writeFile(path.join(folder, 'a.tif'), slideOf(tile))
    const pipeline = await writePipeline(folder, { slides: `{ glob: "${folder}/a.tif" }`, mask, sinks, grid })
    let sent = 0
    let took = Infinity
    const stopped = await runCli(pipeline, path.join(folder, 'out'), {
      watch: (child, event) => {
        if (event?.type !== 'slide.start') return
        const timer = setTimeout(() => {
          sent = performance.now()
          child.kill('SIGTERM')
        }, 6000)
        child.once('exit', () => {
          clearTimeout(timer)
          took = performance.now() - sent
        })
      },
    })
    t.log(`${took.toFixed(0)} ms after the signal`)
    if (sent === 0) t.fail(`it was done before: ${stopped.code} ${stopped.stderr.slice(-500)}`)
    t.is(stopped.code, 143, stopped.stderr)
    t.true(took < 5000)
  })
}
