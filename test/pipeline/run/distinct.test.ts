/** Tiles are counted once however many lanes needed them; the receipt and the summary say how often each was decoded. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { distinct } from '../../../src/pipeline/run/distinct.js'
import type { Receipt } from '../../../src/pipeline/store/receipts.js'
import { runFile, writePipeline } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

test('a bit set in two maps counts once; levels and maps may be missing', (t) => {
  const one = [Uint8Array.of(0b0000_0111, 0b1000_0000), Uint8Array.of(1)]
  const two = [Uint8Array.of(0b0000_1110, 0b1000_0000)]
  t.is(distinct([one, two]), 4 + 1 + 1)
  t.is(distinct([two, one]), 6)
  t.is(distinct([one, []]), 5)
  t.is(distinct([]), 0)
})

/** 7168 x 5120 pixels at 0.5 um in tiles of 256: one patch in each tile needs each of the 28 x 20. */
const tiles = 28 * 20

for (const lanes of [1, 3]) {
  test.serial(`a patch in each tile: each is decoded once, with ${lanes} lanes`, async (t) => {
    const folder = await tempFolder(t)
    const file = await writePipeline(folder, {
      grid: '{ size: 224 px, at: 0.5 mpp, stride: 256 px }',
      mask: '{ method: none }',
      model: null,
      sinks: '[parquet]',
      runtime: `{ lanes: ${lanes} }`,
    })
    const { summary } = await runFile(file)
    const { counts } = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/receipts/demo.json'), 'utf8')) as Receipt
    t.is(counts['lanes.tilesTouched'], tiles)
    t.is(counts['lanes.tilesDecoded'], tiles)
    t.is(summary.decodedPerTouched, 1)
  })
}

// Each border between two lanes' stretches costs the tiles on it, and so does each block that an idle lane takes over.
for (const lanes of [1, 2]) {
  test.serial(`patches of 224 side by side: at most a tenth is decoded twice, with ${lanes} lanes`, async (t) => {
    const folder = await tempFolder(t)
    const file = await writePipeline(folder, {
      grid: '{ size: 224 px, at: 0.5 mpp }',
      mask: '{ method: none }',
      model: null,
      sinks: '[parquet]',
      runtime: `{ lanes: ${lanes} }`,
    })
    const { summary } = await runFile(file)
    const { counts } = JSON.parse(await readFile(path.join(folder, 'out/.tiastream/receipts/demo.json'), 'utf8')) as Receipt
    t.is(counts['lanes.tilesTouched'], tiles)
    t.true(summary.decodedPerTouched! >= 1 && summary.decodedPerTouched! <= 1.1, `${summary.decodedPerTouched}`)
  })
}
