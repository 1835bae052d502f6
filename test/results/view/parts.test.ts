/** The parts of the viewer that are arithmetic: the pyramid, finding patches, painting a tile, and who may ask. */

import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Row } from '../../../src/core/row.js'
import { gather } from '../../../src/results/report/gather.js'
import { Painting } from '../../../src/results/report/painting.js'
import { guardHeaders, refusalOf } from '../../../src/results/view/guard.js'
import { type Choice, Marks } from '../../../src/results/view/marks.js'
import { paint } from '../../../src/results/view/paint.js'
import { pyramidOf, tileOf } from '../../../src/results/view/pyramid.js'
import { openParquet } from '../../../src/sinks/parquet/read.js'
import { tempFolder } from '../../support/temp.js'
import { columnsOf, writeSlide } from '../outputs.js'

const classes = [
  { name: 'red', color: '#ff0000' },
  { name: 'blue', color: '#0000ff' },
]
const all: Choice = { isShown: () => true, min: 0 }

interface Box {
  readonly x: number
  readonly y: number
  readonly side: number
  readonly prediction: number | null
  readonly probability: number
}

async function marksOf(t: ExecutionContext, boxes: readonly Box[]): Promise<Marks> {
  const folder = await tempFolder(t)
  const rows = boxes.map(
    ({ x, y, side, prediction, probability }, index): Row => ({
      slide: 'a',
      index,
      ...{ x0: 0, y0: 0, x1: 1, y1: 1, base_x: x, base_y: y, base_w: side, base_h: side, tissue: 1 },
      status: prediction === null ? 'unreadable' : 'ok',
      prediction,
      class: prediction === null ? null : classes[prediction]!.name,
      prob_red: prediction === null ? null : prediction === 0 ? probability : 1 - probability,
      prob_blue: prediction === null ? null : prediction === 1 ? probability : 1 - probability,
    }),
  )
  await writeSlide(folder, { id: 'a', classes, columns: columnsOf(classes, 'slide', false), rows })
  return Marks.read(await openParquet(path.join(folder, 'a.parquet')))
}

/** Without a pause. */
function painted(...given: Parameters<typeof paint>) {
  const work = paint(...given)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

test('tiles of a level lie side by side and cover the slide, at every level', (t) => {
  const size = fc.integer({ min: 1, max: 5000 })
  fc.assert(
    fc.property(size, size, fc.nat(12), (width, height, up) => {
      const pyramid = pyramidOf({ width, height }, { width: 240, height: 240 })
      t.is(pyramid.tile, 240)
      const level = Math.max(0, pyramid.top - up)
      const down = 2 ** (pyramid.top - level)
      let covered = 0
      for (let row = 0; tileOf(pyramid, level, 0, row); row++) {
        for (let column = 0; ; column++) {
          const tile = tileOf(pyramid, level, column, row)
          if (!tile) break
          t.deepEqual([tile.region.x, tile.region.y], [column * 240 * down, row * 240 * down])
          covered += tile.size.width * tile.size.height
        }
      }
      t.is(covered, Math.ceil(width / down) * Math.ceil(height / down))
    }),
    { numRuns: 60 },
  )
})

test('tiles that are not there are none', (t) => {
  const pyramid = pyramidOf({ width: 1000, height: 500 }, undefined)
  t.deepEqual(pyramid, { width: 1000, height: 500, tile: 256, top: 10 })
  for (const [level, column, row] of [
    [11, 0, 0],
    [10, 4, 0],
    [10, 0, 2],
    [-1, 0, 0],
    [10, 0.5, 0],
    [Number.NaN, 0, 0],
  ] as const) {
    t.is(tileOf(pyramid, level, column, row), null)
  }
})

test('a point finds what looking at every patch finds', async (t) => {
  const numbers = fc.sample(fc.tuple(fc.nat(9000), fc.nat(9000), fc.integer({ min: 1, max: 900 }), fc.nat(1), fc.nat(50)), {
    numRuns: 300,
    seed: 7,
  })
  const boxes = numbers.map(([x, y, side, prediction, p]): Box => ({ x, y, side, prediction, probability: Math.fround(0.5 + p / 100) }))
  const marks = await marksOf(t, boxes)
  for (const [x, y] of fc.sample(fc.tuple(fc.nat(9999), fc.nat(9999)), { numRuns: 400, seed: 8 })) {
    const inside = boxes.flatMap((box, i) => (x >= box.x && y >= box.y && x < box.x + box.side && y < box.y + box.side ? [i] : []))
    const found = marks.at(x, y, all)
    if (inside.length === 0) t.is(found, null)
    else {
      t.true(inside.includes(found!))
      t.is(boxes[found!]!.probability, Math.max(...inside.map((i) => boxes[i]!.probability)))
    }
  }
})

test('of a model of one class, what is none of it lies over a patch of the class only where it is surer', async (t) => {
  const [red] = classes
  const folder = await tempFolder(t)
  const rows = [0.9, 0.4, 0.6, 0.05].map((probability, index): Row => {
    const x = index < 2 ? 0 : 10
    const place = { x0: 0, y0: 0, x1: 1, y1: 1, base_x: x, base_y: 0, base_w: 10, base_h: 10, tissue: 1, status: 'ok' }
    return {
      slide: 'a',
      index,
      ...place,
      prediction: probability < 0.5 ? null : 0,
      class: probability < 0.5 ? null : 'red',
      prob_red: probability,
    }
  })
  await writeSlide(folder, { id: 'a', classes: [red!], columns: columnsOf([red!], 'slide', false), rows, about: { width: 20, height: 10 } })
  const table = await openParquet(path.join(folder, 'a.parquet'))
  const marks = await Marks.read(table)
  t.deepEqual([marks.at(5, 5, all), marks.at(15, 5, all)], [0, 3])
  const { data } = (await gather(table)).painting!.classes(['#ff0000'])
  t.deepEqual([...data.subarray(0, 3), ...data.subarray(40, 43)], [255, 0, 0, 13, 148, 136])
})

test('a click takes a patch that is shown before a surer one that is hidden', async (t) => {
  const marks = await marksOf(t, [
    { x: 0, y: 0, side: 10, prediction: 0, probability: 0.9 },
    { x: 0, y: 0, side: 10, prediction: 1, probability: 0.6 },
  ])
  t.is(marks.at(5, 5, all), 0)
  t.is(marks.at(5, 5, { isShown: (p) => p !== 0, min: 0 }), 1)
  t.is(marks.at(5, 5, { isShown: () => true, min: 0.95 }), 0)
})

test('a tile shows the surest patch, hides classes and low probabilities, and is null when empty', async (t) => {
  const marks = await marksOf(t, [
    { x: 0, y: 0, side: 100, prediction: 0, probability: 0.6 },
    { x: 50, y: 0, side: 100, prediction: 1, probability: 0.9 },
    { x: 0, y: 100, side: 50, prediction: null, probability: 0 },
  ])
  const region = { x: 0, y: 0, width: 200, height: 200 }
  const size = { width: 20, height: 20 }
  const at = (choice: Choice, x: number, y: number) => {
    const tile = painted(marks, region, size, choice)!
    return [...tile.data.subarray((y * 20 + x) * 4, (y * 20 + x) * 4 + 4)]
  }
  t.deepEqual(at(all, 2, 2), [255, 0, 0, 255])
  t.deepEqual(at(all, 7, 2), [0, 0, 255, 255])
  t.deepEqual(at(all, 2, 12), [128, 128, 128, 255])
  t.deepEqual(at(all, 18, 18), [0, 0, 0, 0])
  t.deepEqual(at({ isShown: (p) => p !== 1, min: 0 }, 7, 2), [255, 0, 0, 255])
  t.deepEqual(at({ isShown: (p) => p !== -1, min: 0.7 }, 2, 2), [0, 0, 0, 0])
  t.is(painted(marks, { x: 1000, y: 1000, width: 200, height: 200 }, size, all), null)
  t.is(painted(marks, region, size, { isShown: () => false, min: 0 }), null)
})

test('patches that lie over all of it are painted with pauses, of the page as of the viewer', async (t) => {
  const marks = await marksOf(
    t,
    Array.from({ length: 50 }, () => ({ x: 0, y: 0, side: 1000, prediction: 1, probability: 0.9 })),
  )
  const work = [...paint(marks, { x: 0, y: 0, width: 1000, height: 1000 }, { width: 20, height: 20 }, all)]
  t.deepEqual([work.length, new Set(work)], [50, new Set([400])])
  const painting = new Painting({ width: 500, height: 100 })
  t.is(painting.add({ x: -50, y: 50, width: 1000, height: 1000 }, 0, 0.9, null), 25_000)
  t.is(painting.add({ x: 600, y: 0, width: 10, height: 10 }, 0, 0.9, null), 0)
})

test('a patch far smaller than a pixel still shows', async (t) => {
  const marks = await marksOf(t, [{ x: 5000, y: 5000, side: 3, prediction: 1, probability: 0.9 }])
  const tile = painted(marks, { x: 0, y: 0, width: 20_000, height: 20_000 }, { width: 20, height: 20 }, all)!
  t.deepEqual([...tile.data.subarray((5 * 20 + 5) * 4, (5 * 20 + 5) * 4 + 4)], [0, 0, 255, 255])
})

test('only this machine, by its own names, and no page of another site', (t) => {
  const ask = (headers: Record<string, string>, method = 'GET', url = '/') => refusalOf({ headers, method, url })?.status ?? 200
  t.is(ask({ host: '127.0.0.1:8080' }), 200)
  t.is(ask({ host: 'localhost:8080' }, 'HEAD'), 200)
  t.is(ask({}), 421)
  t.is(ask({ host: 'localhost:8080' }, 'POST'), 405)
  t.is(ask({ host: 'localhost:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }), 403)
  t.is(ask({ host: 'localhost:8080', 'sec-fetch-site': 'same-site' }), 403)
  t.is(ask({ host: 'localhost:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }), 200)
  t.is(ask({ host: 'localhost:8080' }, 'GET', `/${'a'.repeat(5000)}`), 414)
  t.regex(guardHeaders['content-security-policy']!, /default-src 'none'.*frame-ancestors 'none'/)
})

test('a tunnel may have any port, another name is refused at any', (t) => {
  const table: Readonly<Record<string, number>> = {
    '127.0.0.1:9': 200,
    'localhost:9000': 200,
    'LOCALHOST:65535': 200,
    '[::1]:9000': 200,
    localhost: 200,
    '127.0.0.1': 200,
    '[::1]': 200,
    '': 421,
    'evil.example:8080': 421,
    'localhost.evil.example:8080': 421,
    'evil.localhost:8080': 421,
    '127.0.0.1.evil.example': 421,
    'xlocalhost:8080': 421,
    'localhost.:8080': 421,
    'localhost@evil.example': 421,
    'localhost:8080@evil.example': 421,
    'localhost:8080, evil.example': 421,
    'localhost:': 421,
    'localhost:65536': 421,
    'localhost:80a': 421,
    'localhost:8080\nevil.example': 421,
    '0.0.0.0:8080': 421,
    '192.168.0.7:8080': 421,
    '127x0y0z1:8080': 421,
    '2130706433:8080': 421,
    '::1': 421,
    '[::2]:8080': 421,
  }
  for (const [host, status] of Object.entries(table))
    t.is(refusalOf({ headers: { host }, method: 'GET', url: '/' })?.status ?? 200, status, host)
})
