/**
 * Slides of 100,000 × 100,000 pixels in a small file, on which everything takes long and nothing has to be waited for: SIGTERM is obeyed within
 * five seconds of work whatever is going on, and cleanly. So its counter in the output goes on, too: it is a timer of the same loop (`test/flow/heartbeat.test.ts` counts its turns).
 */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import { hugeSlide } from '../../test/support/huge-slide.js'
import { tempFolder } from '../../test/support/temp.js'
import { runCli, writePipeline } from './harness.js'
import { cpuSeconds } from './process-facts.js'

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
    await writeFile(path.join(folder, 'a.tif'), hugeSlide(tile))
    const pipeline = await writePipeline(folder, { slides: `{ glob: "${folder}/a.tif" }`, mask, sinks, grid })
    let sent = 0
    // Its own processor time, not the clock's, which the machine's other work shares.
    let last = 0
    const stopped = await runCli(pipeline, path.join(folder, 'out'), {
      watch: (child, event) => {
        if (event?.type !== 'slide.start') return
        const look = setInterval(() => {
          last = cpuSeconds(child.pid!) ?? last
        }, 50)
        const timer = setTimeout(() => {
          last = sent = cpuSeconds(child.pid!)!
          child.kill('SIGTERM')
        }, 3000)
        child.once('exit', () => {
          clearTimeout(timer)
          clearInterval(look)
        })
      },
    })
    t.log(`${(last - sent).toFixed(2)} s of work after the signal`)
    if (sent === 0) t.fail(`it was done before: ${stopped.code} ${stopped.stderr.slice(-500)}`)
    // Where other work holds its threads up for seconds of the clock, by the signal itself: a shell sees the same.
    t.true(stopped.code === 143 || stopped.signal === 'SIGTERM', stopped.stderr)
    t.true(last - sent < 5)
  })
}
