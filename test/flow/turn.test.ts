/** The event loop turns while there is much to do and nothing to wait for. Work is counted, not time. */

import path from 'node:path'
import test from 'ava'
import { openTiff } from '../../src/codecs/tiff-writer/writer.js'
import { everyTurn, inTurns, withTurns, workOfTurn } from '../../src/flow/turn.js'
import { Mask } from '../../src/geometry/coverage.js'
import { rasterise } from '../../src/geometry/draw-polygons.js'
import { dilate, ellipse, withoutSmall } from '../../src/geometry/morphology.js'
import { darkerThan, histogramOf } from '../../src/geometry/otsu.js'
import gridSpec from '../../src/stages/grid/spec.js'
import makeGrid from '../../src/stages/grid/stage.js'
import { memorySlide } from '../support/memory-slide.js'
import { contextFor, filledIn, from, planOf } from '../support/stage-context.js'
import { tempFolder } from '../support/temp.js'
import { turnsDuring } from '../support/turns.js'

test('a turn after so much work, and not before', async (t) => {
  const turn = everyTurn(10)
  t.deepEqual([turn(4), turn(5)], [undefined, undefined])
  t.true(turn(1) instanceof Promise)
  t.is(turn(9), undefined)
  const thrice = async () => {
    for (let i = 0; i < 30; i++) await turn(1)
  }
  // 9 are done already: turns after 1, 11 and 21 more.
  t.is(await turnsDuring(thrice), 3)
})

test('awaiting what is there is no turn: this is what it would be without', async (t) => {
  const work = async () => {
    for (let i = 0; i < 1000; i++) await undefined
  }
  t.is(await turnsDuring(work), 0)
})

test('pure work in pieces turns between them, ends with its value, and stops when told', async (t) => {
  function* work(): Generator<number, string> {
    for (let i = 0; i < 20; i++) yield workOfTurn / 2
    return 'done'
  }
  t.is(await turnsDuring(async () => t.is(await inTurns(work()), 'done')), 10)
  const stop = new AbortController()
  setImmediate(() => stop.abort(new Error('enough')))
  await t.throwsAsync(inTurns(work(), stop.signal), { message: 'enough' })
})

test('items that are all there come with turns between them', async (t) => {
  const got: number[] = []
  const work = async () => {
    for await (const item of withTurns([1, 2, 3, 4], workOfTurn)) got.push(item)
  }
  t.is(await turnsDuring(work), 4)
  t.deepEqual(got, [1, 2, 3, 4])
})

test('patches that nobody wants', async (t) => {
  const slide = memorySlide({ width: 300, height: 300 })
  const options = filledIn(gridSpec, { size: 1, at: 'baseline' }, planOf('slide')) as Parameters<typeof makeGrid>[0]
  const work = async () => {
    let count = 0
    for await (const _ of makeGrid(options)(from([slide]), contextFor(slide))) count++
    t.is(count, 90_000)
  }
  t.true((await turnsDuring(work)) >= 80)
})

const size = { width: 3000, height: 3000 }

test('grey values: their histogram, and which are dark', async (t) => {
  const grey = new Uint8Array(9_000_000).fill(7)
  t.true((await turnsDuring(() => inTurns(histogramOf(grey)))) >= 2)
  t.true((await turnsDuring(() => inTurns(darkerThan(grey, 8)))) >= 2)
  t.true(grey.every((v) => v === 1))
})

test('polygons, small objects and dilation', async (t) => {
  const square: [number, number][] = [
    [0, 0],
    [3000, 0],
    [3000, 3000],
    [0, 3000],
  ]
  // Rows cost what crosses them, and an eighth of what is filled.
  const wide = { width: 60_000, height: 3000 }
  t.true((await turnsDuring(() => inTurns(rasterise([[square]], wide, wide)))) >= 2)
  const data = new Uint8Array(9_000_000).fill(1)
  t.true((await turnsDuring(() => inTurns(withoutSmall({ ...size, data }, 5)))) >= 2)
  t.true((await turnsDuring(() => inTurns(dilate({ ...size, data }, ellipse({ width: 9, height: 9 }))))) >= 18)
})

test('a mask turned over', async (t) => {
  const data = new Uint8Array(9_000_000)
  t.true((await turnsDuring(() => inTurns(Mask.of({ ...size, data }, size).pixels.transposed()))) >= 2)
})

test('a TIFF of one colour, whose tiles are written once', async (t) => {
  const file = path.join(await tempFolder(t), 'a.tif')
  const writer = await openTiff(file, { width: 4096, height: 25_000, samples: { kind: 'palette', colors: [[0, 0, 0]] }, pyramid: 'none' })
  // Some tiles are written, which waits for the disk a few times; 100 MB of rows are copied.
  t.true((await turnsDuring(() => writer.write(new Uint8Array(4096), 25_000))) >= 22)
  await writer.finish()
})
