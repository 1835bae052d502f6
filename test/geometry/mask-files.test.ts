/** Headers of NumPy arrays written by hand, GeoJSON polygons against a point-in-polygon test. */

import test from 'ava'
import fc from 'fast-check'
import { rasterise } from '../../src/geometry/draw-polygons.js'
import { npyHeader } from '../../src/geometry/npy.js'
import { polygonsFrom } from '../../src/geometry/polygons.js'
import { bytesOf, ended } from '../support/bitmaps.js'

function npy(header: string, values: Uint8Array, version = 1): Uint8Array {
  const text = Buffer.from(`${header}\n`, 'latin1')
  const head = Buffer.alloc(version === 1 ? 10 : 12)
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  if (version === 1) head.writeUInt16LE(text.length, 8)
  else head.writeUInt32LE(text.length, 8)
  return Buffer.concat([head, text, values])
}
const dict = (descr: string, shape: string, order = 'False') => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`
for (const [title, bytes, message] of [
  ['no NumPy file', Buffer.from('hello, hello, hello'), /does not begin/],
  ['cut off in the header', npy(dict('|u1', '2, 3'), new Uint8Array(6)).subarray(0, 30), /cut off/],
  ['cut off in the values', npy(dict('|u1', '2, 3'), new Uint8Array(5)), /too few/],
  ['absurd size', npy(dict('|u1', '9999999, 9999999'), new Uint8Array(5)), /too few/],
  ['overflowing size', npy(dict('|u1', '999999999999, 999999999999'), new Uint8Array(5)), /no picture/],
  ['no rows', npy(dict('|u1', '0, 3'), new Uint8Array(5)), /no picture/],
  ['python objects', npy(dict('|O', '2, 3'), new Uint8Array(6)), /'\|O'/],
] as const) {
  test(`a NumPy mask is refused: ${title}`, (t) => {
    t.throws(() => npyHeader(bytes, bytes.length), { instanceOf: RangeError, message })
  })
}

const ring = (x: number, y: number, side: number) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
]
const drawn = (value: unknown, slide = { width: 10, height: 10 }) => {
  const data = bytesOf(ended(rasterise(polygonsFrom(JSON.stringify(value)), slide, { width: 5, height: 5 })))
  return Array.from({ length: 5 }, (_, y) => data.subarray(y * 5, y * 5 + 5).join(''))
}

test('a square with a hole, two overlapping squares, a collection', (t) => {
  t.deepEqual(drawn({ type: 'Polygon', coordinates: [ring(0, 0, 10), ring(2, 2, 4)] }), ['11111', '10011', '10011', '11111', '11111'])
  const two = { type: 'MultiPolygon', coordinates: [[ring(0, 0, 4)], [ring(2, 2, 4)]] }
  t.deepEqual(drawn(two), ['11000', '11100', '01100', '00000', '00000'])
  const feature = (geometry: unknown) => ({ type: 'Feature', properties: {}, geometry })
  const collection = { type: 'FeatureCollection', features: [feature(two), feature(null), feature({ type: 'Point', coordinates: [1, 1] })] }
  t.deepEqual(drawn(collection), drawn(two))
  t.deepEqual(drawn([feature(two)]), drawn(two))
})

test('polygons that leave the slide are clipped', (t) => {
  t.deepEqual(drawn({ type: 'Polygon', coordinates: [ring(-100, 4, 104)] }), ['00000', '00000', '11000', '11000', '11000'])
  t.deepEqual(drawn({ type: 'Polygon', coordinates: [ring(50, 50, 10)] }), ['00000', '00000', '00000', '00000', '00000'])
})

test('a pixel is set when its centre lies inside', (t) => {
  const point = fc.tuple(fc.double({ min: -2, max: 12, noNaN: true }), fc.double({ min: -2, max: 12, noNaN: true }))
  fc.assert(
    fc.property(fc.array(point, { minLength: 3, maxLength: 7 }), (points) => {
      const data = bytesOf(ended(rasterise([[points]], { width: 10, height: 10 }, { width: 7, height: 6 })))
      for (let y = 0; y < 6; y++) {
        for (let x = 0; x < 7; x++) {
          const [cx, cy] = [((x + 0.5) * 10) / 7, ((y + 0.5) * 10) / 6]
          let inside = false
          let near = false
          points.forEach((a, i) => {
            const b = points[(i + 1) % points.length]!
            if (a[1] > cy === b[1] > cy) {
              if (Math.abs(a[1] - cy) < 1e-9 || Math.abs(b[1] - cy) < 1e-9) near = true
              return
            }
            const at = a[0] + ((cy - a[1]) * (b[0] - a[0])) / (b[1] - a[1])
            if (Math.abs(at - cx) < 1e-9 || Math.abs(a[1] - cy) < 1e-9 || Math.abs(b[1] - cy) < 1e-9) near = true
            if (at < cx) inside = !inside
          })
          // An assertion of ava for each of 10,000 pixels would cost more than what it judges.
          if (!near && data[y * 7 + x] !== Number(inside)) throw new Error(`pixel ${x}, ${y} is ${data[y * 7 + x]}`)
        }
      }
    }),
  )
  t.pass()
})

for (const [title, text, message] of [
  ['no JSON', '{', /no JSON/],
  ['another type', '{"type":"Topology"}', /'Topology'/],
  [
    'what HistomicsUI writes',
    '{"name":"a","elements":[]}',
    /^it is JSON of HistomicsUI \(points of its closed polylines are a ring\), and no GeoJSON: an object in it has no type, but name, elements$/,
  ],
  ['what COCO writes', '{"images":[],"annotations":[{"id":1}],"categories":[]}', /^it is JSON of COCO/],
  ['what Label Studio writes', '[{"id":1,"annotations":[],"data":{}}]', /^it is JSON of Label Studio \(its points are in per cent/],
  ['what Cytomine writes', '{"collection":[{"location":"POLYGON ((0 0, 1 0, 1 1))"}]}', /^it is JSON of Cytomine/],
  ['what nobody writes', '{"a":1}', /^it is JSON, and no GeoJSON: an object in it has no type, but a$/],
  ['an empty object', '{}', /has no type, but nothing$/],
  ['a number', '7', /no object/],
  ['a point of words', '{"type":"Polygon","coordinates":[[["a",1]]]}', /no point/],
  ['coordinates of nothing', '{"type":"Polygon"}', /no list/],
  ['nested without end', '['.repeat(50) + ']'.repeat(50), /nested/],
] as const) {
  test(`GeoJSON is refused: ${title}`, (t) => {
    t.throws(() => polygonsFrom(text), { instanceOf: RangeError, message })
  })
}

test('polygons that would cost minutes are refused', (t) => {
  const zigzag = Array.from({ length: 6000 }, (_, i): [number, number] => [i % 7, i % 2 ? 0 : 4000])
  t.throws(() => ended(rasterise([[zigzag]], { width: 4000, height: 4000 }, { width: 4000, height: 4000 }, {}, 2 ** 22)), {
    message: /too many/,
  })
})
