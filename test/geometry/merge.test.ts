/** Merging: TIAToolbox's worked examples, and rules checked by hand. */

import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { type Box, boxAsTiatoolbox, boxOf, labelsOf, Merge, type MergedRun, type MergeMode, OutOfOrder } from '../../src/geometry/merge.js'
import type { Size } from '../../src/geometry/region.js'

type Bounds = readonly [number, number, number, number]
type Patches = readonly (readonly [Box, readonly number[]])[]

const box = ([left, top, right, bottom]: Bounds): Box => ({ left, top, right, bottom })

function* runs(canvas: Size, classes: number, patches: Patches, mode: MergeMode): Generator<MergedRun> {
  const merge = new Merge(canvas, classes, mode)
  for (const [where, values] of patches) yield* merge.add(where, values)
  yield* merge.end()
}

/** The whole canvas as rows of labels, and of means. */
function merged(canvas: Size, classes: number, patches: Patches, mode: MergeMode = 'exact') {
  const labels: number[][] = []
  const means: number[][][] = []
  for (const run of runs(canvas, classes, patches, mode)) {
    const row = [...labelsOf(run, new Uint8Array(canvas.width))]
    const mean = Array.from({ length: canvas.width }, (_, x) => [...run.means.subarray(x * classes, (x + 1) * classes)])
    for (let i = 0; i < run.rows; i++) {
      labels.push(row)
      means.push(mean)
    }
  }
  return { labels, means }
}

const near = (t: ExecutionContext, actual: readonly number[], expected: readonly number[]) => {
  for (const [i, v] of expected.entries()) t.true(Math.abs(actual[i]! - v) < 1e-6, `${actual} is not ${expected}`)
}

for (const mode of ['exact', 'tiatoolbox'] as const) {
  test(`${mode}: two patches on the diagonal (TIAToolbox's docstring)`, (t) => {
    const canvas = { width: 4, height: 4 }
    const at = (b: Bounds) => (mode === 'exact' ? box(b) : boxAsTiatoolbox(b, canvas, canvas))
    const { labels } = merged(
      canvas,
      2,
      [
        [at([0, 0, 2, 2]), [0.45, 0.55]],
        [at([2, 2, 4, 4]), [0.9, 0.1]],
      ],
      mode,
    )
    t.deepEqual(labels, [
      [2, 2, 0, 0],
      [2, 2, 0, 0],
      [0, 0, 1, 1],
      [0, 0, 1, 1],
    ])
  })

  test(`${mode}: overlapping patches are averaged, 6 x 4 onto 6 x 4 and onto 3 x 2`, (t) => {
    const source = { width: 6, height: 4 }
    for (const canvas of [source, { width: 3, height: 2 }]) {
      const scale = { x: canvas.width / 6, y: canvas.height / 4 }
      const at = (b: Bounds) =>
        mode === 'exact' ? boxOf({ x: b[0], y: b[1], width: b[2] - b[0], height: b[3] - b[1] }, scale) : boxAsTiatoolbox(b, canvas, source)
      const { labels, means } = merged(
        canvas,
        2,
        [
          [at([0, 0, 4, 4]), [0.6, 0.4]],
          [at([2, 0, 6, 4]), [0.1, 0.9]],
        ],
        mode,
      )
      t.deepEqual(labels, Array(canvas.height).fill(canvas.width === 6 ? [1, 1, 2, 2, 2, 2] : [1, 2, 2]))
      near(t, means[0]![0]!, [0.6, 0.4])
      near(t, means[0]![Math.floor(canvas.width / 2)]!, [0.35, 0.65])
      near(t, means[1]!.at(-1)!, [0.1, 0.9])
    }
  })
}

const thin: readonly (readonly [Bounds, readonly number[]])[] = [
  [
    [0, 0, 4, 4],
    [0.9, 0.1, 0],
  ],
  [
    [4, 0, 8, 4],
    [0.2, 0.7, 0.1],
  ],
  [
    [8, 0, 12, 4],
    [0.1, 0.1, 0.8],
  ],
  [
    [0, 4, 4, 8],
    [0.3, 0.3, 0.4],
  ],
  [
    [4, 4, 8, 8],
    [1, 0, 0],
  ],
]

test('tiatoolbox: 10 x 7 at 1.0 mpp onto 4 x 3 at 2.5 mpp loses the thin patch, as TIAToolbox does', (t) => {
  const [canvas, source] = [
    { width: 4, height: 3 },
    { width: 10, height: 7 },
  ]
  const patches = thin.map(([b, p]) => [boxAsTiatoolbox(b, canvas, source), p] as const)
  t.deepEqual(merged(canvas, 3, patches, 'tiatoolbox').labels, [
    [1, 1, 2, 2],
    [1, 1, 2, 2],
    [3, 3, 1, 1],
  ])
})

test('exact: the same slide keeps the thin patch', (t) => {
  const canvas = { width: 4, height: 3 }
  const scale = { x: 4 / 10, y: 3 / 7 }
  const patches = thin.map(([b, p]) => [boxOf({ x: b[0], y: b[1], width: 4, height: 4 }, scale), p] as const)
  // Columns: patch 1 [0, 2), patch 2 [1, 4), patch 3 [3, 4); rows: the upper three [0, 2), the lower two [1, 3). Means by hand.
  t.deepEqual(merged(canvas, 3, patches).labels, [
    [1, 1, 2, 3],
    [1, 1, 1, 1],
    [3, 1, 1, 1],
  ])
})

test('without probabilities votes are counted, ties go to the lowest class, and class 0 is not the background', (t) => {
  const canvas = { width: 6, height: 4 }
  const vote = (label: number) => [0, 1].map((c) => (c === label ? 1 : 0))
  const { labels } = merged(canvas, 2, [
    [box([0, 0, 4, 4]), vote(0)],
    [box([2, 0, 6, 4]), vote(1)],
  ])
  t.deepEqual(labels, Array(4).fill([1, 1, 1, 1, 2, 2]))
})

test('TIAToolbox adds up in single precision, and divides by the count plus 1e-8 in double', (t) => {
  const { means } = merged({ width: 1, height: 1 }, 2, [[box([0, 0, 1, 1]), [0.45, 1]]], 'tiatoolbox')
  t.deepEqual(means[0]![0], [Math.fround(0.45) / (1 + 1e-8), 1 / (1 + 1e-8)])
})

test('near-ties fall as NumPy lets them fall: by sums that differ in their last bit', (t) => {
  const [canvas, whole] = [{ width: 1, height: 1 }, box([0, 0, 1, 1])]
  const labels = (...values: readonly [number, number][]) =>
    merged(
      canvas,
      2,
      values.map((v) => [whole, v.map(Math.fround)] as const),
      'tiatoolbox',
    ).labels[0]![0]
  // The same three numbers: 1.6999999 in one order, 1.7 in the other. A third of each is one number in single precision, and two in double.
  t.is(labels([0.7, 0.6], [0.6, 0.4], [0.4, 0.7]), 2)
  // Equal in both orders: the lower class.
  t.is(labels([0.1, 0.3], [0.2, 0.2], [0.3, 0.1]), 1)
})

test('equal rows come as one run, and what is held stays one band of patches', (t) => {
  const merge = new Merge({ width: 1000, height: 100_000 }, 2)
  let [seen, most] = [0, 0]
  for (let y = 0; y < 100_000; y += 100) {
    for (let x = 0; x < 1000; x += 100) {
      for (const run of merge.add(box([x, y, x + 200, y + 200]), [0.5, 0.5])) seen += run.rows
      most = Math.max(most, merge.held)
    }
  }
  let tail = 0
  for (const run of merge.end()) {
    seen += run.rows
    tail++
  }
  t.is(seen, 100_000)
  t.true(most <= 20, `${most} patches held`)
  t.is(tail, 1)
})

test('a row of the grid that comes too late is refused', (t) => {
  const merge = new Merge({ width: 4, height: 40 }, 1)
  t.is([...merge.add(box([0, 20, 4, 30]), [1])].length, 1)
  t.throws(() => [...merge.add(box([0, 10, 4, 20]), [1])], { instanceOf: OutOfOrder, message: /row 10, but rows up to 20/ })
})

test('no patches: one empty run; patches outside or without area are dropped', (t) => {
  const { labels } = merged({ width: 2, height: 2 }, 3, [
    [box([2, 0, 4, 2]), [1, 0, 0]],
    [box([0, 1, 1, 1]), [1, 0, 0]],
    [box([-5, -5, 0, 1]), [1, 0, 0]],
  ])
  t.deepEqual(labels, [
    [0, 0],
    [0, 0],
  ])
})

test('every patch that lies on the slide covers a pixel, and neighbours on whole pixels do not overlap', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 4999 }),
      (side, width, x) => {
        const canvas = Math.max(1, Math.round(width / 16))
        const left = x % width
        const { left: a, right: b } = boxOf({ x: left, y: 0, width: side, height: 1 }, { x: canvas / width, y: 1 })
        return a < b && a < canvas
      },
    ),
  )
  const scale = { x: 0.25 / 4, y: 0.25 / 4 }
  for (let i = 0; i < 500; i++) {
    const [here, next] = [
      boxOf({ x: i * 448, y: 0, width: 448, height: 448 }, scale),
      boxOf({ x: (i + 1) * 448, y: 0, width: 448, height: 448 }, scale),
    ]
    t.is(here.right, next.left)
  }
})

test('what lies beside the canvas, on any side, changes nothing and is not held, whenever it comes', (t) => {
  const canvas = { width: 3, height: 2 }
  const merge = new Merge(canvas, 1)
  const rows = (run: Iterable<MergedRun>) => [...run].map(({ top, rows, means }) => [top, rows, ...means])
  t.deepEqual(rows(merge.add(box([0, 1, 2, 2]), [0.5])), [[0, 1, 0, 0, 0]])
  for (const beside of [
    [-4, 0, 0, 2],
    [3, 0, 7, 2],
    [0, -4, 3, 0],
    [0, 2, 3, 6],
    [1, 1, 1, 2],
  ] as const) {
    t.deepEqual(rows(merge.add(box(beside), [0.9])), [], `${beside}`)
    t.is(merge.held, 1)
  }
  t.deepEqual(rows(merge.add(box([0, 1, 1, 2]), [0.25])), [])
  t.deepEqual(rows(merge.end()), [[1, 1, 0.375, 0.5, 0]])
})

test('an edge that rounding puts beside the edge of a pixel lies on it, on each side', (t) => {
  // 0.1 + 0.2 is above 0.3, and 0.7 + 0.1 below 0.8.
  const [above, below] = [0.1 + 0.2, 0.7 + 0.1]
  const ten = { x: 10, y: 10 }
  t.deepEqual(boxOf({ x: 0, y: 0, width: above, height: above }, ten), box([0, 0, 3, 3]))
  t.deepEqual(boxOf({ x: below, y: below, width: 1, height: 1 }, ten), box([8, 8, 18, 18]))
})

test('a single class is there from one half on', (t) => {
  const boxes = [
    [0, 0, 1, 1],
    [1, 0, 2, 1],
    [2, 0, 3, 1],
  ] as const
  const patches = boxes.map((b, i) => [box(b), [[0.49, 0.5, 0.9][i]!]] as const)
  t.deepEqual(merged({ width: 4, height: 1 }, 1, patches).labels, [[0, 1, 1, 0]])
})
