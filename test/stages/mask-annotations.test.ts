/** Bulk annotations of DICOM as masks. Areas and places are worked out by hand. */

import test from 'ava'
import { type DicomElement, dicomOf, el } from '../../fixtures/dicom-file.js'
import { maskOf } from '../support/mask-of.js'

const kind = '1.2.840.10008.5.1.4.1.1.91.1'
/** A row goes against y of the glass, a column against x; a pixel is 0.5 µm. */
const reference = { uid: '1.2.3.4', origin: { x: 20, y: 40 }, across: { x: 0, y: -0.0005 }, down: { x: -0.0005, y: 0 } }
const slide = { width: 6000, height: 3000, reference, instances: { '1.2.9': { x: 1, y: 1 }, '1.2.8': { x: 4, y: 4 } } }

type Points = readonly (readonly [number, number])[]
const box = (x: number, y: number, width: number, height: number): Points => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
]

interface Group {
  readonly label: string
  readonly type: string
  readonly shapes: readonly Points[]
  /** What is written for each of its points, by default the two as they are. */
  readonly write?: (point: readonly [number, number]) => readonly number[]
  readonly single?: boolean
  readonly starts?: readonly number[]
}

function groupOf({ label, type, shapes, write = (point) => point, single = false, starts }: Group, i: number): DicomElement[] {
  const numbers = shapes.flat().flatMap(write)
  const each = numbers.length / shapes.flat().length
  const firsts = shapes.map((_, k) => 1 + each * shapes.slice(0, k).flat().length)
  return [
    el(0x0040_a180, 'US', [i + 1]),
    single
      ? el(0x0066_0016, 'OF', new Uint8Array(Float32Array.from(numbers).buffer))
      : el(0x0066_0022, 'OD', new Uint8Array(Float64Array.from(numbers).buffer)),
    ...(type.startsWith('POLY') ? [el(0x0066_0040, 'OL', new Uint8Array(Uint32Array.from(starts ?? firsts).buffer))] : []),
    el(0x006a_0005, 'LO', label),
    ...(each === 2 ? [el(0x006a_0010, 'FD', [0])] : []),
    el(0x0070_0023, 'CS', type),
  ]
}

const file = (type: string, groups: readonly Group[], { image = '1.2.9', change = [] as readonly DicomElement[] } = {}) =>
  dicomOf({
    kind,
    syntax: '1.2.840.10008.1.2.1',
    elements: [
      el(0x0008_0016, 'UI', kind),
      el(0x0008_1140, 'SQ', [[el(0x0008_1155, 'UI', image)]]),
      el(0x0020_0052, 'UI', reference.uid),
      el(0x006a_0001, 'CS', type),
      el(0x006a_0002, 'SQ', groups.map(groupOf)),
      ...change,
    ],
    pixels: { frames: [], table: 'native' },
  })

const groups = (write?: Group['write']): Group[] =>
  [
    { label: 'Tumor', type: 'POLYGON', shapes: [box(1000, 500, 400, 200).slice(0, 3), box(3000, 1000, 100, 100)] },
    { label: 'Stroma', type: 'RECTANGLE', shapes: [box(2000, 500, 200, 100), box(2000, 1000, 50, 50)] },
    // Turned by 45 degrees: half axes of 200 and 100.
    { label: 'Nest', type: 'ELLIPSE', shapes: [turned(4000, 2000, 200, 100)] },
    { label: 'Cells', type: 'POINT', shapes: [[[5, 6]], [[7, 8]]] },
    {
      label: 'Way',
      type: 'POLYLINE',
      shapes: [
        [
          [5, 6],
          [900, 6],
        ],
      ],
    },
  ].map((group) => ({ ...group, ...(write === undefined ? {} : { write }) }) as Group)

function turned(x: number, y: number, long: number, short: number): Points {
  const [a, b] = [long * Math.SQRT1_2, short * Math.SQRT1_2]
  return [
    [x - a, y - a],
    [x + a, y + a],
    [x - b, y + b],
    [x + b, y - b],
  ]
}

/** The middle of the first pixel is the origin. */
const inMm = ([x, y]: readonly [number, number]) => [20 - (y - 0.5) * 0.0005, 40 - (x - 0.5) * 0.0005, 0.01]

for (const [title, bytes] of [
  ['in pixels of the slide', file('2D', groups())],
  [
    'in pixels of a smaller picture of it',
    file(
      '2D',
      groups(([x, y]) => [x / 4, y / 4]),
      { image: '1.2.8' },
    ),
  ],
  [
    'in mm, of one plane',
    file(
      '3D',
      groups((point) => inMm(point).slice(0, 2)),
    ),
  ],
  ['in mm, each with its height', file('3D', groups(inMm))],
  [
    'in numbers of four bytes',
    file(
      '2D',
      groups().map((group) => ({ ...group, single: true })),
    ),
  ],
] as const) {
  test(`groups of annotations are classes, ${title}`, async (t) => {
    const { mask, told } = await maskOf(t, bytes, slide)
    const near = (share: number, area: number) => t.true(Math.abs(share * 18e6 - area) < 200, `${share * 18e6} for ${area}`)
    near(mask.share, 40_000 + 10_000 + 22_500 + Math.PI * 20_000)
    t.regex(told, /: 3 of its shapes are points or lines.*of the classes Tumor, Stroma, Nest: all of them are tissue/)
    t.is(mask.coverage({ x: 2000, y: 500, width: 200, height: 100 }), 1)
    t.is(mask.coverage({ x: 3950, y: 1950, width: 100, height: 100 }), 1)
    near((await maskOf(t, bytes, slide, ['Tumor'])).mask.share, 50_000)
    near((await maskOf(t, bytes, slide, ['2'])).mask.share, 22_500)
  })
}

const one = (more: Partial<Group>) => file('2D', [{ label: 'a', type: 'POLYGON', shapes: [box(1, 1, 9, 9)], ...more }])
for (const [what, bytes, message] of [
  ['of another picture', file('2D', groups(), { image: '1.2.7' }), /pixels of the picture 1\.2\.7, which is none of the slide/],
  ['of pixels of frames', file('2D', groups(), { change: [el(0x0048_0301, 'CS', 'FRAME')] }), /count from the corner of a frame/],
  ['of coordinates that are none', file('4D', groups()), /of the type 4D, which is none of 2D, 3D/],
  ['of three corners', one({ type: 'RECTANGLE', shapes: [box(1, 1, 9, 9).slice(1)] }), /it has 3 points in a group of the type RECTANGLE/],
  ['of an unknown shape', one({ type: 'SPIRAL' }), /a group of the type SPIRAL, which is no shape/],
  ['whose polygons begin nowhere', one({ starts: [] }), /does not say with which point each of its polygons begins/],
  ['whose polygon begins beyond its points', one({ starts: [1, 99] }), /its polygon 1 reaches from point 1 to 49, of 4/],
  [
    'with a point nowhere',
    one({
      shapes: [
        [
          [Number.NaN, 1],
          [1, 2],
          [3, 4],
        ],
      ],
    }),
    /its point 1 is at NaN, 1/,
  ],
] as const) {
  test(`annotations ${what} are refused`, async (t) => {
    t.like(await t.throwsAsync(maskOf(t, bytes, slide), { message }), { code: 'MASK_UNREADABLE' })
  })
}

test('places in mm need a slide that says its own, and are of that slide', async (t) => {
  const bytes = file('3D', groups(inMm))
  await t.throwsAsync(maskOf(t, bytes, { width: 6000, height: 3000 }), { message: /the slide does not say where it lies in it/ })
  const other = { ...slide, reference: { ...reference, uid: '1.2.3.5' } }
  await t.throwsAsync(maskOf(t, bytes, other), { message: /of another frame of reference/ })
})
