/**
 * A heartbeat is heard during any read, mask, overview, resample, export or picture: between two turns of the event loop lies a bounded amount
 * of work, however large the slide. The slides are such that nothing has to be waited for. Work is counted, not time.
 */

import path from 'node:path'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { overviewOf } from '../../src/core/overview.js'
import type { Slide } from '../../src/core/slide.js'
import { workOfTurn } from '../../src/flow/turn.js'
import { AreaStream } from '../../src/geometry/area-stream.js'
import { Merge } from '../../src/geometry/merge.js'
import { pieceBytes } from '../../src/geometry/resample.js'
import { exportTable } from '../../src/pipeline/export.js'
import { type PictureFormat, rgbOut } from '../../src/sinks/picture/out.js'
import { maskOf } from '../../src/stages/mask/make.js'
import maskSpec from '../../src/stages/mask/spec.js'
import { fileOf, openAt } from '../../test/readers/open-buffer.js'
import { columnsOf, writeSlide } from '../../test/results/outputs.js'
import { hugeColumns, hugeSide, hugeSlide, hugeTile } from '../../test/support/huge-slide.js'
import { memorySlide } from '../../test/support/memory-slide.js'
import { filledIn, planOf } from '../../test/support/stage-context.js'
import { tempFolder } from '../../test/support/temp.js'
import { mostBetweenTurns, turnsDuring } from '../../test/support/turns.js'

/** Bytes of shrunken rows that were finished, white ones included. */
let shrunk = 0
/** Rows of a level that were taken. */
let taken = 0
for (const name of ['push', 'pushWhite'] as const) {
  const real = AreaStream.prototype[name] as (this: AreaStream, ...args: never[]) => void
  AreaStream.prototype[name] = function (this: AreaStream, ...args: unknown[]) {
    const before = this.rows
    real.apply(this, args as never[])
    const [count, out] = (name === 'push' ? args.slice(1) : args) as [number, Uint8Array]
    taken += count
    if (this.rows > before) shrunk += Math.min(out.length, (this.rows - before) * shownWidth * 3)
  } as never
}
let shownWidth = 0

let merged = 0
const { add } = Merge.prototype
Merge.prototype.add = function (this: Merge, ...args) {
  merged++
  return add.apply(this, args)
}

const sparse = (t: ExecutionContext) => opened(t, new Uint8Array(0))
const flat = (t: ExecutionContext) => opened(t, deflateSync(new Uint8Array(hugeTile * hugeTile * 3).fill(200)))

async function opened(t: ExecutionContext, tile: Uint8Array): Promise<Slide> {
  const slide = await openAt(t, await fileOf(t, hugeSlide(tile)))
  t.is(slide.info.width, hugeSide)
  return slide
}

test.serial('reads of what the file leaves out', async (t) => {
  const slide = await sparse(t)
  const side = 512
  const out = new Uint8Array(side * side * 3)
  let reads = 0
  const work = async () => {
    for (; reads < 100; reads++) {
      await slide.read([{ region: { x: reads * side, y: 0, width: side, height: side }, width: side, height: side }], [out])
    }
  }
  t.true((await mostBetweenTurns(work, () => reads)) <= Math.ceil(workOfTurn / out.length) + 1)
})

test.serial('one read of much: what is left out, and what is decoded', async (t) => {
  const side = 8000
  const white = await sparse(t)
  taken = 0
  const most = await mostBetweenTurns(
    async () =>
      void (await white.read(
        [{ region: { x: 0, y: 0, width: side, height: side }, width: 56, height: 56 }],
        [new Uint8Array(56 * 56 * 3)],
      )),
    () => taken,
  )
  t.is(taken, side)
  // Rows of tiles, each worth a KiB a tile.
  t.true(most <= hugeTile * (Math.ceil(workOfTurn / (hugeColumns * 1024)) + 1), `${most} rows`)

  const grey = await flat(t)
  const some = { region: { x: 0, y: 0, width: hugeSide, height: 3 * hugeTile }, width: 100, height: 1 }
  const tiles = await mostBetweenTurns(
    async () => void (await grey.read([some], [new Uint8Array(300)])),
    () => grey.counts().tilesDecoded,
  )
  t.is(grey.counts().tilesDecoded, 3 * hugeColumns)
  t.true(tiles <= hugeColumns, `${tiles} tiles`)
})

test.serial('the overview and the mask of a slide without tissue', async (t) => {
  const slide = await sparse(t)
  shownWidth = 3000
  shrunk = 0
  const overview = () => overviewOf(slide, { width: shownWidth, height: shownWidth })
  // A piece is as much as makes a turn.
  const bound = 2 * workOfTurn
  const most = await mostBetweenTurns(overview, () => shrunk)
  t.true(shrunk >= 3000 * 3000 * 3 * 0.99)
  t.true(most <= bound, `${most} bytes`)

  const options = filledIn(maskSpec, { method: 'otsu', at: '0.03 baseline' }, planOf('slide')) as unknown as Parameters<typeof maskOf>[1]
  const signal = new AbortController().signal
  t.true(
    (await mostBetweenTurns(
      () => maskOf(slide, options, { signal }),
      () => shrunk,
    )) <= bound,
  )
})

test.serial('enlarging: an overview larger than its slide, and a patch', async (t) => {
  const side = 3000
  const pieces = Math.floor((side * side * 3) / pieceBytes)
  const small = memorySlide({ width: 100, height: 100 })
  t.true((await turnsDuring(() => overviewOf(small, { width: side, height: side }))) >= pieces)
  const slide = await flat(t)
  const request = { region: { x: 0, y: 0, width: 64, height: 64 }, width: side, height: side }
  const out = new Uint8Array(side * side * 3)
  t.true((await turnsDuring(() => slide.read([request], [out]))) >= pieces)
  t.true(out.every((v) => v === 200))
})

test.serial('an export that draws: rows come as fast as they are read', async (t) => {
  const folder = await tempFolder(t)
  const classes = [{ name: 'a', color: '#e41a1c' }]
  const columns = columnsOf(classes, 'slide', false)
  const count = 20_000
  const rows = Array.from({ length: count }, (_, index) => ({
    ...{ slide: 'a', index, x0: 0, y0: 0, x1: 4, y1: 4, base_x: index * 4, base_y: 0, base_w: 4, base_h: 4, tissue: 1, status: 'ok' },
    ...{ prediction: 0, class: 'a', prob_a: 1 },
  }))
  await writeSlide(folder, { id: 'a', classes, columns, rows, about: { kind: 'slide', width: count * 4, height: 400 } })
  const work = () =>
    exportTable(path.join(folder, 'a.parquet'), { to: 'map', output: path.join(folder, 'm.tif'), options: { at: '0.01 baseline' } })
  const most = await mostBetweenTurns(work, () => merged)
  t.is(merged, count)
  // 64 bytes a value; rows are handed on a thousand at a time.
  t.true(most <= workOfTurn / (64 * columns.length) + 1024, `${most} rows`)
})

test.serial('pictures of every format, row by row', async (t) => {
  const folder = await tempFolder(t)
  const [width, height] = [4096, 2000]
  const formats: readonly PictureFormat[] = ['tif', 'png', 'jpg']
  for (const format of formats) {
    const out = await rgbOut(path.join(folder, `a.${format}`), { width, height, description: 'x', software: 'y' })
    let rows = 0
    const row = new Uint8Array(width * 3)
    const most = await mostBetweenTurns(
      async () => {
        for (; rows < height; rows++) await out.write(row)
      },
      () => rows,
    )
    // A band of tiles is handed on in one go.
    t.true(most <= Math.max(workOfTurn / row.length + 1, 512), `${format}: ${most} rows`)
    await out.finish()
    await out.close()
  }
})
